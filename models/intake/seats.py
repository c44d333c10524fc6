"""Somebody's seats: saying yes to one that became free, and changing to another session."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import Catalogue
from models.contact import hold, person_of
from models.database import utc_now
from models.intake.answers import type_of
from models.intake.fields.offered import SlotField
from models.intake.listing import SHOWN, listed_field
from models.intake.wording import phrase
from models.number import number_in
from models.offering.lines import room, slot_line
from models.offering.offering import Slot, upcoming
from models.offering.seat import (
    ACTIVE,
    TAKEN,
    Seat,
    SeatRefusedError,
    SeatState,
    change,
    counts,
    seat_of,
    take,
)
from models.offering.wording import say
from models.reply import Choice, Reply
from models.request import Request, note
from models.request_life import hold_request, settle

_CHANGE = "换到"
_SESSION = re.compile(r"场次(?P<row>\d{1,12})")
_LOOKED_AT = 50


def take_seat(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply:
    """Keep the offered seat of the request that `text` names, or the only one there is."""
    number = number_in(text)
    mine = select(Request).join(Seat, Seat.request_id == Request.id)
    mine = mine.where(Seat.contact_id.in_(person_of(contact_id)))
    if number is not None:
        mine = mine.where(Request.number == number)
    else:
        mine = mine.where(Seat.state == SeatState.OFFERED)
    found = session.scalars(mine.order_by(Seat.offered_until, Seat.id)).first()
    if found is None:
        return Reply(phrase("no_seat_offered"))
    try:
        return Reply(confirm(session, catalogue, found))
    except SeatRefusedError as error:
        return Reply(str(error))


def confirm(session: Session, catalogue: Catalogue, request: Request) -> str:
    """Keep the offered seat of a request; returns what its person is told.

    Raises:
        SeatRefusedError: it is not offered (any more).
    """
    if request.contact_id is not None:
        hold(session, request.contact_id)
    hold_request(session, request)
    seat = session.scalar(select(Seat).where(Seat.request_id == request.id))
    if seat is None or seat.slot is None:
        raise SeatRefusedError("no_seat", phrase("no_seat_offered"))
    take(session, seat)
    settle(session, catalogue.service(request.service), request, RequestState.GRANTED)
    return say("taken", what=slot_line(seat.slot), where=room(seat.slot))


def offer_change(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply:
    """Change the seat that `text` names to the session it names, or ask what is left open."""
    mine = [one for one in _changeable(session, contact_id) if one[0].service in catalogue]
    number, row = number_in(text), _SESSION.search(text)
    named = [(request, seat) for request, seat in mine if number in (None, request.number)]
    if not named:
        return Reply(phrase("change_none"))
    if len(named) > 1:
        which = tuple(
            Choice(slot_line(seat.slot), f"{_CHANGE} {request.number}")
            for request, seat in named
            if seat.slot is not None
        )
        return Reply(phrase("change_which"), which)
    request, seat = named[0]
    if row is not None:
        try:
            return Reply(change_session(session, catalogue, request, int(row["row"])))
        except SeatRefusedError as error:
            return Reply(str(error))
    others = other_sessions(session, seat)
    if seat.slot is None or not others:
        return Reply(phrase("change_no_other", what=_line(seat)))
    choices = tuple(
        Choice(slot_line(one), f"{_CHANGE} {request.number} 场次{one.id}") for one in others
    )
    return Reply(phrase("change_to", what=_line(seat)), choices)


def change_session(session: Session, catalogue: Catalogue, request: Request, slot_id: int) -> str:
    """Change the seat of a request to another session; returns what its person is told.

    Raises:
        SeatRefusedError: it cannot be had; the seat they have stays theirs.
    """
    if request.contact_id is not None:
        hold(session, request.contact_id)
    hold_request(session, request)
    seat = seat_of(session, request.id)
    if seat is None:
        raise SeatRefusedError("no_seat", phrase("change_none"))
    change(session, seat, slot_id)
    assert seat.slot is not None, "it was changed to one"
    service = catalogue.service(request.service)
    field = listed_field(service)
    if field is not None:
        kind = type_of(field)
        assert isinstance(kind, SlotField)
        chosen = kind.value(seat.slot.id, slot_line(seat.slot))
        request.answers = {**request.answers, field.name: chosen}
    settle(session, service, request, RequestState.GRANTED)
    what = slot_line(seat.slot)
    told = phrase("changed_to", what=what)
    note(session, request, request.state, Actor.APPLICANT, request.contact_id, reason=told)
    return say("changed", what=what, where=room(seat.slot))


def other_sessions(session: Session, seat: Seat) -> list[Slot]:
    """Return the sessions somebody could change to now: of the same kind and city, not full."""
    if seat.slot is None or seat.slot.begins_at <= utc_now() or seat.state not in ACTIVE:
        return []
    offering = seat.offering
    found = upcoming(
        session, [offering.kind], city=offering.city, topics=offering.topics, limit=_LOOKED_AT
    )
    ids = [one.id for one in found]
    taken, waiting = counts(session, ids, *TAKEN), counts(session, ids, SeatState.WAITING)
    free = [
        one
        for one in found
        if one.id != seat.slot_id
        and one.capacity > taken.get(one.id, 0)
        and not waiting.get(one.id)
    ]
    # Another date of the same course is what most people want.
    free.sort(key=lambda one: one.offering_id != seat.offering_id)
    return free[:SHOWN]


def _changeable(session: Session, contact_id: int) -> list[tuple[Request, Seat]]:
    """Return a person's requests with a seat in a session still to come."""
    found = session.execute(
        select(Request, Seat)
        .join(Seat, Seat.request_id == Request.id)
        .join(Slot, Seat.slot_id == Slot.id)
        .where(
            Seat.contact_id.in_(person_of(contact_id)),
            Seat.state.in_(ACTIVE),
            Slot.begins_at > utc_now(),
        )
        .order_by(Slot.begins_at, Seat.id)
    )
    return [(request, seat) for request, seat in found]


def _line(seat: Seat) -> str:
    return slot_line(seat.slot) if seat.slot is not None else seat.offering.name
