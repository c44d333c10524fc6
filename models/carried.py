"""Carried: pieces that leave in the answer being written to the person's own message.

A piece is counted as sent while the answer is made, in the same transaction. Where the answer met
nobody, it is given back.
"""

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from models.database import utc_now
from models.delivery import FRESH, Delivery, DeliveryState, Piece, Way, note_steps

_WAITING = (DeliveryState.PENDING, DeliveryState.HELD)
# What a person may not have seen, and gets when they ask for more.
_NOT_SEEN = (DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.UNKNOWN)


def take_passively(session: Session, message_id: int, way: Way) -> Delivery | None:
    """Take the first piece of an outbound message into the answer being written right now.

    A second try of the same request gets the same piece again (WeChat shows it once). None when
    the piece has left by another way, or is just leaving.
    """
    first = session.scalar(
        select(Delivery).where(Delivery.message_id == message_id, Delivery.part == 1)
    )
    if first is None:
        return None
    if first.state is DeliveryState.SENT and first.way is way and first.sent_with_id is None:
        return first
    return first if _leaves_now(session, first.id, way) else None


def give_back(session: Session, message_id: int) -> bool:
    """Let the first piece of a message, and what went along, be pushed: its carrier met nobody.

    Returns:
        Whether it had been counted as sent in an answer.
    """
    first = session.scalar(
        select(Delivery.id).where(
            Delivery.message_id == message_id,
            Delivery.part == 1,
            Delivery.state == DeliveryState.SENT,
            Delivery.way == Way.PASSIVE,
        )
    )
    if first is None:
        return False
    session.execute(
        update(Delivery)
        .where(or_(Delivery.id == first, Delivery.sent_with_id == first))
        .values(
            state=DeliveryState.PENDING,
            way=None,
            sent_at=None,
            sent_with_id=None,
            due_at=utc_now(),
        )
    )
    return True


def take_next(session: Session, conversation_id: int, way: Way) -> Delivery | None:
    """Take the oldest piece that has not left yet, for a person who asks for more."""
    held = session.scalar(
        select(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_(_NOT_SEEN),
            Delivery.due_at > utc_now() - FRESH,
        )
        .order_by(Delivery.message_id, Delivery.part)
        .limit(1)
    )
    if held is None or not _leaves_now(session, held.id, way, _NOT_SEEN):
        return None
    note_steps(session, [held.id])
    return held


_LATE = (
    select(Delivery)
    .where(
        Delivery.conversation_id == bindparam("conversation_id"),
        Delivery.id < bindparam("before"),
        Delivery.state == DeliveryState.PENDING,
        Delivery.due_at <= bindparam("now"),
    )
    .order_by(Delivery.id)
    .with_for_update(skip_locked=True)
)


def take_overdue(session: Session, carrier: Delivery, room: int, way: Way) -> str:
    """Let an answer being written carry the late ones before it; return the whole text.

    So a later answer does not overtake an earlier one that is about to be pushed.
    """
    pieces: list[Piece] = []
    before = {
        "conversation_id": carrier.conversation_id,
        "before": carrier.id,
        "now": utc_now(),
    }
    late = session.scalars(_LATE, before).all()
    for row in late:
        fits = len(carrier.piece.behind([*pieces, row.piece]).encode()) <= room
        if not row.piece.is_words or not fits:
            break
        pieces.append(row.piece)
        row.leave(way)
        row.sent_with_id = carrier.id
    if pieces:
        note_steps(session, [row.id for row in late[: len(pieces)]])
    return carrier.piece.behind(pieces)


def _leaves_now(
    session: Session,
    delivery_id: int,
    way: Way,
    states: tuple[DeliveryState, ...] = _WAITING,
) -> bool:
    """Claim a piece and count it as sent, in one step: it is part of the answer being written."""
    claimed = session.scalar(
        update(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.state.in_(states),
        )
        .values(state=DeliveryState.SENT, way=way, sent_at=utc_now())
        .returning(Delivery.id)
    )
    return claimed is not None
