"""Pictures and PDFs in a talk: staff send them, and see what was sent."""

import requests
import structlog
from apiflask import APIBlueprint
from flask import Response, abort, current_app, request
from sqlalchemy.orm import Session
from wechatpy.exceptions import WeChatClientException

from models import attachment
from models.contact import same_person
from models.conversation import Conversation
from models.handoff import HandoffError
from models.materials.scan import scan
from models.materials.upload import MOST_BYTES, UploadRefusedError, clean
from models.message import Message
from models.received_media import media_of
from models.staff import Right
from webhook.attached import shown_file
from webhook.current import database, desk, services, settings
from webhook.staff.access import me, needs
from webhook.staff.conversation import lines
from webhook.wechat.account_client import AccountClient, TokenError, TooLargeError

log = structlog.get_logger()

_NOT_TO_BE_HAD = (TokenError, TooLargeError, WeChatClientException, requests.RequestException)

bp = APIBlueprint(
    "files", __name__, url_prefix="/conversations/<row:conversation_id>/files", enable_openapi=False
)


@bp.errorhandler(HandoffError)
def _not_now(error: HandoffError) -> tuple[str, int]:
    return str(error), 409


@bp.errorhandler(UploadRefusedError)
def _not_taken(error: UploadRefusedError) -> tuple[str, int]:
    return error.told, 422


@bp.post("")
@needs(Right.CHAT)
def send(conversation_id: int) -> str | tuple[str, int]:
    """Send a file; answer with what is new since the line the screen has last."""
    given = request.files.get("file")
    if given is None:
        return "请选择一个文件。", 422
    # Cleaned, scanned and kept before anything is locked: a large picture takes a moment.
    upload = clean(given.read())
    scan(upload.content, settings().scan_command)
    key = services().materials.keep(upload.content)
    desk().show(conversation_id, me.id, key, upload, given.filename or "")
    return lines(conversation_id)


@bp.get("/received/<row:message_id>")
@needs(Right.CHAT)
def received(conversation_id: int, message_id: int) -> Response:
    """Return a picture a person sent in WeChat, fetched at first sight: WeChat keeps it three days.

    A picture that is a form's material is not shown here: staff see it with its request.
    """
    with database().reading() as reading:
        message = _picture_of(reading, conversation_id, message_id) or abort(404)
        known = (message.details or {}).get("attachment")
        media = str((message.details or {}).get("media", ""))
        owner_id = message.conversation_id
    if known is None:
        account: AccountClient = current_app.extensions["wechat_account"]
        try:
            upload = clean(account.download(media, MOST_BYTES), ("jpeg", "png"))
            scan(upload.content, settings().scan_command)
        except (*_NOT_TO_BE_HAD, UploadRefusedError) as error:
            log.warning("files.not_received", message=message_id, why=type(error).__name__)
            abort(404)
        key = services().materials.keep(upload.content)
        with database().unit_of_work() as work:
            attachment.attach(work, owner_id, None, key, upload, "图片")
            message = work.get_one(Message, message_id)
            message.details = {**(message.details or {}), "attachment": key, "title": "图片"}
    return show(conversation_id, known or key)


@bp.get("/<key>")
@needs(Right.CHAT)
def show(conversation_id: int, key: str) -> Response:
    """Return a file that was sent to the person of this conversation, by whatever door."""
    with database().reading() as reading:
        conversation = reading.get(Conversation, conversation_id) or abort(404)
        people = same_person(reading, conversation.contact_id)
        found = attachment.find(reading, key, people) or abort(404)
    return shown_file(services().materials, found)


def _picture_of(session: Session, conversation_id: int, message_id: int) -> Message | None:
    """Return a picture's message, if it is this person's and no material of a form."""
    conversation = session.get(Conversation, conversation_id)
    message = session.get(Message, message_id)
    if conversation is None or message is None or message.kind != "image":
        return None
    people = same_person(session, conversation.contact_id)
    if session.get_one(Conversation, message.conversation_id).contact_id not in people:
        return None
    return message if media_of(session, message_id) is None else None
