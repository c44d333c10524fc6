"""Case: one time in which a person of the staff answers instead of the assistant."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.change import ChangeKind, note_change
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.staff import Staff


class HandoffReason(StrEnum):
    """Why a person is needed."""

    ASKED = "asked"
    MISSES = "misses"  # the assistant did not understand, again and again
    RIGHTS = "rights"  # unpaid wages and the like
    COMPLAINT = "complaint"
    DISTRESS = "distress"
    RETURNED = "returned"  # a request was sent back twice
    STAFF = "staff"  # somebody stepped in by hand


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

    @property
    def is_of_danger(self) -> bool:
        """Whether somebody is in danger or in need: only staff end such a case."""
        return self.reason is HandoffReason.DISTRESS


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


def current_as_it_stands(session: Session, conversation_id: int) -> Handoff | None:
    """Return the current case as it stands now, read under the conversation's lock."""
    return session.scalar(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )


def locked_case(session: Session, conversation_id: int) -> tuple[Conversation, Handoff]:
    """Lock a conversation and return it with its current case.

    Raises:
        HandoffError: it has none.
    """
    conversation = lock_conversation(session, conversation_id)
    case = current_as_it_stands(session, conversation_id)
    if case is None:
        raise HandoffError("这个会话已经不在人工这里了，请刷新看看。")
    return conversation, case


def begin(session: Session, conversation: Conversation, case: Handoff) -> None:
    """Keep a case that has just come about; its conversation is locked."""
    session.add(case)
    session.flush()
    # From here on the case says who has the word, not WeChat's own desk.
    conversation.kf_account = None


def assign_to(conversation: Conversation, case: Handoff, staff: Staff) -> None:
    """Give a case of a locked conversation to somebody."""
    conversation.state = ConversationState.OPEN
    case.assignee, case.assignee_id = staff, staff.id
    case.claimed_at = case.claimed_at or utc_now()


def must_have(case: Handoff, staff: Staff) -> None:
    """Make sure that somebody has the case.

    Raises:
        HandoffError: nobody has it, or somebody else.
    """
    if case.assignee is None:
        raise HandoffError("请先接待这个会话。")
    if case.assignee_id != staff.id:
        raise TakenError(case.assignee)


def note_move(
    session: Session, case: Handoff, move: str, staff_id: int | None = None, **details: Any
) -> None:
    """Tell the feed, and the case's history, of a move."""
    note_change(
        session,
        case.conversation_id,
        ChangeKind.MOVE,
        staff_id=staff_id,
        move=move,
        handoff_id=case.id,
        **details,
    )
