"""What happens to seats by themselves: the line moves up, people are reminded and told.

The tables say what is due; whoever asks first does it, each seat in a transaction of its own
together with the notice it leads to (`models.notification`), so nobody is told twice or not at
all. A request is held before its seat, as everywhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.catalogue.life import RequestState
from models.catalogue.loader import Catalogue
from models.database import Database, utc_now
from models.notification import notify
from models.offering.lines import clock, day, day_and_time, room, slot_line
from models.offering.offering import Offering, Slot
from models.offering.seat import ACTIVE, TAKEN, Seat, SeatState, count, offer
from models.offering.wording import say
from models.reply import Choice, Reply
from models.request import Request
from models.request_life import hold_request, settle
from models.rounds import each

DAY_BEFORE = timedelta(hours=24)
HOURS_BEFORE = timedelta(hours=2)
_MOST = 500
"""How many seats one round looks at; the next round goes on."""


def mind(database: Database, catalogue: Catalogue, now: datetime | None = None) -> int:
    """Do what is due; returns how many seats something happened to."""
    now = now or utc_now()
    done = 0
    for due, act in (
        (_called_off, _tell_called_off),
        (_moved, _tell_moved),
        (_lapsed, _tell_too_late),
        (_unreached, _tell_not_reached),
        (_first_in_line, _offer_free),
        (_for_reminders, _remind),
    ):
        with database.reading() as session:
            ids: list[int] = list(session.scalars(due(now).limit(_MOST)))
        alone = partial(_alone, database, catalogue, act, now)
        done += each(ids, alone, "minding.seat_left")
    return done


Act = Callable[[Session, Catalogue, Seat, Slot, Request, datetime], bool]


def _alone(database: Database, catalogue: Catalogue, act: Act, now: datetime, seat_id: int) -> bool:
    """Do one thing to one seat, with nobody else at its request."""
    with database.unit_of_work() as session:
        seat = session.get(Seat, seat_id)
        request = session.get(Request, seat.request_id) if seat is not None else None
        if seat is None or request is None or request.service not in catalogue:
            return False
        hold_request(session, request)
        session.refresh(seat)
        slot = session.get(Slot, seat.slot_id) if seat.slot_id is not None else None
        return slot is not None and act(session, catalogue, seat, slot, request, now)


def _called_off(now: datetime) -> Select[int]:
    return _seats(Slot.cancelled_at.is_not(None), Seat.state.in_(ACTIVE))


def _tell_called_off(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if seat.state not in ACTIVE:
        return False
    seat.state, seat.offered_until = SeatState.DROPPED, None
    settle(session, catalogue.service(request.service), request, RequestState.CLOSED)
    reason = f"原因：{slot.cancel_reason}。" if slot.cancel_reason else ""
    text = say("called_off", what=slot_line(slot), reason=reason)
    return notify(session, seat.contact_id, text, key=f"seat:{seat.id}:off", link=_link(request))


def _moved(now: datetime) -> Select[int]:
    return _seats(
        Slot.moved_at.is_not(None),
        Slot.begins_at > now,
        Seat.state.in_(ACTIVE),
        or_(Seat.moved_told_at.is_(None), Seat.moved_told_at < Slot.moved_at),
    )


def _tell_moved(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if seat.state not in ACTIVE or slot.moved_at is None:
        return False
    seat.moved_told_at = slot.moved_at
    seat.day_told_at = seat.hours_told_at = None
    text = say("moved", name=slot.offering.name, when=day_and_time(slot), where=room(slot))
    key = f"seat:{seat.id}:moved:{slot.moved_at:%Y%m%d%H%M%S}"
    reply = Reply(text, (_cannot_come(request),))
    return notify(session, seat.contact_id, text, key=key, reply=reply, link=_link(request))


def _lapsed(now: datetime) -> Select[int]:
    return _seats(Seat.state == SeatState.OFFERED, Seat.offered_until <= now)


def _tell_too_late(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if seat.state is not SeatState.OFFERED or (seat.offered_until or now) > now:
        return False
    return _end(session, catalogue, seat, request, say("too_late", what=slot_line(slot)))


def _unreached(now: datetime) -> Select[int]:
    return _seats(Seat.state == SeatState.WAITING, Slot.begins_at <= now)


def _tell_not_reached(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if seat.state is not SeatState.WAITING:
        return False
    return _end(session, catalogue, seat, request, say("not_reached", what=slot_line(slot)))


def _end(session: Session, catalogue: Catalogue, seat: Seat, request: Request, text: str) -> bool:
    seat.state, seat.offered_until = SeatState.EXPIRED, None
    settle(session, catalogue.service(request.service), request, RequestState.CLOSED)
    return notify(session, seat.contact_id, text, key=f"seat:{seat.id}:out", link=_link(request))


def _first_in_line(now: datetime) -> Select[int]:
    other = aliased(Seat)
    taken = select(func.count()).where(other.slot_id == Slot.id, other.state.in_(TAKEN))
    return _seats(
        Seat.state == SeatState.WAITING,
        Slot.begins_at > now,
        Slot.cancelled_at.is_(None),
        taken.scalar_subquery() < Slot.capacity,
    )


def _offer_free(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if slot.capacity <= count(session, slot.id, *TAKEN) or not offer(session, seat, now=now):
        return False
    until = seat.offered_until or now
    told = {
        "what": slot_line(slot),
        "where": room(slot),
        "until": f"{day(until)}{clock(until)}",
    }
    text = say("free", **told)
    take = Choice(say("take"), f"要这个位子 {request.number}", ("要", "我要", "要这个"))
    reply = Reply(text, (take, _cannot_come(request)))
    key = f"seat:{seat.id}:free"
    return notify(session, seat.contact_id, text, key=key, reply=reply, link=_link(request))


def _for_reminders(now: datetime) -> Select[int]:
    return _seats(
        Seat.state == SeatState.BOOKED,
        Slot.begins_at > now,
        or_(
            (Slot.begins_at <= now + DAY_BEFORE) & Seat.day_told_at.is_(None),
            (Slot.begins_at <= now + HOURS_BEFORE) & Seat.hours_told_at.is_(None),
        ),
    )


def _remind(
    session: Session, catalogue: Catalogue, seat: Seat, slot: Slot, request: Request, now: datetime
) -> bool:
    if seat.state is not SeatState.BOOKED or slot.begins_at <= now:
        return False
    is_soon = slot.begins_at <= now + HOURS_BEFORE
    # Who signed up within the day knows when it is; one reminder is enough shortly before.
    is_news = seat.created_at <= slot.begins_at - (HOURS_BEFORE if is_soon else DAY_BEFORE)
    seat.day_told_at = seat.day_told_at or now
    if is_soon:
        seat.hours_told_at = now
    if not is_news:
        return False
    text = say(
        "soon" if is_soon else "tomorrow",
        when=day_and_time(slot),
        name=slot.offering.name,
        where=room(slot),
        number=request.number,
    )
    which = "soon" if is_soon else "day"
    key = f"seat:{seat.id}:{which}:{int(slot.begins_at.timestamp())}"
    reply = Reply(text, (_cannot_come(request),))
    return notify(session, seat.contact_id, text, key=key, reply=reply, link=_link(request))


def _seats(*conditions: ColumnElement[bool]) -> Select[int]:
    return (
        select(Seat.id)
        .join(Slot, Seat.slot_id == Slot.id)
        .join(Offering, Slot.offering_id == Offering.id)
        .where(*conditions)
        .order_by(Seat.id)
    )


def _cannot_come(request: Request) -> Choice:
    return Choice(say("cannot_come"), f"撤回 {request.number}", ("去不了", "撤回", "不去了"))


def _link(request: Request) -> str:
    return f"/m/requests/{request.number}"
