"""``/chat``: the web chat, the same road as WeChat's for people with a browser.

Works without JavaScript (post, redirect, page); with it, htmx swaps in what is new.
"""

import hashlib
import secrets
import time
import unicodedata

from apiflask import APIBlueprint
from flask import (
    Response,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import attachment
from models import delivery as deliveries
from models.change import ChangeKind, note_change
from models.contact import Contact
from models.conversation import Conversation, ConversationState, conversation_of
from models.materials.scan import scan
from models.materials.upload import UploadRefusedError, clean
from models.message import Direction, Inbound, Message, history
from models.private_value import open_all
from webhook import typing_sign, wording
from webhook.attached import shown_file
from webhook.current import database, road, services, settings
from webhook.health import ANSWER_SECONDS
from webhook.road import Sender
from webhook.services import WEB
from webhook.visitor import ACCOUNT, known, visitor

_SHOWN = 60
_LONGEST = 500
_LAST_POSITION = 2**31 - 1

bp = APIBlueprint(
    "chat",
    __name__,
    url_prefix="/chat",
    template_folder="templates",
    static_folder="static",
    enable_openapi=False,
)


@bp.get("")
def page() -> str:
    """Show the talk so far and a line to write on."""
    messages = _new_messages(_talk(), after=0)
    return render_template(
        "chat/page.html",
        messages=messages,
        after=messages[-1].position if messages else 0,
        welcome=wording.WELCOME,
        nonce=secrets.token_urlsafe(12),
        choices_nonce=secrets.token_urlsafe(12),
        longest=_LONGEST,
        Direction=Direction,
    )


@bp.post("/messages")
def say() -> Response | str:
    """Take one message of the person; answer with what is new in the talk."""
    text = request.form.get("text", "").strip()[:_LONGEST]
    nonce = request.form.get("nonce", "")[:64] or secrets.token_urlsafe(12)
    if text:
        name = visitor(create=True)
        began = time.monotonic()
        # The nonce is drawn with the form: the same form sent twice is one message.
        words = hashlib.sha256(text.encode()).hexdigest()[:16]
        road().travel(
            Sender(WEB, ACCOUNT, name),
            Inbound(f"web:{name}:{nonce}:{words}", text=_cleaned(text)),
        )
        ANSWER_SECONDS.labels("web").observe(time.monotonic() - began)
    if "HX-Request" not in request.headers:
        return redirect(url_for("chat.page", _anchor="more"), 303)  # type: ignore[return-value]
    return _fragment(renew_nonce=True)


@bp.post("/files")
def send_file() -> Response | str | tuple[str, int]:
    """Take a picture or PDF of the person, for staff to see."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return "请先选一张图片。", 422
    name = visitor(create=True)
    try:
        # Cleaned, scanned and kept before anything is locked.
        upload = clean(given.read())
        scan(upload.content, settings().scan_command)
        key = services().materials.keep(upload.content)
        with database().unit_of_work() as work:
            conversation = conversation_of(work, WEB.name, ACCOUNT, name)
            if not attachment.may_send(work, conversation.id):
                return "今天发的图片太多了，请明天再发，或者带到窗口。", 422
            sent = attachment.attach(work, conversation.id, None, key, upload, given.filename)
    except UploadRefusedError as error:
        return error.told, 422
    inbound = Inbound(f"web:{name}:file:{key}", sent.message_kind, details=sent.details)
    road().travel(Sender(WEB, ACCOUNT, name), inbound)
    if "HX-Request" not in request.headers:
        return redirect(url_for("chat.page", _anchor="more"), 303)  # type: ignore[return-value]
    return _fragment(renew_nonce=False)


@bp.get("/messages")
def news() -> str:
    """Return what has been said behind position `after`."""
    return _fragment(renew_nonce=False)


@bp.get("/files/<key>")
def show(key: str) -> Response:
    """Return a picture or PDF of the talk of the person who asks."""
    with database().reading() as reading:
        contact_id = known(reading) or abort(404)
        found = attachment.find(reading, key, [contact_id]) or abort(404)
    return shown_file(services().materials, found)


def _fragment(renew_nonce: bool) -> str:
    after = min(max(request.values.get("after", default=0, type=int), 0), _LAST_POSITION)
    talk = _talk()
    messages = _new_messages(talk, after)
    served = talk.id if talk is not None and talk.state is ConversationState.OPEN else None
    return render_template(
        "chat/news.html",
        is_typing=served is not None and not messages and typing_sign.is_shown(served),
        messages=messages,
        after=messages[-1].position if messages else after,
        nonce=secrets.token_urlsafe(12) if renew_nonce else None,
        choices_nonce=secrets.token_urlsafe(12),
        Direction=Direction,
    )


@bp.after_request
def _keep_private(response: Response) -> Response:
    """Keep a talk out of shared caches and of the browser's history on a borrowed phone."""
    if request.endpoint != "chat.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _talk() -> Conversation | None:
    """Return the talk of the person who asks; None if they have not said anything yet."""
    name = visitor()
    if not name:
        return None
    with database().reading() as reading:
        return reading.scalar(
            select(Conversation)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Contact.channel == WEB.name, Contact.external_id == name)
            .order_by(Conversation.id.desc())
            .limit(1)
        )


def _new_messages(talk: Conversation | None, after: int) -> list[Message]:
    if talk is None:
        return []
    with database().reading() as reading:
        found = history(reading, talk.id, after, _SHOWN)
        texts = _as_their_owner_reads(reading, found)
    for message, text in zip(found, texts, strict=True):
        message.text = text  # no longer in a session: nothing of it is stored
    if any(message.direction is Direction.OUT for message in found):
        with database().unit_of_work() as work:
            deliveries.show_all(work, talk.id, WEB.way)
            for message in found:
                if message.staff_id is not None:
                    note_change(work, talk.id, ChangeKind.DELIVERY, message_id=message.id)
    return found


def _as_their_owner_reads(reading: Session, messages: list[Message]) -> list[str]:
    """Return what was said with the person's own tokens opened: it is they who look."""
    if not messages:
        return []
    contact_id = reading.get_one(Conversation, messages[0].conversation_id).contact_id
    return [open_all(reading, contact_id, message.text) for message in messages]


def _cleaned(text: str) -> str:
    """Drop control characters: PostgreSQL refuses NUL, and no person types the others."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
