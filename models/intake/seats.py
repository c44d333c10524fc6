"""Somebody's seats, by chat: saying yes to one that became free."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue.life import RequestState
from models.catalogue.loader import Catalogue
from models.contact import hold, person_of
from models.intake.wording import phrase
from models.number import number_in
from models.offering.lines import room, slot_line
from models.offering.seat import Seat, SeatRefusedError, SeatState, take
from models.offering.wording import say
from models.reply import Reply
from models.request import Request
from models.request_life import hold_request, settle


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
