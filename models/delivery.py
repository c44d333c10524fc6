"""Delivery: the table of outgoing messages, one row for each piece that leaves us.

A reply becomes one piece, or several where the channel limits length. Every piece is claimed by
one sender with an atomic update before it leaves, so none leaves twice; a try whose outcome is
unknown is not repeated blindly (DESIGN section 4.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.message import Author, InboundState, Message

# Nobody wants the rest of an answer from last week.
_FRESH = timedelta(hours=48)
# While more of a person's words wait for an answer, pushes wait for each other: one message of
# WeChat's window can carry them all.
_GATHERING = timedelta(seconds=30)


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
    TEMPLATE = "template"  # WeChat's template message: a notice outside the window
    SUBSCRIBE = "subscribe"  # WeChat's subscribe message: a notice the person allowed


@dataclass(frozen=True)
class Piece:
    """What one piece shows.

    Attributes:
        text: what it says in plain words, choices as numbers; every door can show it.
        content: the richer form for a door that pushes, in the words of WeChat's
            customer-service message: ``msgtype`` and what belongs to it. A notice has the
            ``msgtype`` ``template`` or ``subscribe``, and under ``notice`` what WeChat's
            interface for it takes (``template_id``, ``data`` …).
    """

    text: str
    content: dict[str, Any] | None = None

    @property
    def way(self) -> Way:
        """How it leaves when it is pushed."""
        kind = (self.content or {}).get("msgtype")
        return Way(kind) if kind in (Way.TEMPLATE, Way.SUBSCRIBE) else Way.CUSTOMER_SERVICE

    @property
    def is_words(self) -> bool:
        """Whether it is text alone, so that it can stand in one message with others."""
        return (self.content or {"msgtype": "msgmenu"})["msgtype"] == "msgmenu"

    @property
    def words(self) -> str:
        """The text without the numbers of its choices."""
        content = self.content or {}
        return str(content["msgmenu"]["head_content"]) if "msgmenu" in content else self.text

    def behind(self, earlier: Sequence[Self]) -> str:
        """Return one text of earlier pieces and this one; only its own choices hold by then."""
        return "\n\n".join([*(piece.words for piece in earlier), self.text])


class Delivery(Base):
    """One piece of an outbound message on its way to a person."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    part: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState))
    way: Mapped[Way | None] = mapped_column(one_of(Way))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(200))
    # WeChat's id of a notice: whether it was shown is told later, in an event.
    receipt: Mapped[str | None] = mapped_column(String(64), index=True)
    # The piece of the same conversation in whose message this one left.
    sent_with_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))

    @property
    def piece(self) -> Piece:
        """What this row shows."""
        return Piece(self.text, self.content)

    def leave(self, way: Way) -> None:
        """Count a piece just planned as sent: it is part of the answer being written."""
        self.state, self.way, self.sent_at = DeliveryState.SENT, way, utc_now()


def plan(
    session: Session,
    message: Message,
    pieces: Sequence[Piece | str],
    due_at: datetime,
    *,
    can_push: bool,
    first_part: int = 1,
) -> list[Delivery]:
    """Put an outbound message on its way.

    Args:
        session: the open unit of work.
        message: the outbound message.
        pieces: what they show, in order; a string is a plain text.
        due_at: when they are pushed, if they have not left in an answer before.
        can_push: False for doors that only ever fetch (our own pages).
        first_part: the number of the first of `pieces`.
    """
    rows = [
        Delivery(
            message_id=message.id,
            conversation_id=message.conversation_id,
            part=number,
            text=piece.text,
            content=piece.content,
            state=DeliveryState.PENDING if can_push else DeliveryState.HELD,
            due_at=due_at,
        )
        for number, piece in enumerate(
            (Piece(one) if isinstance(one, str) else one for one in pieces), start=first_part
        )
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
            Delivery.due_at > utc_now() - _FRESH,
        )
        .order_by(Delivery.message_id, Delivery.part)
        .limit(1)
    )
    if held is None or not _leaves_now(session, held.id, way, _NOT_SEEN):
        return None
    return held


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


_WAITING = (DeliveryState.PENDING, DeliveryState.HELD)


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


def take_overdue(session: Session, carrier: Delivery, room: int, way: Way) -> str:
    """Let an answer being written carry the late ones before it; return the whole text.

    So a later answer does not overtake an earlier one that is about to be pushed.
    """
    pieces: list[Piece] = []
    late = session.scalars(
        select(Delivery)
        .where(
            Delivery.conversation_id == carrier.conversation_id,
            Delivery.id < carrier.id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at <= utc_now(),
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    ).all()
    for row in late:
        fits = len(carrier.piece.behind([*pieces, row.piece]).encode()) <= room
        if not row.piece.is_words or not fits:
            break
        pieces.append(row.piece)
        row.leave(way)
        row.sent_with_id = carrier.id
    return carrier.piece.behind(pieces)


def wait_for_more(session: Session, message: Message, until: datetime) -> bool:
    """Let the lines the same one of us said just before wait for this one: they leave together.

    Args:
        session: the open unit of work; it holds the lock on the conversation.
        message: the new line, of a member of staff or of the service itself.
        until: when all of them leave.

    Returns:
        Whether there are such lines.
    """
    theirs = select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.author == message.author,
        Message.staff_id == message.staff_id,
    )
    waiting = session.scalars(
        update(Delivery)
        .where(
            Delivery.conversation_id == message.conversation_id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at > utc_now(),
            Delivery.attempts == 0,
            Delivery.message_id.in_(theirs),
        )
        .values(due_at=until)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(waiting)


def mark_sent(session: Session, delivery_id: int, receipt: str | None = None) -> None:
    """Record that WeChat took the piece, and with it those that wait for the same message."""
    session.execute(
        update(Delivery)
        .where(or_(Delivery.id == delivery_id, Delivery.sent_with_id == delivery_id))
        .values(state=DeliveryState.SENT, sent_at=utc_now(), error=None, receipt=receipt)
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
    )


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


def settle_receipts(session: Session, receipts: Mapping[str, str]) -> int:
    """Record what WeChat tells of notices later: receipt → why it was not shown, "" if it was.

    Returns:
        How many of them are ours.
    """
    settled = 0
    for receipt, why in receipts.items():
        outcome = {"state": DeliveryState.FAILED, "error": why[:200]} if why else {"error": None}
        settled += len(
            session.scalars(
                update(Delivery)
                .where(Delivery.receipt == receipt)
                .values(**outcome)
                .returning(Delivery.id)
            ).all()
        )
    return settled


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


def pushed_since(
    session: Session, conversation: Conversation, since: datetime | None, *authors: Author
) -> int:
    """Count the customer-service messages of `authors` (all, if none is named) since a moment."""
    query = (
        select(func.count(Delivery.id))
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == conversation.id,
            Delivery.way == Way.CUSTOMER_SERVICE,
            Delivery.sent_with_id.is_(None),
            Delivery.state.in_([DeliveryState.SENT, DeliveryState.UNKNOWN]),
        )
    )
    if authors:
        query = query.where(Message.author.in_(authors))
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
            sent_with_id=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(freed)
