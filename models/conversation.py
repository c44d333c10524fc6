"""Conversation: one person's talk with the service, and whose turn it is to answer.

Messages of one conversation are answered one at a time, in order of arrival; the lease below
keeps that order across threads, processes and machines (DESIGN section 4.4).
"""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, one_of, utc_now


class ConversationState(StrEnum):
    """Who answers: the assistant, nobody yet (waiting for staff), staff, or nobody any more."""

    BOT = "bot"
    PENDING = "pending"
    OPEN = "open"
    RESOLVED = "resolved"


class Conversation(Base):
    """A talk with one contact. `key` is its name outside (Rasa's sender id): it tells nothing."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: uuid.uuid4().hex)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    state: Mapped[ConversationState] = mapped_column(
        one_of(ConversationState),
        default=ConversationState.BOT,
    )
    last_position: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def open_conversation(session: Session, contact_id: int) -> Conversation:
    """Return the person's current conversation, locked until the unit of work ends."""
    current = (
        select(Conversation)
        .where(Conversation.contact_id == contact_id)
        .order_by(Conversation.id.desc())
        .limit(1)
        .with_for_update()
    )
    conversation = session.scalar(current)
    if conversation is None:
        conversation = Conversation(contact_id=contact_id, last_position=0)
        session.add(conversation)
        session.flush()
    return conversation


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """Return the conversation as it stands now, locked until the unit of work ends."""
    return session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def take_lease(session: Session, conversation_id: int, owner: str, lasts: timedelta) -> bool:
    """Become the one who answers this conversation, unless somebody else is at it.

    Args:
        session: the open unit of work.
        conversation_id: the conversation.
        owner: a name unique to this attempt.
        lasts: after this time a crashed owner's lease is free again.
    """
    now = utc_now()
    taken = session.scalar(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until < now),
        )
        .values(lease_owner=owner, lease_until=now + lasts)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def extend_lease(session: Session, conversation_id: int, owner: str, lasts: timedelta) -> bool:
    """Keep the lease for another message. False when it was lost meanwhile."""
    kept = session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_owner == owner)
        .values(lease_until=utc_now() + lasts)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return kept is not None


def drop_lease(session: Session, conversation_id: int, owner: str) -> None:
    """Let the next one answer. A lease that somebody else took over is left alone."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
