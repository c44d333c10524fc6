"""Delivery: the table of outgoing messages, one row for each piece that leaves us.

A reply becomes one piece, or several where the channel limits length. Every piece is claimed by
one sender with an atomic update before it leaves, so none leaves twice; a try whose outcome is
unknown is not repeated blindly (DESIGN section 4.5).
"""

from collections.abc import Iterable, Sequence
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
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.change import ChangeKind, note_change
from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, one_of, store, utc_now
from models.message import Author, Message

FRESH = timedelta(hours=48)
"""Nobody wants the rest of an answer from last week."""


class DeliveryState(StrEnum):
    """Where a piece is on its way."""

    PENDING = "pending"  # waits for its time (`due_at`)
    SENDING = "sending"  # claimed by a sender
    SENT = "sent"
    HELD = "held"  # cannot be pushed now; goes out when the person next writes
    FAILED = "failed"
    UNKNOWN = "unknown"  # the connection broke after sending: it may have arrived


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
    def is_extra(self) -> bool:
        """Whether it only adds to what was said: where it cannot be pushed, nobody misses it."""
        return (self.content or {}).get("msgtype") in ("news", "miniprogrampage")

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
    leaving: Way | None = None,
) -> list[Delivery]:
    """Put an outbound message on its way.

    Args:
        session: the open unit of work.
        message: the outbound message.
        pieces: what they show, in order; a string is a plain text.
        due_at: when they are pushed, if they have not left in an answer before.
        can_push: False for doors that only ever fetch (our own pages).
        first_part: the number of the first of `pieces`.
        leaving: the way they go right now, in the answer being written.
    """
    state = DeliveryState.PENDING if can_push else DeliveryState.HELD
    rows = [
        Delivery(
            message_id=message.id,
            conversation_id=message.conversation_id,
            part=number,
            text=piece.text,
            content=piece.content,
            state=state if leaving is None else DeliveryState.SENT,
            way=leaving,
            sent_at=None if leaving is None else utc_now(),
            due_at=due_at,
        )
        for number, piece in enumerate(
            (Piece(one) if isinstance(one, str) else one for one in pieces), start=first_part
        )
    ]
    for row in rows:
        store(session, row)
    return rows


_HELD = (
    select(Delivery.id)
    .where(
        Delivery.conversation_id == bindparam("conversation_id"),
        Delivery.state == DeliveryState.HELD,
        Delivery.due_at > bindparam("since"),
    )
    .limit(1)
)


def has_held(session: Session, conversation_id: int) -> bool:
    """Whether pieces wait that could not be pushed."""
    wanted = {"conversation_id": conversation_id, "since": utc_now() - FRESH}
    return session.scalar(_HELD, wanted) is not None


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


def planned_since(
    session: Session, conversation: Conversation, text: str, since: datetime | None
) -> bool:
    """Whether a piece with these words was put on its way since a moment; ever, without one."""
    query = select(Delivery.id).where(
        Delivery.conversation_id == conversation.id, Delivery.text == text
    )
    if since is not None:
        query = query.where(Delivery.due_at > since)
    return session.scalar(query.limit(1)) is not None


def words_held(session: Session, contact_id: int) -> list[Message]:
    """Return what staff have written that waits for the person's next word, oldest first."""
    return list(
        session.scalars(
            select(Message)
            .join(Delivery, Delivery.message_id == Message.id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                Conversation.contact_id == contact_id,
                Message.author == Author.STAFF,
                Message.kind == "text",
                Delivery.part == 1,
                Delivery.state == DeliveryState.HELD,
            )
            .order_by(Message.id)
        )
    )


def note_steps(session: Session, delivery_ids: Iterable[int]) -> None:
    """Tell open consoles that pieces took a step; what the assistant says is not followed there."""
    theirs = session.execute(
        select(Message.id, Message.conversation_id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.id.in_(list(delivery_ids)), Message.author != Author.BOT)
        .distinct()
    )
    for message_id, conversation_id in theirs:
        note_change(session, conversation_id, ChangeKind.DELIVERY, message_id=message_id)


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
