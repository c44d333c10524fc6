"""Gig work (零工): registration of workers, postings of small employers, and the search.

Free, at the gig service area — clause 三(八) of the plan. A posting is a request like any other
(`models.request`): it can be found once staff have granted it, until it is withdrawn or closed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    and_,
    delete,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.catalogue.life import RequestState
from models.contact import PERSON, person_of
from models.database import Base, BigId, UtcDateTime, utc_now
from models.intake.fields.base import OTHER
from models.number import store_numbered
from models.request import Request
from models.sealed import SealedText, lookup_hash
from models.working_days import china_today

_LOOKED_AT = 500
"""How many of a city's newest postings a search looks at."""


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

    @property
    def work(self) -> str:
        """What the person can do, in words."""
        return _told(self.work_kinds)


def _told(work_kinds: Sequence[str]) -> str:
    return "、".join(kind.removeprefix(OTHER) for kind in work_kinds)


_THEIRS = select(GigRegistration).where(GigRegistration.contact_id.in_(PERSON))
_NEWEST = _THEIRS.order_by(GigRegistration.id.desc()).limit(1)


def find_registration(session: Session, contact_id: int) -> GigRegistration | None:
    """Return this person's registration, the newest if there are several."""
    return session.scalar(_NEWEST, {"contact_id": contact_id})


def registrations_of(session: Session, contact_id: int) -> list[GigRegistration]:
    """Return all registrations of this person, the oldest first."""
    theirs = _THEIRS.order_by(GigRegistration.id)
    return list(session.scalars(theirs, {"contact_id": contact_id}))


def erase_registrations(session: Session, contact_id: int) -> int:
    """Delete all registrations of this person and return how many there were."""
    erased = session.scalars(
        delete(GigRegistration)
        .where(GigRegistration.contact_id.in_(person_of(contact_id)))
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
            GigRegistration.contact_id.in_(person_of(contact_id)),
            GigRegistration.mobile_hash == mobile_hash,
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
        store_numbered(session, registration, "LG", partial(setattr, registration, "number"))
    session.flush()
    return registration


class GigPosting(Base):
    """Gig work that a small employer offers: what can be shown of the request it belongs to.

    Whom to call stays sealed in the request: the gig service area brings both sides together.
    `taken` of the `how_many` places are given (`models.gig_application`). `last_day` is the last
    day it is on; `told_at` is when those it fits were told of it.
    """

    __tablename__ = "gig_posting"
    __table_args__ = (
        Index(
            "ix_gig_posting_untold",
            "request_id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"), primary_key=True)
    city: Mapped[str] = mapped_column(String(16), index=True)
    district: Mapped[str | None] = mapped_column(String(32))
    work_kinds: Mapped[list[str]] = mapped_column(JSON)
    pay: Mapped[str] = mapped_column(String(100))
    when: Mapped[str] = mapped_column(String(200))
    how_many: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    notes: Mapped[str | None] = mapped_column(String(200))
    last_day: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[Request] = relationship()

    @property
    def work(self) -> str:
        """What there is to do, in words."""
        return _told(self.work_kinds)

    @property
    def place(self) -> str:
        """Where it is: the city, with the district where one is known."""
        return f"{self.city}{self.district or ''}"


def post(
    session: Session,
    request: Request,
    *,
    city: str,
    district: str | None,
    work_kinds: list[str],
    pay: str,
    when: str,
    how_many: int,
    last_day: date | None,
    notes: str | None = None,
) -> GigPosting:
    """Store what can be shown of a posting; the one of the same request is replaced."""
    posting = session.get(GigPosting, request.id) or GigPosting(request_id=request.id)
    posting.city, posting.district = city, district
    posting.work_kinds, posting.pay = work_kinds, pay
    posting.when, posting.how_many, posting.last_day = when, how_many, last_day
    posting.notes = notes
    session.add(posting)
    session.flush()
    return posting


def search_postings(
    session: Session,
    city: str,
    district: str | None = None,
    work_kinds: Sequence[str] = (),
    *,
    limit: int = 5,
) -> list[GigPosting]:
    """Return the postings one can apply for, the same district first, then the newest.

    Args:
        session: an open session.
        city: where to look.
        district: preferred part of the city.
        work_kinds: what somebody can do; none means anything.
        limit: how many at most.
    """
    found = session.scalars(
        select(GigPosting)
        .join(GigPosting.request)
        .where(
            GigPosting.city == city,
            Request.state == RequestState.GRANTED,
            is_on(),
        )
        .order_by(GigPosting.request_id.desc())
        .limit(_LOOKED_AT)
        .options(joinedload(GigPosting.request))
    )
    fitting = [one for one in found if not work_kinds or set(work_kinds) & set(one.work_kinds)]
    fitting.sort(key=lambda one: district is None or one.district != district)
    return fitting[:limit]


def posting_of(session: Session, number: str) -> GigPosting | None:
    """Return the posting of a request's number, as long as it can be found by others."""
    return session.scalar(
        select(GigPosting)
        .join(GigPosting.request)
        .where(Request.number == number, Request.state == RequestState.GRANTED, is_on())
        .options(joinedload(GigPosting.request))
    )


def postings_of(session: Session, contact_id: int) -> list[GigPosting]:
    """Return the postings of this person that are published, the newest first."""
    return list(
        session.scalars(
            select(GigPosting)
            .join(GigPosting.request)
            .where(
                Request.contact_id.in_(person_of(contact_id)),
                Request.state == RequestState.GRANTED,
            )
            .order_by(GigPosting.request_id.desc())
            .options(joinedload(GigPosting.request))
        )
    )


def is_on() -> ColumnElement[bool]:
    """Return the condition that a posting's last day is not over, and that a place is left."""
    in_time = or_(GigPosting.last_day.is_(None), GigPosting.last_day >= china_today())
    return and_(in_time, GigPosting.taken < GigPosting.how_many)


def erase_postings(session: Session, requests: Sequence[Request]) -> None:
    """Delete what was shown of these requests."""
    numbers = [request.id for request in requests]
    session.execute(delete(GigPosting).where(GigPosting.request_id.in_(numbers)))
