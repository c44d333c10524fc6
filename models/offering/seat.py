"""Seat: somebody's place in a session, in its waiting list, or among those who asked for a space.

The last seat goes to one person: whoever takes one holds the slot's row first, and counts. Who
comes when it is full waits in the order of arrival. A seat that becomes free is offered to the
first who waits (`models.offering.minding`); until then nobody who comes later gets it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.contact import person_of
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.offering.offering import Offering, Slot
from models.sealed import SealedText


class SeatState(StrEnum):
    """Where somebody's seat stands."""

    BOOKED = "booked"
    OFFERED = "offered"  # free for the first who waited, until they say yes
    WAITING = "waiting"
    APPLIED = "applied"  # asked for something that staff give away (a space)
    CANCELLED = "cancelled"  # by the person, or with their request
    EXPIRED = "expired"  # the yes did not come in time, or no seat became free
    DROPPED = "dropped"  # the session was called off


ACTIVE = (SeatState.BOOKED, SeatState.OFFERED, SeatState.WAITING, SeatState.APPLIED)
"""States of somebody who is still in."""

TAKEN = (SeatState.BOOKED, SeatState.OFFERED)
"""States that use up a seat."""

_IS_ACTIVE = text("state IN ('booked', 'offered', 'waiting', 'applied')")
_CONFIRM_WITHIN = timedelta(hours=24)
_AT_LEAST = timedelta(minutes=30)


