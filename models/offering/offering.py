"""Offering: what editors enter for people to find, with the times at which it can be had.

A training course, a contest, a mentor, an incubator, a gig market: one table, told apart by
`kind`. Nothing is shipped in it: what is not entered does not exist, and people are told so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Select, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

from models.database import Base, BigId, UtcDateTime, utc_now
from models.offering.kinds import Kind, kinds
from models.office_hours import OfficeHours

SAMPLE = "示例"
"""What the title of an invented entry begins with, wherever it is shown."""


class Offering(Base):
    """One thing on offer.

    Attributes:
        code: the editors' own number, by which a file that is imported again finds it.
        kind: a code of ``kinds.yml``.
        topics: what it is about; none means anything of its kind.
        city: where it is; None for what is online or for the whole province.
        audience: whom it is for; `priority` are the key groups that come first.
        phone: of the office, never of a person who has not agreed.
        source: who says so: the organiser or the document.
        hours: opening times (`models.office_hours`), where it has any.
        is_sample: whether it is invented, to try the product with.
        closed_at: since when it is no longer shown.
    """

    __tablename__ = "offering"
    __table_args__ = (Index("ix_offering_where", "kind", "city"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    city: Mapped[str | None] = mapped_column(String(16))
    district: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str | None] = mapped_column(String(200))
    audience: Mapped[str | None] = mapped_column(String(200))
    priority: Mapped[list[str]] = mapped_column(JSON, default=list)
    phone: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(300))
    source: Mapped[str | None] = mapped_column(String(200))
    hours: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    is_sample: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    slots: Mapped[list["Slot"]] = relationship(order_by="Slot.begins_at", back_populates="offering")

    @property
    def about_kind(self) -> Kind:
        """Its kind."""
        return kinds()[self.kind]

    @property
    def place(self) -> str:
        """Where it is, in one word."""
        return f"{self.city}{self.district or ''}" if self.city else "线上或全省"

    @property
    def name(self) -> str:
        """Its title, with the mark of what is invented."""
        if self.is_sample and not self.title.startswith(SAMPLE):
            return f"{SAMPLE}·{self.title}"
        return self.title

    @property
    def opening(self) -> OfficeHours | None:
        """Its opening hours."""
        if self.hours is None:
            return None
        return OfficeHours.model_validate({"name": self.title, **self.hours})


class Slot(Base):
    """A time at which an offering can be had: a session of a course, an hour of a mentor.

    Attributes:
        capacity: how many seats there are.
        sign_up_until: after it nobody signs up; the beginning where it is None.
        note: what is particular about this time (the room).
        announced_at: when those who wait for one like it were told.
        moved_at: when its time was changed last: who has a seat is told, and reminded anew.
        cancelled_at: since when it is called off, for `cancel_reason`.
    """

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("offering_id", "begins_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    sign_up_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(String(200))
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    offering: Mapped[Offering] = relationship(back_populates="slots")

    @property
    def last_sign_up(self) -> datetime:
        """The moment from which nobody signs up any more."""
        return min(self.sign_up_until or self.begins_at, self.begins_at)

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether one can sign up, for a seat or for the waiting list."""
        return (
            self.cancelled_at is None
            and self.offering.closed_at is None
            and (now or utc_now()) < self.last_sign_up
        )


def find_offering(session: Session, offering_id: int) -> Offering | None:
    """Return an offering that is shown."""
    found = session.get(Offering, offering_id)
    return found if found is not None and found.closed_at is None else None


def find_slot(session: Session, slot_id: int) -> Slot | None:
    """Return a time with its offering."""
    return session.get(Slot, slot_id, options=[joinedload(Slot.offering)])


def search(
    session: Session,
    kind_codes: Sequence[str],
    *,
    city: str | None = None,
    district: str | None = None,
    topics: Sequence[str] = (),
    words: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[Offering]:
    """Return what is shown of these kinds, the same district first, then by title.

    Args:
        session: an open session.
        kind_codes: which kinds; none means all.
        city: only what is there, online or for the whole province.
        district: what is there comes first.
        topics: only what is about one of these, or about anything.
        words: only what has them in title, introduction or address.
        limit: how many at most.
        offset: how many to leave out.
    """
    query = _shown(select(Offering), kind_codes, city, words)
    query = query.order_by(Offering.kind, Offering.title, Offering.id)
    found = session.scalars(query.options(selectinload(Offering.slots)).limit(_LOOKED_AT))
    fitting = [one for one in found if _is_about(one, topics)]
    fitting.sort(key=lambda one: _farness(one, city, district))
    return fitting[offset : offset + limit]


def upcoming(
    session: Session,
    kind_codes: Sequence[str],
    *,
    city: str | None = None,
    district: str | None = None,
    topics: Sequence[str] = (),
    words: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    only_open: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> list[Slot]:
    """Return the times still to come, the soonest first; those of the same district first of a day.

    Args as of `search`, and:
        since: only those that begin after it (now).
        until: only those that begin before it.
        only_open: leave out those for which nobody can sign up any more.
    """
    now = since or utc_now()
    query = _shown(select(Slot).join(Slot.offering), kind_codes, city, words).where(
        Slot.begins_at >= now, Slot.cancelled_at.is_(None)
    )
    if until is not None:
        query = query.where(Slot.begins_at < until)
    query = query.order_by(Slot.begins_at, Slot.id).options(joinedload(Slot.offering))
    found = session.scalars(query.limit(_LOOKED_AT))
    fitting = [
        one
        for one in found
        if _is_about(one.offering, topics) and (not only_open or one.is_open(now))
    ]
    fitting.sort(key=lambda one: _farness(one.offering, city, district) if city else 0)
    return fitting[offset : offset + limit]


def cities_with(session: Session, kind_code: str) -> list[str]:
    """Return the cities in which something of a kind is shown."""
    query = _shown(select(Offering.city), [kind_code], None, "").where(Offering.city.is_not(None))
    return [city for city in session.scalars(query.distinct().order_by(Offering.city)) if city]


_LOOKED_AT = 2000
"""How many rows a search looks at, the soonest or first ones."""


def _shown(
    query: Select[Any], kind_codes: Sequence[str], city: str | None, words: str
) -> Select[Any]:
    query = query.where(Offering.closed_at.is_(None))
    if kind_codes:
        query = query.where(Offering.kind.in_(kind_codes))
    if city is not None:
        query = query.where(or_(Offering.city == city, Offering.city.is_(None)))
    for word in words.split():
        query = query.where(
            or_(
                Offering.title.contains(word, autoescape=True),
                Offering.about.contains(word, autoescape=True),
                Offering.address.contains(word, autoescape=True),
            )
        )
    return query


def _is_about(offering: Offering, topics: Sequence[str]) -> bool:
    return not topics or not offering.topics or bool(set(topics) & set(offering.topics))


def _farness(offering: Offering, city: str | None, district: str | None) -> int:
    """Return 0 for the same district, 1 for the same city, 2 for what is anywhere."""
    if offering.city is None:
        return 2
    return 0 if district is not None and offering.district == district else 1
