"""Push queue: pieces whose time has come, claimed by one sender, and what became of them.

None leaves twice: a try whose outcome is unknown is not repeated blindly (DESIGN section 4.5).
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import exists, func, null, or_, select, update
from sqlalchemy.orm import Session

from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Piece, note_steps
from models.message import InboundState, Message

# While more of a person's words wait for an answer, pushes wait for each other: one message of
# WeChat's window can carry them all.
_GATHERING = timedelta(seconds=30)


def claim_due(session: Session, limit: int = 1) -> list[Delivery]:
    """Claim pieces whose time has come, oldest first and in order within a conversation.

    One at a time as a rule: what is claimed by a sender that dies is of unknown outcome.
    """
    now = utc_now()
    earlier = (
        select(Delivery.conversation_id, func.min(Delivery.id).label("id"))
        .where(Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]))
        .group_by(Delivery.conversation_id)
        .subquery()
    )
    due = session.scalars(
        select(Delivery)
        .join(earlier, earlier.c.id == Delivery.id)
        .where(
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at <= now,
            ~exists().where(
                Message.conversation_id == Delivery.conversation_id,
                Message.state == InboundState.WAITING,
                Message.created_at > now - _GATHERING,
            ),
        )
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()
    for delivery in due:
        delivery.state = DeliveryState.SENDING
        delivery.way = delivery.piece.way
        delivery.claimed_at = now
        delivery.attempts += 1
    session.flush()
    return list(due)


def claim_along(session: Session, first: Delivery, room: int) -> str:
    """Claim what can leave in the message of a piece just claimed; return the whole text.

    Args:
        session: the open unit of work in which `first` was claimed.
        first: the oldest piece of its conversation.
        room: bytes of UTF-8 that one message holds.
    """
    pieces = [first.piece]
    if not first.piece.is_words:
        return first.text
    following = session.scalars(
        select(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == first.conversation_id,
            Delivery.id > first.id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at <= utc_now(),
            Message.author == session.get_one(Message, first.message_id).author,
        )
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    ).all()
    for row in following:
        if not row.piece.is_words or len(row.piece.behind(pieces).encode()) > room:
            break
        pieces.append(row.piece)
        row.state, row.way, row.claimed_at = first.state, first.way, first.claimed_at
        row.sent_with_id = first.id
    session.flush()
    return pieces[-1].behind(pieces[:-1])


def mark_sent(session: Session, delivery_id: int, receipt: str | None = None) -> None:
    """Record that WeChat took the piece, and with it those that wait for the same message."""
    sent = session.scalars(
        update(Delivery)
        .where(or_(Delivery.id == delivery_id, Delivery.sent_with_id == delivery_id))
        .values(state=DeliveryState.SENT, sent_at=utc_now(), error=None, receipt=receipt)
        .returning(Delivery.id)
    )
    note_steps(session, sent)


def mark_not_sent(
    session: Session,
    delivery_id: int,
    state: DeliveryState,
    error: str,
    again_in: timedelta | None = None,
) -> None:
    """Record why a piece did not leave, and when it is tried again (`state` pending)."""
    kept = session.scalars(
        update(Delivery)
        .where(
            or_(Delivery.id == delivery_id, Delivery.sent_with_id == delivery_id),
            Delivery.state == DeliveryState.SENDING,
        )
        .values(
            state=state,
            error=error[:200],
            sent_with_id=None,
            **({"due_at": utc_now() + again_in} if again_in else {}),
        )
        .returning(Delivery.id)
    )
    note_steps(session, kept)


def show_plainly(session: Session, delivery_id: int) -> None:
    """Drop the rich form of a piece that WeChat did not take: its plain text goes out instead."""
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(content=null()))


def show_as_notice(session: Session, delivery_id: int, piece: Piece) -> None:
    """Let a piece that WeChat's window did not let out leave as a notice, now."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(
            content=piece.content,
            state=DeliveryState.PENDING,
            way=None,
            due_at=utc_now(),
            attempts=0,
            error=None,
        )
    )
    note_steps(session, [delivery_id])


def settle_receipts(session: Session, receipts: Mapping[str, str]) -> int:
    """Record what WeChat tells of notices later: receipt → why it was not shown, "" if it was.

    Returns:
        How many of them are ours.
    """
    settled: list[int] = []
    for receipt, why in receipts.items():
        outcome = {"state": DeliveryState.FAILED, "error": why[:200]} if why else {"error": None}
        settled += session.scalars(
            update(Delivery)
            .where(Delivery.receipt == receipt)
            .values(**outcome)
            .returning(Delivery.id)
        )
    note_steps(session, settled)
    return len(settled)


def free_abandoned(session: Session, older_than: timedelta) -> int:
    """Mark pieces whose sender crashed as of unknown outcome; they are not sent blindly again."""
    abandoned = session.scalars(
        update(Delivery)
        .where(
            Delivery.state == DeliveryState.SENDING, Delivery.claimed_at < utc_now() - older_than
        )
        .values(state=DeliveryState.UNKNOWN, error="sender stopped before the outcome was known")
        .returning(Delivery.id)
    ).all()
    note_steps(session, abandoned)
    return len(abandoned)
