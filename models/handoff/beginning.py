"""Beginning: how a case comes about, and how one that was resolved is taken up again."""

from sqlalchemy.orm import Session

from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.draft import active_draft
from models.gig import find_registration
from models.handoff.case import (
    Handoff,
    HandoffReason,
    assign_to,
    begin,
    current,
    note_move,
)

RIGHTS_SKILL = "rights"
"""The skill that complaints and wage arrears ask for."""


_URGENT = frozenset({HandoffReason.DISTRESS, HandoffReason.RIGHTS})
"""Danger, and wages that are not paid, go before everything else (clause 三(八))."""


def request(
    session: Session,
    conversation: Conversation,
    reason: HandoffReason,
    *,
    message_id: int | None = None,
) -> Handoff:
    """Ask for a person: the conversation waits from now on, and the assistant is silent.

    Asking again is the same case; danger and unpaid wages make it urgent, and are its reason then.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: who is to be helped.
        reason: why.
        message_id: the message whose answer announces the handoff.
    """
    case = current(session, conversation.id)
    if case is not None:
        if reason is HandoffReason.DISTRESS or not conversation.state.is_with_staff:
            case.message_id = message_id or case.message_id
        if case.assignee_id is None:
            conversation.state = ConversationState.PENDING
        if reason in _URGENT:
            _raise(session, case, reason)
        return case
    draft = active_draft(session, conversation.contact_id)
    registered = find_registration(session, conversation.contact_id)
    is_about_rights = reason in (HandoffReason.RIGHTS, HandoffReason.COMPLAINT)
    now = utc_now()
    case = Handoff(
        conversation_id=conversation.id,
        reason=reason,
        urgent=reason in _URGENT,
        skill=RIGHTS_SKILL if is_about_rights else (draft.service if draft else None),
        region=registered.city if registered else None,
        message_id=message_id,
        created_at=now,
        awaiting_since=now,
    )
    begin(session, conversation, case)
    conversation.state = ConversationState.PENDING
    note_move(session, case, "requested", reason=reason.value)
    return case


def _raise(session: Session, case: Handoff, reason: HandoffReason) -> None:
    """Put a case before the others, for a reason that no later one but danger replaces.

    Every word of danger is told to staff again, also in a case that is urgent already.
    """
    if reason is not HandoffReason.DISTRESS and (case.is_of_danger or case.reason is reason):
        return
    case.reason, case.urgent = reason, True
    if reason is HandoffReason.RIGHTS:
        case.skill = case.skill or RIGHTS_SKILL
    note_move(session, case, "urgent", reason=reason.value)


def reopen(
    session: Session,
    conversation: Conversation,
    case: Handoff,
    message_id: int,
    *,
    in_danger: bool,
    is_open: bool,
) -> Handoff:
    """Take a case up again: the same colleague has it if they are here, else it waits.

    Its clocks, and what the person was told of them, begin anew.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: the case's.
        case: one that was resolved a short while ago.
        message_id: the person's new word.
        in_danger: whether it speaks of danger.
        is_open: whether the case's office is open now.
    """
    colleague = case.assignee
    case.message_id = message_id
    if in_danger:
        case.reason, case.urgent = HandoffReason.DISTRESS, True
    case.created_at = case.awaiting_since = utc_now()
    case.ended_at = case.outcome = case.claimed_at = case.first_reply_at = None
    case.acknowledged_at = case.reminded_at = None
    if colleague is not None and colleague.is_here and colleague.can_chat:
        assign_to(conversation, case, colleague)
    else:
        case.assignee = case.assignee_id = None
        conversation.state = ConversationState.PENDING
    case.is_ticket = case.assignee is None and not is_open
    note_move(session, case, "reopened")
    return case
