"""Pushing: what WeChat has to bring to people, from the table of outgoing messages.

Each piece is claimed before it leaves, and what became of it is noted beside it: how often it was
tried, by which way it left, WeChat's id of it, or why not (an error code, never the words). Every
call that was made for it is a row of its own (`models.delivery_attempt`).
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from models import attachment, notice_grant, push_queue
from models import delivery as deliveries
from models.contact import Contact
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Way
from models.delivery_attempt import Attempt, note_attempts
from models.materials.store import MaterialStore
from models.message import Author, Message
from models.private_value import open_all, open_within
from models.push_window import BOT_QUOTA, CLOSED, SPENT, opening
from models.sealed import SealError
from webhook.services import Services
from webhook.wechat.channel import LIMIT
from webhook.wechat.client import Outcome, WeChatApi

log = structlog.get_logger()

_RETRIES = (2, 10, 60, 300, 1800)  # seconds before each new try


def deliver_due(services: Services, api: WeChatApi) -> int:
    """Push every piece whose time has come. Returns how many left."""
    left = 0
    while True:
        with services.database.unit_of_work() as session:
            due = push_queue.claim_due(session)
            texts = [push_queue.claim_along(session, piece, LIMIT) for piece in due]
        if not due:
            return left
        for piece, text in zip(due, texts, strict=True):
            left += _push(services, api, piece, text)


def _push(services: Services, api: WeChatApi, piece: Delivery, text: str) -> bool:
    with services.database.reading() as session:
        conversation = session.get_one(Conversation, piece.conversation_id)
        contact = session.get_one(Contact, conversation.contact_id)
        obstacle = _obstacle(session, conversation, contact, piece)
        content = piece.content if text == piece.text else None
        content = open_within(session, contact.id, content)
        text = open_all(session, contact.id, text)
        picture = _picture(session, services.materials, content)
    attempts: list[Attempt] = []
    if obstacle is not None:
        outcome, why = obstacle
    else:
        with api.account.noting() as attempts:
            try:
                outcome, why = _sent(api, contact.external_id, text, content, picture)
            except Exception as error:  # one strange answer must not strand the pieces behind it
                outcome, why = Outcome.UNKNOWN, type(error).__name__
    _record(services, piece, contact.id, outcome, why, attempts)
    if outcome is not Outcome.SENT:
        log.warning("pushing.not_pushed", piece=piece.id, outcome=outcome.value, why=why)
    return outcome is Outcome.SENT


def _obstacle(
    session: Session, conversation: Conversation, contact: Contact, piece: Delivery
) -> tuple[Outcome, str] | None:
    """Return what we know WeChat would say, without asking it; None where it has to be asked."""
    if contact.unsubscribed_at is not None:
        return Outcome.REFUSED, "unsubscribed"
    if piece.piece.way is not Way.CUSTOMER_SERVICE:
        return None  # a notice the person allowed goes out at any time
    opened = opening(conversation)
    if opened is None:
        return Outcome.CANNOT_PUSH, CLOSED
    if deliveries.pushed_since(session, conversation, opened.since) >= opened.quota:
        return Outcome.CANNOT_PUSH, SPENT
    author = session.get_one(Message, piece.message_id).author
    by_bot = deliveries.pushed_since(session, conversation, opened.since, Author.BOT)
    if author is Author.BOT and by_bot >= BOT_QUOTA:
        return Outcome.CANNOT_PUSH, "the assistant's share of the window is spent"
    return None


def _picture(
    session: Session, store: MaterialStore, content: dict[str, Any] | None
) -> tuple[bytes, str] | None:
    """Return the picture a piece shows, with its type; None where it shows none."""
    key = ((content or {}).get("image") or {}).get("attachment")
    sent = attachment.find(session, key) if key else None
    if sent is None:
        return None
    try:
        return store.content(sent.key), sent.media_type
    except (FileNotFoundError, SealError) as error:
        log.error("pushing.no_picture", error=type(error).__name__)
        return None


def _sent(
    api: WeChatApi,
    openid: str,
    text: str,
    content: dict[str, Any] | None,
    picture: tuple[bytes, str] | None,
) -> tuple[Outcome, str]:
    if content is not None and "image" in content:
        if picture is None:
            return Outcome.REFUSED, "the picture is gone"
        outcome, told = api.upload_picture(*picture)
        if outcome is not Outcome.SENT:
            return outcome, told
        content = {"msgtype": "image", "image": {"media_id": told}}
    if content is not None and "miniprogrampage" in content:
        outcome, told = api.card_picture()
        if outcome is not Outcome.SENT:
            return outcome, told
        card = {**content["miniprogrampage"], "thumb_media_id": told}
        content = {"msgtype": "miniprogrampage", "miniprogrampage": card}
    return api.push(openid, text, content)


def _record(
    services: Services,
    piece: Delivery,
    contact_id: int,
    outcome: Outcome,
    why: str,
    attempts: list[Attempt],
) -> None:
    with services.database.unit_of_work() as session:
        note_attempts(session, piece.id, attempts)
        message = session.get_one(Message, piece.message_id)
        if outcome is Outcome.SENT:
            push_queue.mark_sent(session, piece.id, why or None)
            return
        if piece.piece.way is not Way.CUSTOMER_SERVICE and outcome in _NOT_AS_NOTICE:
            # The words wait for the person's next message instead.
            template_id = (piece.content or {})["notice"]["template_id"]
            notice_grant.revoke(session, contact_id, template_id)
            push_queue.show_plainly(session, piece.id)
        if outcome is Outcome.CANNOT_PUSH and piece.piece.way is Way.CUSTOMER_SERVICE:
            # WeChat knows better than we whether its window is open.
            permitted = services.notices.permitted(session, message)
            if permitted is not None:
                push_queue.show_as_notice(session, piece.id, permitted)
                return
            nudge = services.notices.nudge(session, message) if why in _SILENT else None
            if nudge is not None:
                part = deliveries.deliveries_of(session, message.id)[-1].part + 1
                deliveries.plan(
                    session, message, [nudge], utc_now(), can_push=True, first_part=part
                )
        if piece.piece.is_extra and (outcome is not Outcome.TRY_AGAIN or piece.attempts > 1):
            # Late it would stand below something else.
            push_queue.mark_not_sent(session, piece.id, DeliveryState.FAILED, why)
        elif outcome is Outcome.REFUSED and piece.content is not None and piece.attempts == 1:
            # An account without menu messages still gets the text with its numbers.
            push_queue.show_plainly(session, piece.id)
            push_queue.mark_not_sent(session, piece.id, DeliveryState.PENDING, why)
        elif outcome is Outcome.TRY_AGAIN and piece.attempts <= len(_RETRIES):
            again_in = timedelta(seconds=_RETRIES[piece.attempts - 1])
            push_queue.mark_not_sent(session, piece.id, DeliveryState.PENDING, why, again_in)
        else:
            push_queue.mark_not_sent(session, piece.id, _STATES[outcome], why)


_SILENT = (CLOSED, "45015")  # the person has not written for 48 hours
_NOT_AS_NOTICE = (Outcome.NOT_WANTED, Outcome.CANNOT_PUSH, Outcome.REFUSED)
_STATES = {
    Outcome.UNKNOWN: DeliveryState.UNKNOWN,
    Outcome.REFUSED: DeliveryState.FAILED,
    Outcome.CANNOT_PUSH: DeliveryState.HELD,
    Outcome.NOT_WANTED: DeliveryState.HELD,
    Outcome.TRY_AGAIN: DeliveryState.HELD,
}
