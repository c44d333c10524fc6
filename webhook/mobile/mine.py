"""我的信息: everything that is kept of somebody, for the browser that opened their link."""

from datetime import timedelta

from flask import abort, make_response, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from models import audit
from models.contact import same_person
from models.database import utc_now
from models.person.own_page import open_link
from models.person.portrait import Portrait, portrait_of
from webhook.current import catalogue, database, services
from webhook.mobile.blueprint import bp
from webhook.portrait import zip_of

_OPEN_FOR = timedelta(minutes=30)
_SEEN = "own_page"


@bp.get("/mine/<secret>")
def ask_to_open(secret: str) -> str:
    """Ask for a tap: WeChat looks at links by itself, and the link is good for one opening."""
    return render_template("mobile/mine_door.html", secret=secret)


@bp.post("/mine/<secret>")
def open_mine(secret: str) -> Response | tuple[str, int]:
    """Use the link up and let this browser see the page for a while."""
    with database().unit_of_work() as work:
        contact_id = open_link(work, secret)
    if contact_id is None:
        return render_template("mobile/mine_gone.html", is_used=True), 410
    session[_SEEN] = [contact_id, (utc_now() + _OPEN_FOR).timestamp()]
    return redirect(url_for("mobile.mine"), 303)


@bp.get("/mine")
def mine() -> str | tuple[str, int]:
    """Show everything."""
    contact_id = _whose()
    if contact_id is None:
        return render_template("mobile/mine_gone.html", is_used=False), 410
    return render_template("mobile/mine.html", portrait=_portrait(contact_id))


@bp.post("/mine/download")
def download() -> Response:
    """Hand the zip over; that it was is written down."""
    contact_id = _whose()
    if contact_id is None:
        abort(410)
    portrait = _portrait(contact_id)
    packed = zip_of(portrait, services().materials.content)
    with database().unit_of_work() as work:
        audit.record(work, None, "data.export", subject="contact", subject_id=contact_id)
    answer = make_response(packed)
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/mine/leave")
def leave() -> Response:
    """Close the page on this phone."""
    session.pop(_SEEN, None)
    return redirect(url_for("mobile.home"), 303)


def _whose() -> int | None:
    contact_id, until = session.get(_SEEN, (None, 0))
    return contact_id if until > utc_now().timestamp() else None


def _portrait(contact_id: int) -> Portrait:
    with database().reading() as reading:
        ids = same_person(reading, contact_id)
        return portrait_of(reading, catalogue(), ids, utc_now())
