"""Gig registration (零工信息登记): free, at the gig service area — clause 三(八) of the plan."""

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, ForeignKey, String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.sealed import SealedText, lookup_hash

_CHINA = ZoneInfo("Asia/Shanghai")


class GigRegistration(Base):
    """A person who looks for gig work: who, where, what kinds of work, when.

    `number` is what the person quotes on the phone: ``LG`` + day + five digits.
    """

    __tablename__ = "gig_registration"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    name: Mapped[str] = mapped_column(SealedText)
    mobile: Mapped[str] = mapped_column(SealedText)
    mobile_hash: Mapped[str] = mapped_column(String(64), index=True)
    city: Mapped[str] = mapped_column(String(16), index=True)
    district: Mapped[str | None] = mapped_column(String(32))
    work_kinds: Mapped[list[str]] = mapped_column(JSON)
    available: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


def find_registration(session: Session, contact_id: int) -> GigRegistration | None:
    """Return this person's registration, the newest if there are several."""
    return session.scalar(
        select(GigRegistration)
        .where(GigRegistration.contact_id == contact_id)
        .order_by(GigRegistration.id.desc())
        .limit(1)
    )


def registrations_of(session: Session, contact_id: int) -> list[GigRegistration]:
    """Return all registrations of this person, the oldest first."""
    return list(
        session.scalars(
            select(GigRegistration)
            .where(GigRegistration.contact_id == contact_id)
            .order_by(GigRegistration.id)
        )
    )


def erase_registrations(session: Session, contact_id: int) -> int:
    """Delete all registrations of this person and return how many there were."""
    erased = session.scalars(
        delete(GigRegistration)
        .where(GigRegistration.contact_id == contact_id)
        .returning(GigRegistration.id)
    ).all()
    return len(erased)


def register(
    session: Session,
    *,
    contact_id: int,
    consent_id: int,
    name: str,
    mobile: str,
    city: str,
    district: str | None,
    work_kinds: list[str],
    available: str,
) -> GigRegistration:
    """Store a registration. The same mobile of the same person updates the one there is.

    Returns:
        The stored registration; its `number` stays the same when it is updated.
    """
    mobile_hash = lookup_hash(mobile)
    registration = session.scalar(
        select(GigRegistration).where(
            GigRegistration.contact_id == contact_id, GigRegistration.mobile_hash == mobile_hash
        )
    )
    if registration is None:
        registration = GigRegistration(contact_id=contact_id, mobile_hash=mobile_hash)
        registration.number = ""
    registration.consent_id = consent_id
    registration.name = name
    registration.mobile = mobile
    registration.city = city
    registration.district = district
    registration.work_kinds = work_kinds
    registration.available = available
    if not registration.number:
        _store_under_new_number(session, registration)
    session.flush()
    return registration


def _store_under_new_number(session: Session, registration: GigRegistration) -> None:
    """Draw numbers until one is free; they tell nothing about how many people registered."""
    day = utc_now().astimezone(_CHINA).strftime("%y%m%d")
    for last_try in (*[False] * 9, True):
        registration.number = f"LG{day}-{secrets.randbelow(100_000):05d}"
        try:
            with session.begin_nested():
                session.add(registration)
            return
        except IntegrityError:
            # Drawing ten taken numbers in a row does not happen: something else is wrong.
            if last_try:
                raise
            if registration in session:
                session.expunge(registration)
