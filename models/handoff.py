"""Handoff: a case in which a person of the staff answers instead of the assistant.

A case begins when somebody asks for a person (or is in danger, or a member of staff steps in), and
ends when it is resolved or given back to the assistant. Every move locks the conversation's row
first, so that two people never get the same chat, and the assistant never talks over one of them:
the road reads the state again under the same lock before anything it says is stored.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.change import ChangeKind, note_change
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.draft import active_draft
from models.gig import find_registration
from models.staff import Right, Staff

RIGHTS_SKILL = "rights"
"""The skill that complaints and wage arrears ask for."""


class HandoffReason(StrEnum):
    """Why a person is needed."""

    ASKED = "asked"
    MISSES = "misses"  # the assistant did not understand, again and again
    RIGHTS = "rights"  # unpaid wages and the like
    COMPLAINT = "complaint"
    DISTRESS = "distress"
    RETURNED = "returned"  # a request was sent back twice
    STAFF = "staff"  # somebody stepped in by hand


_URGENT = frozenset({HandoffReason.DISTRESS, HandoffReason.RIGHTS})
"""Danger, and wages that are not paid, go before everything else (clause 三(八))."""


class Outcome(StrEnum):
    """How a case ended."""

    RESOLVED = "resolved"
    RETURNED = "returned"  # given back to the assistant


class HandoffError(ValueError):
    """A move that is not possible now; the text is for people."""


class TakenError(HandoffError):
    """Somebody else has the conversation already."""

    def __init__(self, assignee: Staff) -> None:
        super().__init__(f"{assignee.display_name} 已经接了这个会话。")
        self.assignee = assignee


class Handoff(Base):
    """One case. A conversation has one at most that has not ended (the table sees to it).

    Attributes:
        urgent: somebody is in danger: first in every queue.
        is_ticket: nobody was there when it began: it waits for the office to open.
        skill: which staff it is for; None for anybody.
        region: which city's staff it is for; None for anybody.
        message_id: the message that asked for a person; only its answer is still the assistant's.
        acknowledged_at: when the person was told that further words have been kept.
        reminded_at: when the person was told that it takes longer, and others were alerted.
        awaiting_since: since when the person's last words have had no answer; None if they have.
        rating: 1 to 5, the person's own.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        Index(
            "ix_handoff_current",
            "conversation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_handoff_assignee", "assignee_id", "ended_at"),
        Index("ix_handoff_created", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    reason: Mapped[HandoffReason] = mapped_column(one_of(HandoffReason))
    urgent: Mapped[bool] = mapped_column(default=False)
    is_ticket: Mapped[bool] = mapped_column(default=False)
    skill: Mapped[str | None] = mapped_column(String(64))
    region: Mapped[str | None] = mapped_column(String(32))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    awaiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome))
    rating: Mapped[int | None]
    rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    conversation: Mapped[Conversation] = relationship()
    assignee: Mapped[Staff | None] = relationship()


class HandoffGuest(Base):
    """A colleague who was invited to help; the assignee stays responsible."""

    __tablename__ = "handoff_guest"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def current(session: Session, conversation_id: int) -> Handoff | None:
    """Return the conversation's case that has not ended."""
    return session.scalar(
        select(Handoff).where(
            Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None)
        )
    )


def cases_of(session: Session, conversation_id: int) -> list[Handoff]:
    """Return every case of a conversation, the newest first."""
    return list(
        session.scalars(
            select(Handoff)
            .where(Handoff.conversation_id == conversation_id)
            .order_by(Handoff.id.desc())
        )
    )


def request(
    session: Session,
    conversation: Conversation,
    reason: HandoffReason,
    *,
    message_id: int | None = None,
) -> Handoff:
    """Ask for a person: the conversation waits from now on, and the assistant is silent.

    Asking again is the same case; danger makes it urgent, and is answered each time.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: who is to be helped.
        reason: why.
        message_id: the message whose answer announces the handoff.
    """
    case = current(session, conversation.id)
    if case is not None:
        if case.assignee_id is None:
            conversation.state = ConversationState.PENDING
        if reason is HandoffReason.DISTRESS:
            case.message_id = message_id or case.message_id
        if reason in _URGENT and not case.urgent:
            case.urgent = True
            _note_move(session, case, "urgent")
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
    _begin(session, conversation, case)
    conversation.state = ConversationState.PENDING
    _note_move(session, case, "requested", reason=reason.value)
    return case


