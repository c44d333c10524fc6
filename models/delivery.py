"""Delivery: the table of outgoing messages, one row for each piece that leaves us.

A reply becomes one piece, or several where the channel limits length. Every piece is claimed by
one sender with an atomic update before it leaves, so none leaves twice; a try whose outcome is
unknown is not repeated blindly (DESIGN section 4.5).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.message import Author, Message

# Nobody wants the rest of an answer from last week.
_FRESH = timedelta(hours=48)


class DeliveryState(StrEnum):
    """Where a piece is on its way."""

    PENDING = "pending"  # waits for its time (`due_at`)
    SENDING = "sending"  # claimed by a sender
    SENT = "sent"
    HELD = "held"  # cannot be pushed now; goes out when the person next writes
    FAILED = "failed"
    UNKNOWN = "unknown"  # the connection broke after sending: it may have arrived


# What a person may not have seen, and gets when they ask for more.
_NOT_SEEN = (DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.UNKNOWN)


class Way(StrEnum):
    """How a piece left."""

    PASSIVE = "passive"  # in the HTTP answer to the person's own message
    CUSTOMER_SERVICE = "customer_service"  # WeChat's customer-service message API
    PAGE = "page"  # fetched by our own web page or terminal


class Delivery(Base):
    """One piece of an outbound message on its way to a person.

    `goes_with_id` is the piece it leaves together with, as one message of WeChat's: lines that
    staff write quickly one after another. Such a piece always has that one's state.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState))
    way: Mapped[Way | None] = mapped_column(one_of(Way))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(200))
    goes_with_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), index=True)

    def leave(self, way: Way) -> None:
        """Count a piece just planned as sent: it is part of the answer being written."""
        self.state, self.way, self.sent_at = DeliveryState.SENT, way, utc_now()


def plan(
    session: Session,
    message: Message,
    pieces: list[str],
    due_at: datetime,
    *,
    can_push: bool,
    first_part: int = 1,
) -> list[Delivery]:
    """Put an outbound message on its way.

    Args:
        session: the open unit of work.
        message: the outbound message.
        pieces: its texts, in order.
        due_at: when they are pushed, if they have not left in an answer before.
        can_push: False for doors that only ever fetch (our own pages).
        first_part: the number of the first of `pieces`.
    """
    rows = [
        Delivery(
            message_id=message.id,
            conversation_id=message.conversation_id,
            part=number,
            text=piece,
            state=DeliveryState.PENDING if can_push else DeliveryState.HELD,
            due_at=due_at,
        )
        for number, piece in enumerate(pieces, start=first_part)
    ]
    session.add_all(rows)
    return rows


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
    if first.state is DeliveryState.SENT and first.way is way:
        return first
    return first if _leaves_now(session, first.id, way) else None


def take_next(session: Session, conversation_id: int, way: Way) -> Delivery | None:
    """Take the oldest piece that has not left yet, for a person who asks for more."""
    held = session.scalar(
        select(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_(_NOT_SEEN),
            Delivery.due_at > utc_now() - _FRESH,
        )
        .order_by(Delivery.message_id, Delivery.part)
        .limit(1)
    )
    return held if held is not None and _leaves_now(session, held.id, way) else None


def has_held(session: Session, conversation_id: int) -> bool:
    """Whether pieces wait that could not be pushed."""
    return (
        session.scalar(
            select(Delivery.id)
            .where(
                Delivery.conversation_id == conversation_id,
                Delivery.state == DeliveryState.HELD,
                Delivery.due_at > utc_now() - _FRESH,
            )
            .limit(1)
        )
        is not None
    )


