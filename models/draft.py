"""Draft: a service's half-filled form. It lives here, not in Rasa's tracker.

So it outlives a restart, a new Rasa session and a change of device (DESIGN section 4.4). What
nobody touched for thirty days is forgotten.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.sealed import SealedJson

WHICH = "_which"
"""The note in a draft's answers that it is being asked which of them is to be changed."""


KEPT_FOR = timedelta(days=30)
"""How long a draft waits for its person, counted from their last answer."""


class Draft(Base):
    """Answers given so far for one service by one person.

    `asked` is the field whose question is open: a field's name, ``consent`` or ``confirm``.
    A set-aside draft (`active` false) can be taken up again.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("contact_id", "service"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    service: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    asked: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


def active_draft(session: Session, contact_id: int) -> Draft | None:
    """Return the form this person is filling right now, if any."""
    return session.scalar(
        select(Draft)
        .where(Draft.contact_id == contact_id, Draft.active.is_(True))
        .order_by(Draft.updated_at.desc())
        .limit(1)
    )


def drafts_of(session: Session, contact_id: int) -> list[Draft]:
    """Return every form this person has begun and not finished."""
    return list(
        session.scalars(select(Draft).where(Draft.contact_id == contact_id).order_by(Draft.id))
    )


def begin_draft(session: Session, contact_id: int, service: str) -> Draft:
    """Open this service's draft, the one already begun if there is one; others are set aside."""
    mine = drafts_of(session, contact_id)
    draft = next((one for one in mine if one.service == service), None)
    for other in mine:
        other.active = False
    if draft is None:
        draft = Draft(contact_id=contact_id, service=service, answers={})
        session.add(draft)
    draft.active = True
    session.flush()
    return draft


def discard_draft(session: Session, draft: Draft) -> None:
    """Forget a draft: it was cancelled, or has become a request."""
    session.execute(delete(Draft).where(Draft.id == draft.id))
    session.expunge(draft)


def forget_old_drafts(session: Session) -> int:
    """Forget the drafts nobody has touched for too long; returns how many there were."""
    old = session.scalars(
        delete(Draft).where(Draft.updated_at < utc_now() - KEPT_FOR).returning(Draft.id)
    )
    return len(old.all())
