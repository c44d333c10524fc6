"""How a request moves: who may take which step, what has to be said with it, and what is late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import handoff
from models.catalogue.life import MOVES, NEEDS_REASON, Actor, Life, RequestState
from models.catalogue.service import Service
from models.conversation import Conversation, find_conversation
from models.database import utc_now
from models.handoff import HandoffReason
from models.offering.seat import release
from models.request import Request, RequestEvent, find_same, note

_DECISIONS = (RequestState.GRANTED, RequestState.REFUSED)
# States in which somebody has no use for a seat that came with the request.
_ENDS = (RequestState.WITHDRAWN, RequestState.REFUSED)


class MoveRefusedError(ValueError):
    """A step cannot be taken; `code` says why for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Mover:
    """Who takes a step: the applicant, or a member of staff in a role."""

    actor: Actor
    id: int | None = None


def possible(life: Life, state: RequestState, actor: Actor) -> list[RequestState]:
    """Return the states that `actor` may put a request into from `state`."""
    moves = dict(MOVES[state])
    if state is RequestState.ACCEPTED and not life.two_person:
        # Where no second person is asked for, who reviews may decide at once.
        moves |= {one: MOVES[RequestState.REVIEWED][one] for one in _DECISIONS}
    if not life.pays:
        moves.pop(RequestState.PAID, None)
    if state not in life.withdraw_in:
        moves.pop(RequestState.WITHDRAWN, None)
    return [one for one, actors in moves.items() if actor in actors]


def move(
    session: Session,
    service: Service,
    request: Request,
    state: RequestState,
    mover: Mover,
    *,
    reason: str | None = None,
    field: str | None = None,
) -> RequestEvent:
    """Take a request one step further, alone with it.

    Whom a request is returned to once more gets a person's help: their conversation goes to staff.

    Args:
        session: the open unit of work.
        service: the request's service.
        request: it is read again and held until the unit of work ends.
        state: where it is to go.
        mover: who takes the step.
        reason: why; needed where something is returned or refused.
        field: the name of the answer to correct, where it is returned.

    Raises:
        MoveRefusedError: the step is not possible from where the request is now, not this
            person's to take, or lacks its reason.
    """
    is_returned = state is RequestState.RETURNED
    conversation = None
    if is_returned and request.contact_id is not None:
        # A conversation is locked before a request, here as everywhere.
        conversation = find_conversation(session, request.contact_id)
    _hold(session, request)
    reason = (reason or "").strip() or None
    if state is RequestState.SUBMITTED:
        raise MoveRefusedError("not_possible", "补正要连同改好的内容一起提交。")
    _check(session, service, request, state, mover, reason, field)
    now = utc_now()
    request.enter(service, state, now)
    request.returned_field = field if is_returned else None
    if conversation is not None and last_event(request, state) is not None:
        _hand_over(session, conversation)
    if state in _ENDS:
        release(session, request.id)
    return note(session, request, state, mover.actor, mover.id, field=field, reason=reason, at=now)


def settle(session: Session, service: Service, request: Request, state: RequestState) -> None:
    """Take the step that needs nobody's decision; a request that is decided stays as it is.

    Args:
        session: the open unit of work.
        service: the request's service.
        request: it is read again and held until the unit of work ends.
        state: where it goes by itself.
    """
    _hold(session, request)
    if not request.is_open:
        return
    now = utc_now()
    request.enter(service, state, now)
    note(session, request, state, Actor.SYSTEM, None, at=now)


def correct(
    session: Session, service: Service, request: Request, answers: Mapping[str, Any], mover: Mover
) -> RequestEvent:
    """Take the applicant's corrected answers; the request is submitted again.

    Raises:
        MoveRefusedError: it is not in a state in which answers can be changed, or has become
            the same as another open request of this person.
    """
    _hold(session, request)
    if request.state not in service.life.correct_in or mover.actor is not Actor.APPLICANT:
        raise MoveRefusedError("not_possible", "这份申请已经在办，现在改不了。")
    same = find_same(session, service, request.part, request.contact_id, answers)
    if same is not None and same.id != request.id:
        raise MoveRefusedError("repeated", f"这样改就和您在办的{same.number}一样了，不用再交。")
    now = utc_now()
    request.take_answers(service, answers, request.contact_id)
    request.enter(service, RequestState.SUBMITTED, now)
    request.returned_field = None
    return note(session, request, RequestState.SUBMITTED, mover.actor, mover.id, at=now)


def mark_overdue(session: Session, now: datetime | None = None) -> int:
    """Mark the requests that stayed in their state past its time limit; returns how many."""
    now = now or utc_now()
    late = session.scalars(
        update(Request)
        .where(Request.due_at < now, Request.overdue_at.is_(None))
        .values(overdue_at=now)
        .returning(Request.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(late)


def last_event(request: Request, state: RequestState) -> RequestEvent | None:
    """Return the newest step into a state."""
    return next((one for one in reversed(request.events) if one.state is state), None)


def _hand_over(session: Session, conversation: Conversation) -> None:
    if conversation.contact.blocked_at is None:
        handoff.request(session, conversation, HandoffReason.RETURNED)


def _hold(session: Session, request: Request) -> None:
    """Read the request again and keep others from moving it until the unit of work ends."""
    session.flush()
    session.execute(
        select(Request)
        .where(Request.id == request.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    session.expire(request, ["events"])


def _check(
    session: Session,
    service: Service,
    request: Request,
    state: RequestState,
    mover: Mover,
    reason: str | None,
    field: str | None,
) -> None:
    allowed = possible(service.life, request.state, mover.actor)
    if state not in allowed:
        anybody = any(state in possible(service.life, request.state, one) for one in Actor)
        if anybody:
            raise MoveRefusedError("not_yours", "您没有权限做这一步。")
        raise MoveRefusedError("not_possible", "这份申请现在到不了这一步。")
    if mover.actor is Actor.APPLICANT and request.contact_id != mover.id:
        raise MoveRefusedError("not_yours", "这份申请不是您的。")
    if state in NEEDS_REASON and reason is None:
        raise MoveRefusedError("reason_needed", "请写明原因，申请人会看到。")
    if field is not None and field not in {one.name for one in service.fields}:
        raise MoveRefusedError("no_such_field", "这个服务没有这一项。")
    if state in _DECISIONS and service.life.two_person:
        reviewed = last_event(request, RequestState.REVIEWED)
        if reviewed is None or reviewed.actor_id == mover.id:
            raise MoveRefusedError("second_person_needed", "审核和批准要两个人办。")