class SeatRefusedError(ValueError):
    """A seat cannot be had; `code` says why for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Seat(Base):
    """One person's place. Who they are stands, sealed, in the answers of their request.

    Attributes:
        slot_id: the time; None for what has none (a space).
        request_id: the request it came with; it goes when the request is deleted.
        is_priority: whether the person is of a key group that comes first here.
        offered_until: until when an offered seat is kept.
        day_told_at: when the reminder of the day before went out; `hours_told_at` the one of
            two hours before; `moved_told_at` when they were told of a changed time.
        came: whether they came, as staff noted; None until somebody has.
        log: what was talked about with a mentor, in short; staff alone read it (and the person,
            in the copy of their data). `log_staff_id` wrote it, at `logged_at`.
    """

    __tablename__ = "seat"
    __table_args__ = (
        Index(
            "uq_seat_active",
            "slot_id",
            "contact_id",
            unique=True,
            sqlite_where=_IS_ACTIVE,
            postgresql_where=_IS_ACTIVE,
        ),
        Index("ix_seat_slot_state", "slot_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    request_id: Mapped[int] = mapped_column(
        ForeignKey("request.id", ondelete="CASCADE"), unique=True
    )
    state: Mapped[SeatState] = mapped_column(one_of(SeatState))
    is_priority: Mapped[bool] = mapped_column(default=False)
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    day_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hours_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came: Mapped[bool | None]
    log: Mapped[str | None] = mapped_column(SealedText)
    log_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    logged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    offering: Mapped[Offering] = relationship()
    slot: Mapped[Slot | None] = relationship()


def book(
    session: Session,
    slot_id: int,
    contact_id: int,
    request_id: int,
    *,
    now: datetime | None = None,
) -> Seat:
    """Take a seat, or a place in the waiting list where none is free.

    Args:
        session: the open unit of work.
        slot_id: the time.
        contact_id: whose seat.
        request_id: the request it belongs to.
        now: the moment that counts.

    Raises:
        SeatRefusedError: sign-up is over, or the person has this time or another one at the
            same hours already.
    """
    now = now or utc_now()
    slot = hold_slot(session, slot_id)
    if slot is None or not slot.is_open(now):
        raise SeatRefusedError("closed", "这一场已经不能报了。请换一场，或选「先登记」等新的。")
    mine = _clashing(session, slot, contact_id)
    if mine is not None:
        if mine.slot_id == slot.id:
            raise SeatRefusedError("again", "这一场您已经报过了，不用再报。查进度可以看到。")
        raise SeatRefusedError("clash", "您在这个时间已经报了别的。请换一场，或先把那个撤回。")
    free = slot.capacity - count(session, slot.id, *TAKEN)
    is_free = free > 0 and not count(session, slot.id, SeatState.WAITING)
    seat = Seat(
        offering_id=slot.offering_id,
        slot_id=slot.id,
        contact_id=contact_id,
        request_id=request_id,
        state=SeatState.BOOKED if is_free else SeatState.WAITING,
    )
    session.add(seat)
    session.flush()
    return seat


def change(session: Session, seat: Seat, slot_id: int, *, now: datetime | None = None) -> None:
    """Move somebody to another time of the same kind in one step; the old seat stays theirs if not.

    Only a free seat is changed for: who would have to wait in line keeps what they have.

    Args:
        session: the open unit of work; it holds the seat's request.
        seat: theirs, booked, offered or waiting.
        slot_id: the other time.
        now: the moment that counts.

    Raises:
        SeatRefusedError: there is nothing to change, the other time is over or full, of another
            kind, or at the hours of another seat of theirs. Nothing has changed then.
    """
    now = now or utc_now()
    # Both in one order, whichever way somebody changes.
    held = {one: hold_slot(session, one) for one in sorted({seat.slot_id or 0, slot_id})}
    session.refresh(seat)
    old, new = held.get(seat.slot_id or 0), held[slot_id]
    is_in = seat.state in (*TAKEN, SeatState.WAITING)
    if old is None or not is_in or old.begins_at <= now:
        raise SeatRefusedError("not_changeable", "这份报名现在不能换场次。")
    if new is None or not new.is_open(now) or new.offering.kind != old.offering.kind:
        raise SeatRefusedError("closed", "那一场已经不能报了。您原来的位子还在，没有动。")
    if new.id == old.id:
        raise SeatRefusedError("again", "您报的就是这一场，不用换。")
    if _clashing(session, new, seat.contact_id, besides=seat.id) is not None:
        raise SeatRefusedError("clash", "您在那个时间已经报了别的。您原来的位子还在，没有动。")
    is_free = new.capacity > count(session, new.id, *TAKEN)
    if not is_free or count(session, new.id, SeatState.WAITING):
        raise SeatRefusedError("full", "那一场已经报满。您原来的位子还在，没有动。")
    seat.slot_id, seat.offering_id = new.id, new.offering_id
    seat.state, seat.offered_until = SeatState.BOOKED, None
    # They know its time, also where it was moved before; the reminders are yet to come.
    seat.day_told_at = seat.hours_told_at = None
    seat.moved_told_at = new.moved_at
    session.flush()
    session.refresh(seat, ["slot", "offering"])


def apply(
    session: Session, offering: Offering, contact_id: int, request_id: int, *, is_priority: bool
) -> Seat:
    """Note that somebody asks for what staff give away: a desk, a machine, a project."""
    seat = Seat(
        offering_id=offering.id,
        contact_id=contact_id,
        request_id=request_id,
        state=SeatState.APPLIED,
        is_priority=is_priority,
    )
    session.add(seat)
    session.flush()
    return seat


def offer(session: Session, seat: Seat, *, now: datetime | None = None) -> bool:
    """Offer a free seat to the first who waits, with a time to say yes.

    Returns:
        Whether it was offered: False where no seat is free any more, or somebody is before them.
    """
    now = now or utc_now()
    slot = hold_slot(session, seat.slot_id or 0)
    session.refresh(seat)
    if slot is None or seat.state is not SeatState.WAITING or position(session, seat) != 1:
        return False
    if slot.cancelled_at is not None or slot.begins_at <= now:
        return False
    if slot.capacity <= count(session, slot.id, *TAKEN):
        return False
    seat.state = SeatState.OFFERED
    seat.offered_until = _offered_until(slot, now)
    session.flush()
    return True


def take(session: Session, seat: Seat, *, now: datetime | None = None) -> None:
    """Say yes to an offered seat; one that is booked already stays so.

    Raises:
        SeatRefusedError: it is not offered (any more).
    """
    now = now or utc_now()
    if seat.slot_id is not None:
        hold_slot(session, seat.slot_id)
    session.refresh(seat)
    if seat.state is SeatState.BOOKED:
        return
    if seat.state is SeatState.WAITING:
        raise SeatRefusedError("not_yet", "还没轮到，有了空位会马上告诉您。")
    if seat.state is not SeatState.OFFERED or (seat.offered_until or now) <= now:
        raise SeatRefusedError("too_late", "这个空位已经给下一位了。可以换一场再报。")
    seat.state, seat.offered_until = SeatState.BOOKED, None
    session.flush()


def release(session: Session, request_id: int) -> None:
    """Give up the seat of a request, if it has one: the next in line will be told."""
    seat = seat_of(session, request_id)
    if seat is not None and seat.state in ACTIVE:
        seat.state, seat.offered_until = SeatState.CANCELLED, None
        session.flush()


def seat_of(session: Session, request_id: int) -> Seat | None:
    """Return the seat of a request."""
    return session.scalar(
        select(Seat)
        .where(Seat.request_id == request_id)
        .options(joinedload(Seat.offering), joinedload(Seat.slot))
    )


def seats_of(session: Session, offering_id: int) -> list[Seat]:
    """Return who signed up for an offering: by time, the booked first, key groups first."""
    found = session.scalars(
        select(Seat)
        .where(Seat.offering_id == offering_id)
        .options(joinedload(Seat.slot))
        .order_by(Seat.slot_id, Seat.id)
    ).all()
    order = list(SeatState)
    return sorted(
        found, key=lambda one: (one.slot_id or 0, order.index(one.state), not one.is_priority)
    )


def count(session: Session, slot_id: int, *states: SeatState) -> int:
    """Return how many seats of a slot are in one of these states."""
    return (
        session.scalar(select(func.count()).where(Seat.slot_id == slot_id, Seat.state.in_(states)))
        or 0
    )


def counts(session: Session, slot_ids: list[int], *states: SeatState) -> dict[int, int]:
    """Return how many seats are in one of these states, by slot."""
    rows = session.execute(
        select(Seat.slot_id, func.count())
        .where(Seat.slot_id.in_(slot_ids), Seat.state.in_(states))
        .group_by(Seat.slot_id)
    )
    return {slot_id: number for slot_id, number in rows if slot_id is not None}


def position(session: Session, seat: Seat) -> int:
    """Return somebody's place in the waiting list, from 1."""
    before = session.scalar(
        select(func.count()).where(
            Seat.slot_id == seat.slot_id, Seat.state == SeatState.WAITING, Seat.id < seat.id
        )
    )
    return 1 + (before or 0)


