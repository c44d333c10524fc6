"""Moves: who has a case — taken, put back, passed on, given back, resolved."""

from typing import Any

from sqlalchemy.orm import Session

from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import utc_now
from models.handoff.case import (
    Handoff,
    HandoffError,
    HandoffReason,
    Outcome,
    TakenError,
    assign_to,
    begin,
    current_as_it_stands,
    locked_case,
    must_have,
    note_move,
)
from models.handoff.guests import drop_guest
from models.staff import Right, Staff


def claim(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """Take a conversation: from the queue, or from the assistant by stepping in by hand.

    Claiming what one has already changes nothing.

    Raises:
        TakenError: somebody else has it.
    """
    conversation = lock_conversation(session, conversation_id)
    case = current_as_it_stands(session, conversation_id)
    if case is None:
        case = Handoff(conversation_id=conversation_id, reason=HandoffReason.STAFF)
        case.created_at = utc_now()
        begin(session, conversation, case)
    if case.assignee_id == staff.id:
        return case
    if case.assignee is not None:
        raise TakenError(case.assignee)
    assign_to(conversation, case, staff)
    note_move(session, case, "claimed", staff_id=staff.id, reason=case.reason.value)
    return case


def release(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """Put a conversation back into the queue; it keeps its place by when it came.

    Raises:
        HandoffError: it is not with staff, or not this person's.
    """
    conversation, case = locked_case(session, conversation_id)
    must_have(case, staff)
    conversation.state = ConversationState.PENDING
    case.assignee = case.assignee_id = None
    note_move(session, case, "released", staff_id=staff.id)
    return case


def transfer(
    session: Session,
    conversation_id: int,
    staff: Staff,
    *,
    to: Staff | None = None,
    skill: str | None = None,
    region: str | None = None,
    note: str = "",
) -> Handoff:
    """Give a conversation to a colleague, or into the queue of a skill or region.

    Who supervises may transfer anybody's conversation, to themselves too.

    Args:
        session: the open unit of work.
        conversation_id: what is given.
        staff: who gives it.
        to: the colleague; None for a queue.
        skill: the queue's skill.
        region: the queue's city.
        note: why, for who gets it.

    Raises:
        HandoffError: it is not with staff, not this person's, or leads nowhere.
    """
    conversation, case = locked_case(session, conversation_id)
    if not staff.may(Right.SUPERVISE):
        must_have(case, staff)
    if to is not None:
        if not to.can_chat:
            raise HandoffError(f"{to.display_name} 不能接待会话，请换一个人。")
        assign_to(conversation, case, to)
        where: dict[str, Any] = {"to": to.id}
    elif skill or region:
        case.skill, case.region = skill or case.skill, region or case.region
        case.assignee = case.assignee_id = None
        conversation.state = ConversationState.PENDING
        where = {"skill": case.skill, "region": case.region}
    else:
        raise HandoffError("请选择转给谁，或者转到哪个队列。")
    drop_guest(session, case, staff.id)
    note_move(session, case, "transferred", staff_id=staff.id, note=note[:200], **where)
    return case


def resolve(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """End a case: the assistant answers again, and the person is asked how it was.

    Raises:
        HandoffError: it is not with staff, or not this person's.
    """
    conversation, case = locked_case(session, conversation_id)
    if not staff.may(Right.SUPERVISE):
        must_have(case, staff)
    _end(conversation, case, Outcome.RESOLVED)
    conversation.state = ConversationState.RESOLVED
    note_move(session, case, "resolved", staff_id=staff.id)
    return case


def return_to_bot(
    session: Session, conversation_id: int, staff: Staff | None = None, note: str = ""
) -> Handoff | None:
    """Give a conversation back to the assistant: an open form goes on where it was.

    Args:
        session: the open unit of work.
        conversation_id: what is given back.
        staff: who does it; None when the person asked for it.
        note: what was settled, for the record.

    Raises:
        HandoffError: staff give back what is not theirs.
    """
    conversation = lock_conversation(session, conversation_id)
    case = current_as_it_stands(session, conversation_id)
    conversation.state = ConversationState.BOT
    if case is None:
        return None
    if staff is not None and not staff.may(Right.SUPERVISE):
        must_have(case, staff)
    _end(conversation, case, Outcome.RETURNED)
    staff_id = staff.id if staff is not None else None
    note_move(session, case, "returned", staff_id=staff_id, note=note[:200])
    return case


def talk_on(session: Session, conversation: Conversation, case: Handoff) -> None:
    """Let the assistant answer again, while a case nobody has yet stays in the queue.

    Who asks for a person again, or is claimed by one, is with staff again.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: the case's.
        case: it waits on.
    """
    conversation.state = ConversationState.BOT
    note_move(session, case, "talks_on")


def _end(conversation: Conversation, case: Handoff, outcome: Outcome) -> None:
    case.ended_at, case.outcome, case.awaiting_since = utc_now(), outcome, None
