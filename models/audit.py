"""Audit: who saw, revealed and changed what. Entries are added; nothing changes or removes them.

The database itself refuses changes (a trigger, in the migration), so that neither a slip in our
code nor a statement typed by hand can clean up after somebody.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now


class AuditEntry(Base):
    """One deed. It holds ids and reasons, never the personal value itself."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "subject_id"),
        Index("ix_audit_entry_staff", "staff_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # No foreign key: an entry outlives what it speaks of.
    staff_id: Mapped[int | None] = mapped_column(BigId)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(300), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ReasonMissingError(ValueError):
    """Personal data is revealed for a stated reason only; the text is for people."""


def record(
    session: Session,
    staff_id: int | None,
    action: str,
    *,
    subject: str,
    subject_id: int,
    reason: str = "",
    **details: Any,
) -> AuditEntry:
    """Add an entry.

    Args:
        session: the open unit of work; the deed and its entry are committed together.
        staff_id: who; None for the system itself.
        action: what was done, such as ``conversation.view``, ``value.reveal``.
        subject: the kind of thing: ``conversation``, ``contact``, ``staff`` …
        subject_id: which one.
        reason: why, in the person's own words.
        details: ids and names.
    """
    entry = AuditEntry(
        staff_id=staff_id,
        action=action,
        subject=subject,
        subject_id=subject_id,
        reason=reason[:300],
        details=details,
    )
    session.add(entry)
    session.flush()
    return entry


def must_give_reason(reason: str) -> str:
    """Return a reason worth keeping.

    Raises:
        ReasonMissingError: there is none.
    """
    reason = reason.strip()
    if len(reason) < 4:
        raise ReasonMissingError("请写清楚为什么要看（至少 4 个字），会留下记录。")
    return reason


def did_since(
    session: Session, staff_id: int, action: str, subject: str, subject_id: int, since: datetime
) -> bool:
    """Whether somebody did this to the same thing since a moment."""
    found = (
        select(AuditEntry.id)
        .where(
            AuditEntry.subject == subject,
            AuditEntry.subject_id == subject_id,
            AuditEntry.staff_id == staff_id,
            AuditEntry.action == action,
            AuditEntry.at > since,
        )
        .limit(1)
    )
    return session.scalar(found) is not None


def entries(
    session: Session,
    *,
    staff_id: int | None = None,
    subject: str | None = None,
    subject_id: int | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return entries, newest first; `before` an id to turn the page."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if staff_id is not None:
        query = query.where(AuditEntry.staff_id == staff_id)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.scalars(query))