def hold_slot(session: Session, slot_id: int) -> Slot | None:
    """Return a slot that nobody else counts seats of until the unit of work ends."""
    session.flush()
    return session.scalar(
        select(Slot)
        .where(Slot.id == slot_id)
        .with_for_update(of=Slot)
        .options(joinedload(Slot.offering))
        .execution_options(populate_existing=True)
    )


def _clashing(session: Session, slot: Slot, contact_id: int, *, besides: int = 0) -> Seat | None:
    """Return a person's seat at the same hours, by any door; a waiting list elsewhere is none."""
    return session.scalar(
        select(Seat)
        .join(Slot, Seat.slot_id == Slot.id)
        .where(
            Seat.contact_id.in_(person_of(contact_id)),
            Seat.id != besides,
            (Seat.state.in_(TAKEN) & (Slot.begins_at < slot.ends_at)
             & (Slot.ends_at > slot.begins_at))
            | (Seat.state.in_(ACTIVE) & (Slot.id == slot.id)),
        )
        .order_by((Slot.id == slot.id).desc())
        .limit(1)
    )  # fmt: skip


def _offered_until(slot: Slot, now: datetime) -> datetime:
    """Return until when a seat is kept: a day, or half of what is left before it begins."""
    left = slot.begins_at - now
    return min(now + max(_AT_LEAST, min(_CONFIRM_WITHIN, left / 2)), slot.begins_at)
