"""Change: the feed of what a console must see, numbered so that a screen can resume by number.

Rows are written as the last thing of a transaction. On PostgreSQL one lock is held from there to
the commit, so numbers become visible in their order and a reader who has seen number n has missed
nothing below it. (SQLite has one writer anyway.) Only conversations that staff are concerned with
get rows: a talk with the assistant alone costs nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, event, func, select, text
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from models.database import Base, BigId, UtcDateTime, one_of, utc_now

_PENDING = "pending_changes"
_LOCK = 7158003


class ChangeKind(StrEnum):
    """What changed."""

    MESSAGE = "message"  # details: message_id
    DELIVERY = "delivery"  # details: message_id; its way to the person took a step
    MOVE = "move"  # details: move, and what belongs to it: who has the conversation now
    OVERDUE = "overdue"  # details: what; others are to look
    NOTE = "note"  # details: note_id, mentions
    CONTACT = "contact"  # tags, block or merge
    REQUEST = "request"  # details: request_id; it took a step, or somebody else has it


class Change(Base):
    """One change; `id` is its number in the feed. That of a request has no conversation."""

    __tablename__ = "conversation_change"
    __table_args__ = (Index("ix_conversation_change_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[ChangeKind] = mapped_column(one_of(ChangeKind))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass
class _Noted:
    """What a unit of work has noted and not written yet, and the last number it has written."""

    waiting: list[Change] = field(default_factory=list)
    has_written: bool = False


def note_change(
    session: Session,
    conversation_id: int | None,
    kind: ChangeKind,
    *,
    staff_id: int | None = None,
    **details: Any,
) -> None:
    """Note a change of this unit of work; it is written when the work is committed.

    Args:
        session: the open unit of work.
        conversation_id: what changed; None where it was a request.
        kind: how.
        staff_id: who did it; None for the person, the assistant and time itself.
        details: ids and names only, never a person's words.
    """
    noted = session.info.setdefault(_PENDING, _Noted())
    noted.waiting.append(
        Change(conversation_id=conversation_id, kind=kind, staff_id=staff_id, details=details)
    )


def changes_after(session: Session, number: int, limit: int = 500) -> list[Change]:
    """Return the changes behind `number`, in their order."""
    return list(
        session.scalars(select(Change).where(Change.id > number).order_by(Change.id).limit(limit))
    )


def last_change(session: Session) -> int:
    """Return the newest number: where a screen that has just drawn everything goes on."""
    return session.scalar(select(func.max(Change.id))) or 0


def moves_of(session: Session, *conversation_ids: int) -> list[Change]:
    """Return every move of conversations between assistant and staff: who, when, what."""
    return list(
        session.scalars(
            select(Change)
            .where(Change.conversation_id.in_(conversation_ids), Change.kind == ChangeKind.MOVE)
            .order_by(Change.id)
        )
    )


def has_changed(session: Session) -> bool:
    """Whether the unit of work just committed wrote changes; for who passes the word on."""
    noted: _Noted | None = session.info.get(_PENDING)
    return noted is not None and noted.has_written


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    noted: _Noted | None = session.info.get(_PENDING)
    if noted is None or not noted.waiting or session.in_nested_transaction():
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    session.add_all(noted.waiting)
    noted.waiting = []
    noted.has_written = True


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    # A savepoint that is rolled back leaves what was noted before it.
    if ended.parent is None:
        session.info.pop(_PENDING, None)
