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


def take_passively(session: Session, message_id: int, room: int, way: Way) -> str | None:
    """Take the first piece of an outbound message into the answer being written right now.

    Those before it that are late go along. A second try of the same request gets the same text
    again (WeChat shows it once).

    Args:
        session: the open unit of work, which holds the conversation.
        message_id: the outbound message.
        room: bytes of UTF-8 that the answer holds.
        way: how the answer leaves.

    Returns:
        The whole text; None when the piece has left by another way, or is just leaving.
    """
    first = session.scalar(
        select(Delivery).where(Delivery.message_id == message_id, Delivery.part == 1)
    )
    if first is None:
        return None
    if first.state is DeliveryState.SENT and first.way is way and first.sent_with_id is None:
        along = session.scalars(
            select(Delivery).where(Delivery.sent_with_id == first.id).order_by(Delivery.id)
        )
        return first.piece.behind([row.piece for row in along])
    return take_overdue(session, first, room, way) if _leaves_now(session, first.id, way) else None


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


def take_next(session: Session, conversation_id: int, room: int, way: Way) -> list[Delivery]:
    """Take the oldest piece that has not left yet, for a person who asks for more.

    What stands behind it goes along in its order, as far as one answer holds it.
    """
    unseen = session.scalars(
        select(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_(_NOT_SEEN),
            Delivery.due_at > utc_now() - FRESH,
        )
        .order_by(Delivery.message_id, Delivery.part)
    ).all()
    taken: list[Delivery] = []
    for row in unseen:
        pieces = [one.piece for one in taken]
        are_words = row.piece.is_words and all(piece.is_words for piece in pieces)
        if taken and not (are_words and len(row.piece.behind(pieces).encode()) <= room):
            break
        if not _leaves_now(session, row.id, way, _NOT_SEEN):
            break
        taken.append(row)
    note_steps(session, [row.id for row in taken])
    return taken


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