def show_all(session: Session, conversation_id: int, way: Way) -> None:
    """Count every piece of a conversation as fetched: the person's own page shows them now."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.HELD]),
        )
        .values(state=DeliveryState.SENT, way=way, sent_at=utc_now())
    )


def _leaves_now(session: Session, delivery_id: int, way: Way) -> bool:
    """Claim a piece and count it as sent, in one step: it is part of the answer being written."""
    claimed = session.scalar(
        update(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.HELD]),
        )
        .values(state=DeliveryState.SENT, way=way, sent_at=utc_now())
        .returning(Delivery.id)
    )
    return claimed is not None


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
        .where(Delivery.state == DeliveryState.PENDING, Delivery.due_at <= now)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()
    for delivery in due:
        delivery.state = DeliveryState.SENDING
        delivery.way = Way.CUSTOMER_SERVICE
        delivery.claimed_at = now
        delivery.attempts += 1
    session.flush()
    session.execute(
        update(Delivery)
        .where(Delivery.goes_with_id.in_([delivery.id for delivery in due]))
        .values(state=DeliveryState.SENDING, way=Way.CUSTOMER_SERVICE, claimed_at=now)
    )
    return list(due)


def whole_text(session: Session, piece: Delivery) -> str:
    """Return the text of a piece with the lines that go along with it."""
    along = session.scalars(
        select(Delivery.text).where(Delivery.goes_with_id == piece.id).order_by(Delivery.id)
    )
    return "\n".join([piece.text, *along])


def plan_together(
    session: Session, message: Message, text: str, wait: timedelta, limit: int
) -> Delivery | None:
    """Let a line of staff leave together with the one written just before, if that still waits.

    Args:
        session: the open unit of work; it holds the lock on the conversation.
        message: the line's message.
        text: the line.
        wait: how long the whole then waits for one more line.
        limit: bytes that one message holds.

    Returns:
        The piece; None where there is nothing to go along with.
    """
    last = session.scalar(
        select(Delivery)
        .where(
            Delivery.conversation_id == message.conversation_id,
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    head = last if last.goes_with_id is None else session.get_one(Delivery, last.goes_with_id)
    before = session.get_one(Message, head.message_id)
    if before.staff_id != message.staff_id or before.kind != "text" or head.attempts:
        return None
    if len(f"{whole_text(session, head)}\n{text}".encode()) > limit:
        return None
    now = utc_now()
    still_waits = session.scalar(
        update(Delivery)
        .where(
            Delivery.id == head.id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at > now,
        )
        .values(due_at=now + wait)
        .returning(Delivery.id)
    )
    if still_waits is None:
        return None
    (piece,) = plan(session, message, [text], now + wait, can_push=True)
    piece.goes_with_id = head.id
    return piece


def _all_of(delivery_id: int) -> ColumnElement[bool]:
    """Select a piece and what goes along with it."""
    return or_(Delivery.id == delivery_id, Delivery.goes_with_id == delivery_id)


def mark_sent(session: Session, delivery_id: int) -> None:
    """Record that WeChat took the piece."""
    session.execute(
        update(Delivery)
        .where(_all_of(delivery_id))
        .values(state=DeliveryState.SENT, way=Way.CUSTOMER_SERVICE, sent_at=utc_now(), error=None)
    )


def mark_not_sent(
    session: Session,
    delivery_id: int,
    state: DeliveryState,
    error: str,
    again_in: timedelta | None = None,
) -> None:
    """Record why a piece did not leave, and when it is tried again (`state` pending)."""
    session.execute(
        update(Delivery)
        .where(_all_of(delivery_id), Delivery.state == DeliveryState.SENDING)
        .values(
            state=state,
            error=error[:200],
            **({"due_at": utc_now() + again_in} if again_in else {}),
        )
    )


def free_abandoned(session: Session, older_than: timedelta) -> int:
    """Mark pieces whose sender crashed as of unknown outcome; they are not sent blindly again."""
    abandoned = session.scalars(
        update(Delivery)
        .where(
            Delivery.state == DeliveryState.SENDING, Delivery.claimed_at < utc_now() - older_than
        )
        .values(state=DeliveryState.UNKNOWN, error="sender stopped before the outcome was known")
        .returning(Delivery.id)
    )
    return len(abandoned.all())


def pushed_since_last_word(
    session: Session, conversation: Conversation, author: Author | None = None
) -> int:
    """Count what `author` (or anybody) has pushed since the person last wrote: the ledger."""
    since = conversation.last_inbound_at
    query = (
        select(func.count(Delivery.id))
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == conversation.id,
            Delivery.way == Way.CUSTOMER_SERVICE,
            Delivery.goes_with_id.is_(None),
            Delivery.state.in_([DeliveryState.SENT, DeliveryState.UNKNOWN]),
        )
    )
    if author is not None:
        query = query.where(Message.author == author)
    if since is not None:
        query = query.where(or_(Delivery.sent_at >= since, Delivery.claimed_at >= since))
    return session.scalar(query) or 0


def deliveries_of(session: Session, message_id: int) -> list[Delivery]:
    """Return the pieces of an outbound message in their order."""
    return list(
        session.scalars(
            select(Delivery).where(Delivery.message_id == message_id).order_by(Delivery.part)
        )
    )


def try_again(session: Session, message_id: int) -> bool:
    """Send a message of staff once more, now: it failed, or nobody knows. Whether there was one."""
    freed = session.scalars(
        update(Delivery)
        .where(
            Delivery.message_id == message_id,
            Delivery.state.in_([DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.HELD]),
        )
        # By itself this time: what it went along with may have arrived.
        .values(
            state=DeliveryState.PENDING,
            due_at=utc_now(),
            attempts=0,
            error=None,
            goes_with_id=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(freed)
