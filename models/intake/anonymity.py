"""What keeps an anonymous request from being led back to who made it.

The request itself does not say who asked. But the talk in which it was made does, as do the yes to
what is stored, and what Rasa remembers: so these go in the moment the request is submitted. What
the person needs later, its number and query code, is shown at delivery only
(`models.passing_value`). Moments are those of the day, not of the minute.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, null, or_, select, update
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.contact import Consent
from models.conversation import Conversation
from models.delivery import Delivery
from models.draft import drafts_of
from models.intake.wording import phrase
from models.knowledge.gaps import Gap
from models.message import Message
from models.private_value import PrivateValue, keep_value
from models.received_media import ReceivedMedia
from models.request import Request
from models.understanding import UnclearMessage

RECEIPT = "回执"
# The message that began it came a moment before its draft.
_BEFORE = timedelta(minutes=1)
_QUIET = {"synchronize_session": False}


def receipt(session: Session, contact_id: int, told: str) -> str:
    """Return the token of what its owner is to be shown once, and nobody later."""
    return keep_value(session, contact_id, RECEIPT, told)


def cut_ties(session: Session, contact_id: int, service: str) -> None:
    """Forget all that leads from a person to the anonymous request they have just made.

    Args:
        session: the open unit of work of the submission; the draft is still there.
        contact_id: who made it.
        service: its service.
    """
    begun = [one.created_at for one in drafts_of(session, contact_id) if one.service == service]
    if begun:
        _blank_talk(session, contact_id, min(begun) - _BEFORE)
    named = select(Request.consent_id).where(Request.consent_id.is_not(None))
    session.execute(
        delete(Consent)
        .where(
            Consent.contact_id == contact_id,
            Consent.purpose == service,
            Consent.id.not_in(named),
        )
        .execution_options(**_QUIET)
    )


def forget_repeats(session: Session) -> None:
    """Forget what tells a repeated anonymous submission: it is made of who asked, too.

    A network that swallows an answer is tried again within minutes.
    """
    session.execute(
        update(Request)
        .where(Request.contact_id.is_(None), Request.duplicate_key.is_not(None))
        .values(duplicate_key=None, updated_at=Request.updated_at)
        .execution_options(**_QUIET)
    )


def _blank_talk(session: Session, contact_id: int, since: datetime) -> None:
    """Blank both sides of the talk since then, on its way out too."""
    instead = phrase("anonymous_words")
    conversations = select(Conversation.id).where(Conversation.contact_id == contact_id)
    said = session.scalars(
        select(Message.id).where(
            Message.conversation_id.in_(conversations), Message.created_at >= since
        )
    ).all()
    session.execute(
        update(Message)
        .where(Message.id.in_(said))
        .values(text=instead, original=None, details=null(), choices=null(), turn=null())
        .execution_options(**_QUIET)
    )
    session.execute(
        update(Delivery)
        .where(Delivery.message_id.in_(said))
        .values(text=instead, content=null())
        .execution_options(**_QUIET)
    )
    # The store forgets a file that nothing names any more.
    session.execute(
        delete(Attachment)
        .where(Attachment.conversation_id.in_(conversations), Attachment.created_at >= since)
        .execution_options(**_QUIET)
    )
    session.execute(delete(Gap).where(Gap.message_id.in_(said)).execution_options(**_QUIET))
    session.execute(
        delete(ReceivedMedia).where(ReceivedMedia.message_id.in_(said)).execution_options(**_QUIET)
    )
    session.execute(
        delete(UnclearMessage)
        .where(
            UnclearMessage.contact_id == contact_id,
            or_(UnclearMessage.last_at >= since, UnclearMessage.first_at >= since),
        )
        .execution_options(**_QUIET)
    )
    session.execute(
        delete(PrivateValue)
        .where(PrivateValue.contact_id == contact_id, PrivateValue.created_at >= since)
        .execution_options(**_QUIET)
    )
