"""Everything the page of a request shows, gathered in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from models import audit
from models.catalogue.conditions import Condition
from models.catalogue.eligibility import Rule, Verdict, assess
from models.catalogue.life import Actor, RequestState
from models.catalogue.service import Material as Paper
from models.catalogue.service import Service, ServiceField
from models.contact import same_person
from models.conversation import Conversation
from models.intake import papers
from models.intake.answers import type_of
from models.intake.handing_in import arrived
from models.materials.material import Material
from models.request import Request, RequestEvent, last_event
from models.request_life import possible
from models.request_mark import find_marked
from models.staff import Staff
from webhook.current import catalogue
from webhook.staff import wording
from webhook.staff.access import me
from webhook.staff.requests.mover import actor
from webhook.staff.requests.row import RequestRow, rows_of

_IDENTIFYING = frozenset({"mobile", "id_number"})
_ALIKE = 20
_OTHERS = 30


@dataclass(frozen=True)
class Answer:
    """One answer as it may be shown; `is_covered` where more can be revealed for a reason."""

    field: ServiceField
    shown: str
    is_covered: bool


@dataclass(frozen=True)
class Check:
    """One condition of the pre-check: met, not met, or left open."""

    rule: Rule
    holds: bool | None


@dataclass(frozen=True)
class Step:
    """One step of a request, with who took it."""

    event: RequestEvent
    state: str
    who: str
    field: str


@dataclass(frozen=True)
class Opened:
    """A request as staff see it.

    Attributes:
        answers: masked.
        verdict: what the pre-check comes to; None where the service has no rules.
        wanted: the papers that belong to it, each with the files given.
        new_files: ids of those that came since staff last took a step.
        moves: the states the one who looks may put it into now.
        waits_for_second: whether they reviewed it themselves, so that a colleague has to decide.
        others: other requests of the same person, the newest first.
        alike: requests of others with the same mobile or identity-card number.
        conversation_id: where the person is talked to; None where they have never written.
        filled_by: who of the staff filled it in for the person; empty where they did it alone.
    """

    request: Request
    service: Service
    row: RequestRow
    answers: list[Answer]
    verdict: Verdict | None
    checks: list[Check]
    wanted: list[tuple[Paper, list[Material]]]
    new_files: set[int]
    steps: list[Step]
    moves: list[RequestState]
    waits_for_second: bool
    others: list[RequestRow]
    alike: list[RequestRow]
    conversation_id: int | None
    filled_by: str

    @property
    def seen(self) -> int:
        """Id of the newest step."""
        return self.request.events[-1].id

    @property
    def missing(self) -> list[Paper]:
        """The papers it cannot be granted without, as long as nobody has them before their eyes."""
        return [paper for paper, files in self.wanted if paper.required and not files]

    @property
    def returnable(self) -> list[tuple[str, str]]:
        """Name and label of what the applicant can be asked to correct."""
        given = [(one.field.name, one.field.label) for one in self.answers]
        return given + [(paper.name, f"材料：{paper.label}") for paper, _ in self.wanted]


def open_request(session: Session, request_id: int) -> Opened:
    """Gather what is shown of a request; 404 where there is none."""
    request, service = request_of(session, request_id)
    people = [] if request.contact_id is None else same_person(session, request.contact_id)
    others = _requests_of(session, people, request.id)
    alike = _alike(session, service, request, {one.id for one in others})
    rows = rows_of(session, catalogue(), [request, *others, *alike])
    known = {one.request.id: one for one in rows}
    rules = _rules(service, request)
    return Opened(
        request=request,
        service=service,
        row=known[request.id],
        answers=_answers(service, request),
        verdict=assess(rules, request.answers).verdict if rules else None,
        checks=[Check(rule, _holds(rule.needs, request.answers)) for rule in rules],
        wanted=papers.of_request(session, service, request),
        new_files={one.id for one in arrived(session, [request])},
        steps=_steps(session, service, request),
        moves=_moves(service, request),
        waits_for_second=_waits_for_second(service, request),
        others=[known[one.id] for one in others if one.id in known],
        alike=[known[one.id] for one in alike if one.id in known],
        conversation_id=session.scalar(
            select(Conversation.id)
            .where(Conversation.contact_id.in_(people))
            .order_by(Conversation.last_inbound_at.desc().nulls_last(), Conversation.id.desc())
            .limit(1)
        ),
        filled_by=_filled_by(session, request.id),
    )


def request_of(session: Session, request_id: int) -> tuple[Request, Service]:
    """Return a request with its service.

    Raises:
        NotFound: there is none of this id, or its service is gone.
    """
    found = session.get(Request, request_id)
    if found is None or found.service not in catalogue():
        raise NotFound
    return found, catalogue().service(found.service)


def _answers(service: Service, request: Request) -> list[Answer]:
    given = [one for one in service.fields if request.answers.get(one.name) is not None]
    return [
        Answer(field, shown, is_covered="*" in shown or "尾号" in shown)
        for field in given
        for shown in [type_of(field).show(request.answers[field.name])]
    ]


def _rules(service: Service, request: Request) -> Sequence[Rule]:
    parts = [one for one in service.parts if one.code == request.part]
    of_parts = (rule for part in parts for rule in part.eligibility)
    return (*service.eligibility, *of_parts, *service.checks)


def _holds(needs: Condition, answers: dict[str, Any]) -> bool | None:
    return needs.holds(answers)


def _steps(session: Session, service: Service, request: Request) -> list[Step]:
    staff = {one.actor_id for one in request.events if one.actor is not Actor.APPLICANT}
    names = dict(
        session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(staff))).all()
    )
    labels = papers.labels(service)
    return [
        Step(
            event=one,
            state=wording.REQUEST_STEPS[one.state],
            who="申请人" if one.actor is Actor.APPLICANT else names.get(one.actor_id or 0, "系统"),
            field=labels.get(one.field or "", ""),
        )
        for one in request.events
    ]


def _filled_by(session: Session, request_id: int) -> str:
    found = audit.entries(
        session, subject="request", subject_id=request_id, action="request.submit_for", limit=1
    )
    staff = session.get(Staff, found[0].staff_id) if found else None
    return staff.display_name if staff is not None else ""


def _moves(service: Service, request: Request) -> list[RequestState]:
    allowed = possible(service.life, request.state, actor())
    if _waits_for_second(service, request):
        decisions = (RequestState.GRANTED, RequestState.REFUSED)
        return [one for one in allowed if one not in decisions]
    return allowed


def _waits_for_second(service: Service, request: Request) -> bool:
    if not service.life.two_person or request.state is not RequestState.REVIEWED:
        return False
    reviewed = last_event(request, RequestState.REVIEWED)
    return reviewed is not None and reviewed.actor_id == me.id


def _requests_of(session: Session, people: list[int], but: int) -> list[Request]:
    return list(
        session.scalars(
            select(Request)
            .where(Request.contact_id.in_(people), Request.id != but)
            .order_by(Request.id.desc())
            .limit(_OTHERS)
        )
    )


def _alike(session: Session, service: Service, request: Request, known: set[int]) -> list[Request]:
    """Return requests of other people that give the same number of a phone or identity card."""
    found: set[int] = set()
    for field in service.fields:
        answer = request.answers.get(field.name)
        if field.type in _IDENTIFYING and isinstance(answer, str):
            found |= set(find_marked(session, answer, _ALIKE))
    ids = found - known - {request.id}
    return list(
        session.scalars(select(Request).where(Request.id.in_(ids)).order_by(Request.id.desc()))
    )
