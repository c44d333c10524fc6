"""Draft: a service's half-filled form. It lives here, not in Rasa's tracker.

So it outlives a restart, a new Rasa session and a change of device (DESIGN section 4.4). What
nobody touched for thirty days is forgotten.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.contact import PERSON
from models.database import Base, BigId, UtcDateTime, utc_now
from models.materials import material
from models.materials.material import Material
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


_THEIRS = select(Draft).where(Draft.contact_id.in_(PERSON))
_ALL = _THEIRS.order_by(Draft.id)
_ACTIVE = _THEIRS.where(Draft.active.is_(True)).order_by(Draft.updated_at.desc()).limit(1)


def active_draft(session: Session, contact_id: int) -> Draft | None:
    """Return the form this person is filling right now, if any."""
    return session.scalar(_ACTIVE, {"contact_id": contact_id})


def drafts_of(session: Session, contact_id: int) -> list[Draft]:
    """Return every form this person has begun and not finished."""
    return list(session.scalars(_ALL, {"contact_id": contact_id}))


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
    """Forget a draft whose answers are kept elsewhere, or erased with everything else."""
    session.execute(delete(Draft).where(Draft.id == draft.id))
    session.expunge(draft)


def give_up(session: Session, draft: Draft) -> None:
    """Forget a draft that will not be submitted, with the files that were given for it."""
    material.remove_loose(session, draft.contact_id, draft.service)
    discard_draft(session, draft)


def forget_old_drafts(session: Session) -> int:
    """Forget the drafts nobody has touched for too long; returns how many there were.

    Their files go with them, and after the same time those files for which no draft was begun.
    """
    before = utc_now() - KEPT_FOR
    old = session.scalars(select(Draft).where(Draft.updated_at < before)).all()
    for draft in old:
        give_up(session, draft)
    is_begun = (Draft.contact_id == Material.contact_id) & (Draft.service == Material.service)
    session.execute(
        delete(Material)
        .where(
            Material.request_id.is_(None),
            Material.created_at < before,
            ~select(Draft.id).where(is_begun).exists(),
        )
        .execution_options(synchronize_session=False)
    )
    return len(old)
