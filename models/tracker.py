"""Rasa's memory of a talk: under which names it lies in Redis, and which of them are to go.

Rasa keeps the last turns of a conversation under the conversation's key. To forget them the
conversation takes a new key at once; the old one is noted here, and what lies under it is deleted
once the turn that may still be writing it has ended.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.conversation import Conversation
from models.database import Base, UtcDateTime, utc_now

PREFIX = "tracker:"
"""What `bot.components.trackers` puts before a conversation's key in Redis."""

# A turn that was under way may still write: longer than any turn takes.
_SETTLED_AFTER = timedelta(minutes=1)


class TrackerToForget(Base):
    """A key whose tracker is to be deleted from Redis."""

    __tablename__ = "tracker_to_forget"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def conversation_keys(session: Session, contact_ids: Sequence[int]) -> list[str]:
    """Return the names under which Rasa keeps what these contacts said."""
    mine = select(Conversation.key).where(Conversation.contact_id.in_(contact_ids))
    return list(session.scalars(mine.order_by(Conversation.id)))


def forget_trackers(session: Session, contact_ids: Sequence[int]) -> list[str]:
    """Part these contacts' conversations from what Rasa remembers of them.

    Returns:
        The keys that are to be deleted in Redis (see `due`).
    """
    mine = select(Conversation).where(Conversation.contact_id.in_(contact_ids))
    keys: list[str] = []
    for conversation in session.scalars(mine):
        keys.append(conversation.key)
        session.add(TrackerToForget(key=conversation.key))
        conversation.key = uuid.uuid4().hex
    session.flush()
    return keys


def due(session: Session, limit: int = 500) -> list[str]:
    """Return keys to delete for good; nothing writes under them any more."""
    return list(
        session.scalars(
            select(TrackerToForget.key)
            .where(TrackerToForget.asked_at < utc_now() - _SETTLED_AFTER)
            .limit(limit)
        )
    )


def forgotten(session: Session, keys: Sequence[str]) -> None:
    """Note that nothing lies under these keys any more."""
    session.execute(delete(TrackerToForget).where(TrackerToForget.key.in_(keys)))
