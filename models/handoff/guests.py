"""Guests: colleagues who were invited to help in a case."""

from datetime import datetime

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, UtcDateTime, utc_now
from models.handoff.case import Handoff, HandoffError, locked_case, must_have, note_move
from models.staff import Staff


class HandoffGuest(Base):
    """A colleague who was invited to help; the assignee stays responsible."""

    __tablename__ = "handoff_guest"

    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def invite(session: Session, conversation_id: int, staff: Staff, guest: Staff) -> Handoff:
    """Ask a colleague to join; both may write, the assignee stays responsible.

    Raises:
        HandoffError: it is not with staff, not this person's, or the colleague cannot chat.
    """
    _, case = locked_case(session, conversation_id)
    must_have(case, staff)
    if not guest.can_chat:
        raise HandoffError(f"{guest.display_name} 不能接待会话，请换一个人。")
    if guest.id != case.assignee_id and not is_guest(session, case.id, guest.id):
        session.add(HandoffGuest(handoff_id=case.id, staff_id=guest.id))
        note_move(session, case, "invited", staff_id=staff.id, guest=guest.id)
    return case


def leave(session: Session, conversation_id: int, staff: Staff) -> None:
    """Stop helping in a colleague's conversation."""
    _, case = locked_case(session, conversation_id)
    drop_guest(session, case, staff.id)
    note_move(session, case, "left", staff_id=staff.id)


def is_guest(session: Session, handoff_id: int, staff_id: int) -> bool:
    """Whether a colleague was invited into a case."""
    return session.get(HandoffGuest, (handoff_id, staff_id)) is not None


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


def drop_guest(session: Session, case: Handoff, staff_id: int) -> None:
    """Let somebody be a guest no longer."""
    session.execute(
        delete(HandoffGuest).where(
            HandoffGuest.handoff_id == case.id, HandoffGuest.staff_id == staff_id
        )
    )
