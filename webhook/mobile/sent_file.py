"""A file of staff's that could not go through WeChat: a page of its owner, and the bare file.

Who the owner is, WeChat says (`webhook.mobile.wechat`). Where it is not asked, the link counts for
the first browser somebody opens the file in.
"""

from flask import abort, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models import attachment
from models.attachment import Attachment
from models.attachment_link import Leads, key_behind, link_to, open_in, opens_in
from models.contact import same_person
from models.conversation import Conversation
from webhook import visitor
from webhook.attached import shown_file
from webhook.current import database, services
from webhook.mobile.blueprint import bp

_Page = tuple[str, int]


@bp.get("/files/<link>")
def sent_file_page(link: str) -> _Page:
    """Show a file's page to its owner; ask for a tap first where nobody has opened it yet."""
    with database().reading() as session:
        found = _found(session, link)
        if found is None:
            return _gone()
        if _is_owners(session, found) or opens_in(found, visitor.visitor()):
            return _shown(found)
    if services().settings.wechat_page_sign_in:
        return render_template("mobile/sent_file.html", state="elsewhere"), 403
    # WeChat looks at links by itself: only a tap opens one.
    return _gone() if found.browser_hash else (_door(found), 200)


@bp.post("/files/<link>")
def open_sent_file(link: str) -> _Page:
    """Open a file in the first browser that asks."""
    if services().settings.wechat_page_sign_in:
        return render_template("mobile/sent_file.html", state="elsewhere"), 403
    with database().unit_of_work() as session:
        found = _found(session, link)
        is_mine = found is not None and open_in(session, found, visitor.visitor(create=True))
    return _shown(found) if found is not None and is_mine else _gone()


@bp.get("/file/<link>")
def sent_file(link: str) -> Response:
    """Return the bare file, to whatever app the phone opens it in."""
    key = key_behind(link, Leads.TO_FILE)
    with database().reading() as session:
        found = (attachment.find(session, key) if key else None) or abort(404)
    answer = shown_file(services().materials, found)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _found(session: Session, link: str) -> Attachment | None:
    key = key_behind(link, Leads.TO_PAGE)
    return attachment.find(session, key) if key else None


def _is_owners(session: Session, found: Attachment) -> bool:
    contact_id = visitor.known(session)
    owner_id = session.get_one(Conversation, found.conversation_id).contact_id
    return contact_id is not None and contact_id in same_person(session, owner_id)


def _door(found: Attachment) -> str:
    return render_template("mobile/sent_file.html", state="door", title=found.title)


def _shown(found: Attachment) -> _Page:
    address = url_for("mobile.sent_file", link=link_to(found.key, Leads.TO_FILE))
    return render_template(
        "mobile/sent_file.html", state="open", title=found.title, address=address
    ), 200


def _gone() -> _Page:
    return render_template("mobile/sent_file.html", state="gone"), 410
