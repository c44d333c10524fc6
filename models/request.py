"""Request: what a person asks of a service, with every step it takes until it is closed.

A service that takes requests is a file of the catalogue; all of them are stored here alike. A
bundle stores one request for each of its parts, under one intake, so that each has its own number
and decision.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, bindparam, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.catalogue.life import AT_THE_DESK, OPEN_STATES, Actor, RequestState
from models.catalogue.service import Service
from models.change import ChangeKind, note_change
from models.contact import PERSON, person_of
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.number import store_numbered
from models.query_code import codes_in, draw_code
from models.request_mark import erase_marks, write_marks
from models.sealed import SealedJson, SealedText, lookup_hash
from models.working_days import after_working_days, china_midnight

# Working days in which staff want to take the next step where no time limit is set. It orders
# their list and is promised to nobody.
_HOUSE_LIMIT = 15


class Request(Base):
    """One request.

    Attributes:
        number: what the person quotes; the parts of a bundle end in ``-1``, ``-2``…
        intake: the number shared by the parts of a bundle; the number itself elsewhere.
        service: code of the service; `part` of the bundle's part.
        contact_id: who asked; None for an anonymous request.
        answers: by field name, only those that were asked.
        city: where it belongs, for staff and reports; read from the answers.
        state: where it stands, since `state_since`.
        outcome: the decision, once there is one; it stays when the request is closed.
        returned_field: the field or material that has to be corrected, while it is returned.
        due_at: when it has to have left its state (限时办结); None where no limit is set.
        overdue_at: when it was found to be late.
        queue_at: its place in the list of staff: by when they should have taken the next step;
            where none is theirs, since when it is in its state.
        assignee_id: who of the staff works at it.
        duplicate_key: the same for the same request of the same person; None once decided.
        query_hash: of the code by which an anonymous request is found again.
    """

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_due", "state", "due_at"),
        Index("ix_request_queue", "state", "queue_at", "id"),
        Index("ix_request_queue_service", "state", "service", "queue_at", "id"),
        Index("ix_request_queue_city", "state", "city", "queue_at", "id"),
        Index("ix_request_queue_assignee", "assignee_id", "state", "queue_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    intake: Mapped[str] = mapped_column(String(24), index=True)
    service: Mapped[str] = mapped_column(String(64), index=True)
    part: Mapped[str | None] = mapped_column(String(64))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    city: Mapped[str | None] = mapped_column(String(16), index=True)
    state: Mapped[RequestState] = mapped_column(
        one_of(RequestState), default=RequestState.SUBMITTED
    )
    state_since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    outcome: Mapped[RequestState | None] = mapped_column(one_of(RequestState))
    returned_field: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queue_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    duplicate_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    query_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    events: Mapped[list["RequestEvent"]] = relationship(order_by="RequestEvent.id")

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided yet."""
        return self.state in OPEN_STATES

    def take_answers(
        self, service: Service, answers: Mapping[str, Any], contact_id: int | None
    ) -> None:
        """Take answers, with all that is read from them: the city, and what makes duplicates."""
        self.answers = dict(answers)
        self.city = _city(answers)
        self.duplicate_key = _duplicate_key(service, self.part, contact_id, answers)

    def enter(self, service: Service, state: RequestState, at: datetime) -> None:
        """Put it into a state, with the time limit that begins there."""
        limit = service.life.limit(state)
        self.state, self.state_since, self.overdue_at = state, at, None
        self.due_at = None if limit is None else after_working_days(at, limit.working_days)
        wanted = after_working_days(at, _HOUSE_LIMIT) if state in AT_THE_DESK else at
        self.queue_at = self.due_at or wanted
        if not self.is_open:
            self.duplicate_key = None
        if state in (RequestState.GRANTED, RequestState.REFUSED):
            self.outcome = state


class RequestEvent(Base):
    """One step of a request: into which state, who did it, when, and why.

    `actor_id` is the staff member's, or the contact's for an applicant who is not anonymous.
    """

    __tablename__ = "request_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"), index=True)
    state: Mapped[RequestState] = mapped_column(one_of(RequestState))
    actor: Mapped[Actor] = mapped_column(one_of(Actor))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    field: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(SealedText)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass(frozen=True)
class Submitted:
    """What came of submitting.

    Attributes:
        request: the stored request.
        is_repeated: whether it was there already; nothing was stored then.
        code: the query code of an anonymous request, told once and kept nowhere.
    """

    request: Request
    is_repeated: bool = False
    code: str | None = None


