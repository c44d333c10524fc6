"""How a request moves: who may take which step, what has to be said with it, and what is late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import handoff
from models.catalogue.life import (
    MOVES,
    NEEDS_REASON,
    STAFF_ACTORS,
    Actor,
    Life,
    RequestState,
)
from models.catalogue.service import Service
from models.change import ChangeKind, note_change
from models.conversation import Conversation, find_conversation
from models.database import utc_now
from models.gig_application import end_waiting
from models.handoff import HandoffReason
from models.intake import papers
from models.notification import notify
from models.offering.seat import release
from models.request import Request, RequestEvent, find_same, last_event, note
from models.request_mark import write_marks
from models.request_notice import notice, page_of, state_name
from models.staff import Staff

_DECISIONS = (RequestState.GRANTED, RequestState.REFUSED)
# What is said, and ticked, of papers that were looked at and are not here.
SEEN_PAPERS = "材料已在窗口核对"
# States in which somebody has no use for a seat that came with the request.
_ENDS = (RequestState.WITHDRAWN, RequestState.REFUSED)
# States in which nobody applies any more for what was posted.
_OFF = (RequestState.WITHDRAWN, RequestState.CLOSED)


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
    seen: int | None = None,
    has_seen_papers: bool = False,
) -> RequestEvent:
    """Take a request one step further, alone with it; the applicant is told of a step of others.

    Whom a request is returned to once more gets a person's help: their conversation goes to staff.

    Args:
        session: the open unit of work.
        service: the request's service.
        request: it is read again and held until the unit of work ends.
        state: where it is to go.
        mover: who takes the step.
        reason: why; needed where something is returned or refused.
        field: the name of the answer or material to correct, where it is returned.
        seen: id of the newest step that who takes this one has looked at, if it is known.
        has_seen_papers: whether who takes it has looked at the papers that are not here; without
            it nobody reviews or grants a request that lacks some. The step's reason names them.

    Raises:
        MoveRefusedError: the step is not possible from where the request is now, not this
            person's to take, or lacks its reason or papers; or somebody else was quicker.
    """
    is_returned = state is RequestState.RETURNED
    conversation = None
    if is_returned and request.contact_id is not None:
        # A conversation is locked before a request, here as everywhere.
        conversation = find_conversation(session, request.contact_id)
    hold_request(session, request)
    reason = (reason or "").strip() or None
    if state is RequestState.SUBMITTED:
        raise MoveRefusedError("not_possible", "补正要连同改好的内容一起提交。")
    _check_nobody_was_quicker(session, service, request, seen)
    _check(session, service, request, state, mover, reason, field)
    if state is RequestState.GRANTED:
        lacking = [one.label for one in papers.missing(session, service, request)]
        reason = _papers_told(lacking, reason, has_seen_papers)
    now = utc_now()
    request.enter(service, state, now)
    request.returned_field = field if is_returned else None
    is_helped = conversation is not None and last_event(request, state) is not None
    if conversation is not None and is_helped:
        _hand_over(session, conversation)
    if state in _ENDS:
        release(session, request.id)
    if state in _OFF:
        end_waiting(session, request.id)
    step = note(session, request, state, mover.actor, mover.id, field=field, reason=reason, at=now)
    if mover.actor is not Actor.APPLICANT and request.contact_id is not None:
        told = notice(service, request, is_helped=is_helped)
        key, page = f"request_event:{step.id}", page_of(request)
        notify(session, request.contact_id, "", key=key, reply=told, link=page)
    return step


def settle(session: Session, service: Service, request: Request, state: RequestState) -> None:
    """Take the step that needs nobody's decision; a request that is decided stays as it is.

    Args:
        session: the open unit of work.
        service: the request's service.
        request: it is read again and held until the unit of work ends.
        state: where it goes by itself.
    """
    hold_request(session, request)
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
    hold_request(session, request)
    if request.state not in service.life.correct_in or mover.actor is not Actor.APPLICANT:
        raise MoveRefusedError("not_possible", "这份申请已经在办，现在改不了。")
    same = find_same(session, service, request.part, request.contact_id, answers)
    if same is not None and same.id != request.id:
        raise MoveRefusedError("repeated", f"这样改就和您在办的{same.number}一样了，不用再交。")
    now = utc_now()
    request.take_answers(service, answers, request.contact_id)
    request.enter(service, RequestState.SUBMITTED, now)
    request.returned_field = None
    write_marks(session, service, request.id, request.number, answers)
    return note(session, request, RequestState.SUBMITTED, mover.actor, mover.id, at=now)


def assign(session: Session, request: Request, staff: Staff, *, is_taking_over: bool) -> None:
    """Say that somebody of the staff works at a request; alone with it.

    Args:
        session: the open unit of work.
        request: it is read again and held until the unit of work ends.
        staff: who works at it from now on.
        is_taking_over: whether it may be taken from a colleague.

    Raises:
        MoveRefusedError: a colleague has it.
    """
    hold_request(session, request)
    if request.assignee_id not in (None, staff.id) and not is_taking_over:
        colleague = session.get_one(Staff, request.assignee_id).display_name
        raise MoveRefusedError("taken", f"{colleague}已经领走了这份申请。")
    request.assignee_id = staff.id
    note_change(session, None, ChangeKind.REQUEST, staff_id=staff.id, request_id=request.id)


def put_back(session: Session, request: Request, staff: Staff) -> None:
    """Say that somebody does not work at a request any more; only who has it can."""
    hold_request(session, request)
    if request.assignee_id == staff.id:
        request.assignee_id = None
        note_change(session, None, ChangeKind.REQUEST, staff_id=staff.id, request_id=request.id)


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


def _hand_over(session: Session, conversation: Conversation) -> None:
    if conversation.contact.blocked_at is None:
        handoff.request(session, conversation, HandoffReason.RETURNED)


def hold_request(session: Session, request: Request) -> None:
    """Read the request again and keep others from moving it until the unit of work ends."""
    session.flush()
    # A row is read into the object when it is fetched, not when the statement is run.
    session.scalars(
        select(Request)
        .where(Request.id == request.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    session.expire(request, ["events"])


def _check_nobody_was_quicker(
    session: Session, service: Service, request: Request, seen: int | None
) -> None:
    newest = request.events[-1]
    if seen is None or newest.id <= seen:
        return
    who = "申请人"
    if newest.actor in STAFF_ACTORS:
        colleague = session.get(Staff, newest.actor_id)
        who = colleague.display_name if colleague is not None else "同事"
    raise MoveRefusedError(
        "overtaken",
        f"刚才{who}已经办了一步，现在是「{state_name(service, request.state)}」，请看过再办。",
    )


def _papers_told(lacking: list[str], reason: str | None, has_seen_papers: bool) -> str | None:
    """Return the reason of a grant, with the papers that are not here."""
    if not lacking:
        return reason
    names = "、".join(lacking)
    if not has_seen_papers:
        raise MoveRefusedError(
            "papers_missing",
            f"还没收到材料：{names}。在窗口看过原件的，请勾选「{SEEN_PAPERS}」再办。",
        )
    return "。".join(filter(None, [reason, f"{SEEN_PAPERS}：{names}"]))


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
    if field is not None and field not in papers.labels(service):
        raise MoveRefusedError("no_such_field", "这个服务没有这一项。")
    if state in _DECISIONS and service.life.two_person:
        reviewed = last_event(request, RequestState.REVIEWED)
        if reviewed is None or reviewed.actor_id == mover.id:
            raise MoveRefusedError("second_person_needed", "审核和批准要两个人办。")
