"""Talk: what is said within a case, its clocks, and the person's own word on it."""

from sqlalchemy.orm import Session

from models.change import ChangeKind, note_change
from models.conversation import Conversation
from models.database import utc_now
from models.handoff.case import Handoff, HandoffError, TakenError, current, note_move
from models.handoff.guests import is_guest
from models.staff import Staff


def note_contact_message(session: Session, conversation: Conversation, message_id: int) -> None:
    """Show staff what a person wrote while they wait or are served, and start the clock."""
    case = current(session, conversation.id)
    if case is not None and case.awaiting_since is None:
        case.awaiting_since = utc_now()
    note_change(session, conversation.id, ChangeKind.MESSAGE, message_id=message_id)


def may_write(session: Session, conversation_id: int, staff_id: int) -> bool:
    """Whether a member of staff has the conversation, or was invited into it."""
    case = current(session, conversation_id)
    if case is None or case.assignee_id is None:
        return False
    return case.assignee_id == staff_id or is_guest(session, case.id, staff_id)


def note_staff_message(
    session: Session, conversation_id: int, staff: Staff, message_id: int
) -> Handoff:
    """Stop the clocks: somebody has answered.

    Raises:
        HandoffError: this person neither has the conversation nor was invited.
    """
    case = current(session, conversation_id)
    if case is None or case.assignee_id is None:
        raise HandoffError("请先接待这个会话，再回复。")
    if case.assignee is not None and not may_write(session, conversation_id, staff.id):
        raise TakenError(case.assignee)
    case.first_reply_at = case.first_reply_at or utc_now()
    case.awaiting_since = None
    note_change(
        session, conversation_id, ChangeKind.MESSAGE, staff_id=staff.id, message_id=message_id
    )
    return case


def rate(session: Session, case: Handoff, score: int) -> None:
    """Keep the person's own word on how they were served.

    Raises:
        ValueError: the score is not 1 to 5.
    """
    if not 1 <= score <= 5:
        raise ValueError("a rating is 1 to 5")
    case.rating, case.rated_at = score, utc_now()
    note_move(session, case, "rated", score=score)
