"""Conversation: one person's talk with the service, and whose turn it is to answer.

Messages of one conversation are answered one at a time, in order of arrival; the lease below
keeps that order across threads, processes and machines (DESIGN section 4.4).
"""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from sqlalchemy import ColumnElement, ForeignKey, Select, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column, relationship

from models.contact import Contact, meet_contact
from models.database import Base, BigId, UtcDateTime, one_of, utc_now


class ConversationState(StrEnum):
    """Who answers: the assistant, nobody yet (waiting for staff), staff, or nobody any more."""

    BOT = "bot"
    PENDING = "pending"
    OPEN = "open"
    RESOLVED = "resolved"

    @property
    def is_with_staff(self) -> bool:
        """Whether the assistant has to be silent: a person has the word, or is awaited."""
        return self in (ConversationState.PENDING, ConversationState.OPEN)


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
    # When a menu was tapped, the account followed or a code scanned: WeChat lets us push then too.
    last_touch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The account of WeChat's own customer-service client that has the word, if one has.
    kf_account: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    contact: Mapped[Contact] = relationship()

    def take_lease(self, owner: str, lasts: timedelta) -> bool:
        """Become (or stay) the one who answers here, unless somebody else is at it.

        The row has to be locked: it comes from `conversation_of` or `lock_conversation`.

        Args:
            owner: a name unique to this attempt.
            lasts: after this time a crashed owner's lease is free again.
        """
        now = utc_now()
        if self.lease_owner not in (None, owner) and self.lease_until and self.lease_until >= now:
            return False
        self.lease_owner, self.lease_until = owner, now + lasts
        return True

    def drop_lease(self, owner: str) -> None:
        """Let the next one answer. A lease that somebody else took over is left alone."""
        if self.lease_owner == owner:
            self.lease_owner = self.lease_until = None


def conversation_of(session: Session, channel: str, account: str, external_id: str) -> Conversation:
    """Return a person's current conversation, locked until the unit of work ends.

    A person is remembered, and their conversation opened, at first sight.
    """
    whose = {"channel": channel, "account": account, "external_id": external_id}
    conversation = session.scalar(_newest(*whose), whose)
    if conversation is not None:
        return conversation
    return open_conversation(session, meet_contact(session, channel, account, external_id).id)


def open_conversation(session: Session, contact_id: int) -> Conversation:
    """Return a known contact's current conversation, locked; opened if there is none."""
    conversation = find_conversation(session, contact_id)
    if conversation is None:
        conversation = Conversation(contact_id=contact_id, last_position=0)
        session.add(conversation)
        session.flush()
    return conversation


def find_conversation(session: Session, contact_id: int) -> Conversation | None:
    """Return a known contact's current conversation, locked; None if they have never talked."""
    return session.scalar(_newest("id"), {"id": contact_id})


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """Return the conversation as it stands now, locked until the unit of work ends."""
    return session.scalars(_one(), {"conversation_id": conversation_id}).one()


@cache
def _one() -> Select[Conversation]:
    return _locked(Conversation.id == bindparam("conversation_id")).execution_options(
        populate_existing=True
    )


@cache
def _newest(*known: str) -> Select[Conversation]:
    """Return the query for the newest conversation of whom these columns of `Contact` tell."""
    whose = (getattr(Contact, name) == bindparam(name) for name in known)
    return _locked(*whose).order_by(Conversation.id.desc()).limit(1)


def _locked(*conditions: ColumnElement[bool]) -> Select[Conversation]:
    return (
        select(Conversation)
        .join(Conversation.contact)
        .where(*conditions)
        .options(contains_eager(Conversation.contact))
        # Not FOR UPDATE: rows that refer to the conversation may still be written meanwhile. The
        # feed writes them under a lock of its own (`models.change`), and must not wait for ours.
        .with_for_update(of=Conversation, key_share=True)
    )
