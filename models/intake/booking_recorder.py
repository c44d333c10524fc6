"""Stores requests for what is on offer: each takes its seat in the same moment.

A seat that is free needs nobody's decision: its request is granted at once. Who waits in line, or
for the next session to be entered, has an open request until then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.life import RequestState
from models.catalogue.service import Service, ServiceField
from models.intake.answers import type_of
from models.intake.fields.offered import NONE_YET, SlotField
from models.intake.listing import listed_field, offered_row
from models.intake.recorder import Recorded
from models.intake.request_recorder import RequestRecorder
from models.offering.offering import Offering, find_offering
from models.offering.seat import Seat, SeatRefusedError, SeatState, apply, book, seat_of
from models.offering.telling import seat_told
from models.request import Request, requests_of
from models.request_life import MoveRefusedError, settle


class BookingRecorder(RequestRecorder):
    """Stores a request together with its seat."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Store the answers; what is said tells of the seat."""
        done = super().record(session, contact_id, consent_id, answers, replaces=replaces)
        seat = next(
            (
                seat_of(session, one.id)
                for one in self._requests(session, contact_id)
                if one.number == done.number
            ),
            None,
        )
        if seat is None:
            return done
        return replace(done, said=f"编号：{done.number}。{seat_told(session, seat)}")

    def _stored(self, session: Session, request: Request) -> None:
        """Take the seat that was chosen; a request that is changed changes its seat."""
        field = offered_field(self.service)
        row = offered_row(field, request.answers.get(field.name))
        before = seat_of(session, request.id)
        if before is not None:
            if row in (before.slot_id, before.offering_id) and row is not None:
                return
            session.delete(before)
            session.flush()
        if row is None or request.contact_id is None:
            return
        try:
            seat = self._take(session, request, request.contact_id, field, row)
        except SeatRefusedError as error:
            raise MoveRefusedError(error.code, str(error)) from error
        if seat.state is SeatState.BOOKED:
            settle(session, self.service, request, RequestState.GRANTED)
        for one in self._same_interest(session, request, field):
            settle(session, self.service, one, RequestState.CLOSED)

    def _take(
        self, session: Session, request: Request, contact_id: int, field: ServiceField, row: int
    ) -> Seat:
        if isinstance(type_of(field), SlotField):
            return book(session, row, contact_id, request.id)
        offering = find_offering(session, row)
        if offering is None:
            raise SeatRefusedError("closed", "这一个现在没有了。请换一个，或选「先登记」。")
        first = is_priority(offering, request.answers)
        return apply(session, offering, contact_id, request.id, is_priority=first)

    def _same_interest(
        self, session: Session, request: Request, field: ServiceField
    ) -> Sequence[Request]:
        """Return the person's earlier requests that waited for what has been found now."""
        assert request.contact_id is not None
        topic = type_of(field).options.topic
        return [
            one
            for one in requests_of(session, request.contact_id, self.service.code)
            if one.is_open
            and one.id != request.id
            and one.answers.get(field.name) == NONE_YET
            and (topic is None or one.answers.get(topic) == request.answers.get(topic))
        ]


def offered_field(service: Service) -> ServiceField:
    """Return the field in which something on offer is chosen.

    Raises:
        ValueError: the service has none.
    """
    found = listed_field(service)
    if found is None:
        raise ValueError(f"{service.code} asks for nothing on offer")
    return found


def is_priority(offering: Offering, answers: Mapping[str, Any]) -> bool:
    """Whether somebody is of a key group that comes first for an offering."""
    mine = answers.get("identity")
    return bool(set(mine if isinstance(mine, list) else []) & set(offering.priority))
