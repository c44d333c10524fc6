"""What somebody is told of their own seat."""

from sqlalchemy.orm import Session, object_session

from models.database import utc_now
from models.offering.lines import clock, day, room, slot_line
from models.offering.seat import Seat, SeatState, position, seat_of
from models.offering.wording import say
from models.request import Request


def seat_told(session: Session, seat: Seat) -> str:
    """Return where a seat stands, and what comes next."""
    offering, slot = seat.offering, seat.slot
    if slot is None:
        what = f"{offering.name}，{offering.place}"
        first = say("applied_priority") if seat.is_priority else ""
        if seat.state is SeatState.APPLIED:
            return say("applied", what=what, priority=first)
        return say(seat.state, what=what)
    if seat.state is SeatState.BOOKED and slot.ends_at <= utc_now():
        return say("over", what=slot_line(slot))
    values: dict[str, object] = {"what": slot_line(slot), "where": room(slot)}
    if seat.state is SeatState.WAITING:
        values["position"] = position(session, seat)
    if seat.state is SeatState.OFFERED and seat.offered_until is not None:
        values["until"] = f"{day(seat.offered_until)}{clock(seat.offered_until)}"
    return say(seat.state, **values)


def telling_seat(request: Request) -> Seat | None:
    """Return the seat of a stored request, unless its person has given it up."""
    session = object_session(request)
    seat = None if session is None else seat_of(session, request.id)
    return None if seat is None or seat.state is SeatState.CANCELLED else seat