def submit(
    session: Session,
    service: Service,
    contact_id: int,
    consent_id: int | None,
    answers: Mapping[str, Any],
    *,
    part: str | None = None,
    intake: tuple[str, int] | None = None,
) -> Submitted:
    """Store a request. The same one again, even at the same moment, is the one there is.

    Args:
        session: the open unit of work.
        service: what is asked for.
        contact_id: who asks.
        consent_id: the yes the answers were given under.
        answers: by field name.
        part: the bundle's part.
        intake: the number and position under which a further part of a bundle is stored.
    """
    known = find_same(session, service, part, contact_id, answers)
    if known is not None:
        return Submitted(known, is_repeated=True)
    anonymous = service.is_anonymous(answers)
    code = draw_code() if anonymous else None
    # The minute of an anonymous request would tell, beside the talk of that minute, who made it.
    now = china_midnight() if anonymous else utc_now()
    request = Request(
        created_at=now,
        updated_at=now,
        service=service.code,
        part=part,
        contact_id=None if anonymous else contact_id,
        consent_id=None if anonymous else consent_id,
        query_hash=lookup_hash(code) if code else None,
    )
    request.take_answers(service, answers, contact_id)
    request.enter(service, RequestState.SUBMITTED, now)

    def take(drawn: str) -> None:
        number, position = intake or (drawn, 1)
        request.intake = number
        request.number = number if part is None else f"{number}-{position}"

    stored = store_numbered(
        session,
        request,
        service.prefix,
        take,
        instead=lambda: find_same(session, service, part, contact_id, answers),
    )
    if stored is not request:
        return Submitted(stored, is_repeated=True)
    write_marks(session, service, stored.id, stored.number, answers)
    actor_id = None if anonymous else contact_id
    note(session, request, RequestState.SUBMITTED, Actor.APPLICANT, actor_id, at=now)
    return Submitted(request, code=code)


def note(
    session: Session,
    request: Request,
    state: RequestState,
    actor: Actor,
    actor_id: int | None,
    *,
    field: str | None = None,
    reason: str | None = None,
    at: datetime | None = None,
) -> RequestEvent:
    """Write a step of a request down, for its history and for the consoles that are open."""
    event = RequestEvent(
        request_id=request.id,
        state=state,
        actor=actor,
        actor_id=actor_id,
        field=field,
        reason=reason,
        at=at or utc_now(),
    )
    session.add(event)
    session.flush()
    session.expire(request, ["events"])
    note_change(session, None, ChangeKind.REQUEST, request_id=request.id)
    return event


def last_event(request: Request, state: RequestState) -> RequestEvent | None:
    """Return the newest step into a state."""
    return next((one for one in reversed(request.events) if one.state is state), None)


_THEIRS = select(Request).where(Request.contact_id.in_(PERSON)).order_by(Request.id)
_OF_SERVICE = _THEIRS.where(Request.service == bindparam("service"))
_SERVICES = select(Request.service).where(Request.contact_id.in_(PERSON)).distinct()


def requests_of(session: Session, contact_id: int, service: str | None = None) -> list[Request]:
    """Return a person's requests, the oldest first; of one service if it is named."""
    if service is None:
        return list(session.scalars(_THEIRS, {"contact_id": contact_id}))
    return list(session.scalars(_OF_SERVICE, {"contact_id": contact_id, "service": service}))


def services_of(session: Session, contact_id: int) -> set[str]:
    """Return the codes of the services this person has requests of."""
    return set(session.scalars(_SERVICES, {"contact_id": contact_id}))


def find_by_number(session: Session, contact_id: int, number: str) -> list[Request]:
    """Return this person's request of that number, or all those of that intake."""
    wanted = number.upper()
    return list(
        session.scalars(
            select(Request)
            .where(
                Request.contact_id.in_(person_of(contact_id)),
                or_(Request.number == wanted, Request.intake == wanted),
            )
            .order_by(Request.id)
        )
    )


def find_by_code(session: Session, code: str) -> Request | None:
    """Return the anonymous request of the query code that is, or stands in, `code`."""
    hashes = [lookup_hash(one.code) for one in codes_in(code)]
    return session.scalar(select(Request).where(Request.query_hash.in_(hashes)).limit(1))


def find_same(
    session: Session,
    service: Service,
    part: str | None,
    contact_id: int | None,
    answers: Mapping[str, Any],
) -> Request | None:
    """Return the open request of this person that asks for the same as these answers."""
    key = _duplicate_key(service, part, contact_id, answers)
    return session.scalar(select(Request).where(Request.duplicate_key == key))


def erase_requests(session: Session, requests: Sequence[Request]) -> None:
    """Delete requests with all their steps."""
    numbers = [request.id for request in requests]
    erase_marks(session, numbers)
    session.execute(delete(RequestEvent).where(RequestEvent.request_id.in_(numbers)))
    session.execute(delete(Request).where(Request.id.in_(numbers)))


def _duplicate_key(
    service: Service, part: str | None, contact_id: int | None, answers: Mapping[str, Any]
) -> str:
    """Return what is equal for two requests that are the same. It does not tell who asks."""
    telling = {name: answers.get(name) for name in service.distinct_by}
    if service.is_anonymous(answers):
        telling = dict(answers)
    told = json.dumps(telling, ensure_ascii=False, sort_keys=True)
    return lookup_hash(f"request:{contact_id}:{service.code}:{part or ''}:{told}")


def _city(answers: Mapping[str, Any]) -> str | None:
    """Return the city of the first place among the answers."""
    for answer in answers.values():
        if isinstance(answer, Mapping) and isinstance(answer.get("city"), str):
            return str(answer["city"])
    return None