def claim(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """Take a conversation: from the queue, or from the assistant by stepping in by hand.

    Claiming what one has already changes nothing.

    Raises:
        TakenError: somebody else has it.
    """
    conversation = lock_conversation(session, conversation_id)
    case = _fresh(session, conversation_id)
    if case is None:
        case = Handoff(conversation_id=conversation_id, reason=HandoffReason.STAFF)
        case.created_at = utc_now()
        _begin(session, conversation, case)
    if case.assignee_id == staff.id:
        return case
    if case.assignee is not None:
        raise TakenError(case.assignee)
    _assign(conversation, case, staff)
    _note_move(session, case, "claimed", staff_id=staff.id, reason=case.reason.value)
    return case


def release(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """Put a conversation back into the queue; it keeps its place by when it came.

    Raises:
        HandoffError: it is not with staff, or not this person's.
    """
    conversation, case = _locked_case(session, conversation_id)
    _must_have(case, staff)
    conversation.state = ConversationState.PENDING
    case.assignee = case.assignee_id = None
    _note_move(session, case, "released", staff_id=staff.id)
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
    conversation, case = _locked_case(session, conversation_id)
    if not staff.may(Right.SUPERVISE):
        _must_have(case, staff)
    if to is not None:
        if not to.can_chat:
            raise HandoffError(f"{to.display_name} 不能接待会话，请换一个人。")
        _assign(conversation, case, to)
        where: dict[str, Any] = {"to": to.id}
    elif skill or region:
        case.skill, case.region = skill or case.skill, region or case.region
        case.assignee = case.assignee_id = None
        conversation.state = ConversationState.PENDING
        where = {"skill": case.skill, "region": case.region}
    else:
        raise HandoffError("请选择转给谁，或者转到哪个队列。")
    _drop_guest(session, case, staff.id)
    _note_move(session, case, "transferred", staff_id=staff.id, note=note[:200], **where)
    return case


def invite(session: Session, conversation_id: int, staff: Staff, guest: Staff) -> Handoff:
    """Ask a colleague to join; both may write, the assignee stays responsible.

    Raises:
        HandoffError: it is not with staff, not this person's, or the colleague cannot chat.
    """
    _, case = _locked_case(session, conversation_id)
    _must_have(case, staff)
    if not guest.can_chat:
        raise HandoffError(f"{guest.display_name} 不能接待会话，请换一个人。")
    if guest.id != case.assignee_id and session.get(HandoffGuest, (case.id, guest.id)) is None:
        session.add(HandoffGuest(handoff_id=case.id, staff_id=guest.id))
        _note_move(session, case, "invited", staff_id=staff.id, guest=guest.id)
    return case


def leave(session: Session, conversation_id: int, staff: Staff) -> None:
    """Stop helping in a colleague's conversation."""
    _, case = _locked_case(session, conversation_id)
    _drop_guest(session, case, staff.id)
    _note_move(session, case, "left", staff_id=staff.id)


def guests_of(session: Session, handoff_id: int) -> list[Staff]:
    """Return the colleagues who were invited."""
    return list(
        session.scalars(
            select(Staff)
            .join(HandoffGuest, HandoffGuest.staff_id == Staff.id)
            .where(HandoffGuest.handoff_id == handoff_id)
            .order_by(HandoffGuest.invited_at)
        )
    )


def resolve(session: Session, conversation_id: int, staff: Staff) -> Handoff:
    """End a case: the assistant answers again, and the person is asked how it was.

    Raises:
        HandoffError: it is not with staff, or not this person's.
    """
    conversation, case = _locked_case(session, conversation_id)
    if not staff.may(Right.SUPERVISE):
        _must_have(case, staff)
    _end(conversation, case, Outcome.RESOLVED)
    conversation.state = ConversationState.RESOLVED
    _note_move(session, case, "resolved", staff_id=staff.id)
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
    case = _fresh(session, conversation_id)
    conversation.state = ConversationState.BOT
    if case is None:
        return None
    if staff is not None and not staff.may(Right.SUPERVISE):
        _must_have(case, staff)
    _end(conversation, case, Outcome.RETURNED)
    staff_id = staff.id if staff is not None else None
    _note_move(session, case, "returned", staff_id=staff_id, note=note[:200])
    return case


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
    case.urgent = case.urgent or in_danger
    case.created_at = case.awaiting_since = utc_now()
    case.ended_at = case.outcome = case.claimed_at = case.first_reply_at = None
    case.acknowledged_at = case.reminded_at = None
    if colleague is not None and colleague.is_here and colleague.can_chat:
        _assign(conversation, case, colleague)
    else:
        case.assignee = case.assignee_id = None
        conversation.state = ConversationState.PENDING
    case.is_ticket = case.assignee is None and not is_open
    _note_move(session, case, "reopened")
    return case


def rate(session: Session, case: Handoff, score: int) -> None:
    """Keep the person's own word on how they were served.

    Raises:
        ValueError: the score is not 1 to 5.
    """
    if not 1 <= score <= 5:
        raise ValueError("a rating is 1 to 5")
    case.rating, case.rated_at = score, utc_now()
    _note_move(session, case, "rated", score=score)


def note_contact_message(session: Session, conversation: Conversation, message_id: int) -> None:
    """Show staff what a person wrote while they wait or are served, and start the clock."""
    case = current(session, conversation.id)
    if case is not None and case.awaiting_since is None:
        case.awaiting_since = utc_now()
    note_change(session, conversation.id, ChangeKind.MESSAGE, message_id=message_id)


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
    if (
        case.assignee_id != staff.id
        and session.get(HandoffGuest, (case.id, staff.id)) is None
        and case.assignee is not None
    ):
        raise TakenError(case.assignee)
    case.first_reply_at = case.first_reply_at or utc_now()
    case.awaiting_since = None
    note_change(
        session, conversation_id, ChangeKind.MESSAGE, staff_id=staff.id, message_id=message_id
    )
    return case


def _fresh(session: Session, conversation_id: int) -> Handoff | None:
    """Return the current case as it stands now, read under the conversation's lock."""
    return session.scalar(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _locked_case(session: Session, conversation_id: int) -> tuple[Conversation, Handoff]:
    conversation = lock_conversation(session, conversation_id)
    case = _fresh(session, conversation_id)
    if case is None:
        raise HandoffError("这个会话已经不在人工这里了，请刷新看看。")
    return conversation, case


def _must_have(case: Handoff, staff: Staff) -> None:
    if case.assignee is None:
        raise HandoffError("请先接待这个会话。")
    if case.assignee_id != staff.id:
        raise TakenError(case.assignee)


def _begin(session: Session, conversation: Conversation, case: Handoff) -> None:
    session.add(case)
    session.flush()
    # From here on the case says who has the word, not WeChat's own desk.
    conversation.kf_account = None


def _assign(conversation: Conversation, case: Handoff, staff: Staff) -> None:
    conversation.state = ConversationState.OPEN
    case.assignee, case.assignee_id = staff, staff.id
    case.claimed_at = case.claimed_at or utc_now()


def _end(conversation: Conversation, case: Handoff, outcome: Outcome) -> None:
    case.ended_at, case.outcome, case.awaiting_since = utc_now(), outcome, None


def _drop_guest(session: Session, case: Handoff, staff_id: int) -> None:
    session.execute(
        delete(HandoffGuest).where(
            HandoffGuest.handoff_id == case.id, HandoffGuest.staff_id == staff_id
        )
    )


def _note_move(
    session: Session, case: Handoff, move: str, staff_id: int | None = None, **details: Any
) -> None:
    note_change(
        session,
        case.conversation_id,
        ChangeKind.MOVE,
        staff_id=staff_id,
        move=move,
        handoff_id=case.id,
        **details,
    )
