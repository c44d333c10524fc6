"""Message: every word said in a conversation, in and out, in its order.

What a person wrote is stored before anything else happens. `text` is safe to read: private values
in it are swapped for tokens. The original, where it differs, is kept encrypted beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import passing_value
from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, one_of, store, utc_now
from models.reply import Choice, Reply
from models.sealed import SealedText

ALLOWED, SWITCHED_OFF = "allowed", "switched_off"
"""What an event says of a person's will to get notices of a template (`Inbound.details`)."""

VOICE = "voice"
"""The kind of a spoken message, as WeChat calls it."""

NOTICE = "notice"
"""The kind of what the service tells by itself (`models.notification`): no part of the talk."""


class Direction(StrEnum):
    """Towards us or towards the person."""

    IN = "in"
    OUT = "out"


class Author(StrEnum):
    """Who said it."""

    CONTACT = "contact"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


class InboundState(StrEnum):
    """What became of a message that came in."""

    WAITING = "waiting"
    ANSWERED = "answered"
    SILENT = "silent"  # no answer is due: an unsubscribe, or staff have the conversation


class Message(Base):
    """One message. Inbound ones carry `source_key` and `state`.

    Outbound ones carry `reply_to_id` where they answer one message, and `staff_id` where a member
    of staff wrote them.

    `position` counts from 1 within the conversation. `turn` is the reply the action server has
    decided on, stored in the same transaction as the turn's effects, so that a turn repeated after
    a crash says the same and does nothing twice.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        Index("ix_message_waiting", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    position: Mapped[int]
    direction: Mapped[Direction] = mapped_column(one_of(Direction))
    author: Mapped[Author] = mapped_column(one_of(Author))
    kind: Mapped[str] = mapped_column(String(32), default="text")
    text: Mapped[str] = mapped_column(Text, default="")
    original: Mapped[str | None] = mapped_column(SealedText)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    choices: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    state: Mapped[InboundState | None] = mapped_column(one_of(InboundState))
    awaited_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    turn: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    @property
    def reply(self) -> Reply:
        """The outbound message as what was said."""
        return _reply_of(self.text, self.choices)


def _reply_of(text: str, choices: Sequence[dict[str, Any]] | None) -> Reply:
    return Reply(text, tuple(map(Choice.from_json, choices or ())))


@dataclass(frozen=True)
class Inbound:
    """A message as a door hands it over, already checked and cleaned.

    Attributes:
        source_key: what makes it this very message; a repeat has the same.
        kind: WeChat's MsgType, or ``event``.
        text: what the person typed or said; empty for other kinds.
        details: what else the door knows, nothing personal: ``event`` its name; ``payload`` the
            choice that an event stands for (a menu entry, a scene); ``touch`` an event that lets
            us push for a minute; ``notices`` which templates' notices were allowed or switched
            off; ``media`` and ``place`` of messages without words.
    """

    source_key: str
    kind: str = "text"
    text: str = ""
    details: dict[str, Any] | None = None


@dataclass(frozen=True)
class Receipt:
    """Where an inbound message was put, and how often it has come by now."""

    message_id: int
    conversation_id: int
    tries: int


def find_inbound(session: Session, source_key: str) -> Message | None:
    """Return the message a door has handed over before, if it has."""
    return session.scalar(select(Message).where(Message.source_key == source_key))


def record_inbound(
    session: Session,
    conversation: Conversation,
    inbound: Inbound,
    *,
    safe_text: str,
    awaited_until: datetime,
) -> Message:
    """Store a message that came in, as the newest of its conversation.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: where it belongs.
        inbound: the message.
        safe_text: its text with private values swapped for tokens.
        awaited_until: until when the door keeps somebody waiting for the answer.

    Raises:
        IntegrityError: another worker stored the same message in this moment.
    """
    now = utc_now()
    conversation.last_position += 1
    if inbound.kind != "event":
        # WeChat's window for pushes is opened by a person's words, not by every event.
        conversation.last_inbound_at = now
    elif (inbound.details or {}).get("touch"):
        conversation.last_touch_at = now
    message = Message(
        conversation_id=conversation.id,
        position=conversation.last_position,
        direction=Direction.IN,
        author=Author.CONTACT,
        kind=inbound.kind,
        text=safe_text,
        original=_original(inbound.text, safe_text),
        details=inbound.details,
        source_key=inbound.source_key,
        state=InboundState.WAITING,
        awaited_until=awaited_until,
        tries=1,
        created_at=now,
    )
    store(session, message)
    return message


def _original(text: str, safe_text: str) -> str | None:
    """Return what is kept, sealed, beside a safe text: not where a key was in it."""
    has_key = passing_value.TOKEN.search(safe_text) is not None
    return None if text == safe_text or has_key else text


def note_repeat(session: Session, message: Message, awaited_until: datetime) -> int:
    """Count another try of the door, and until when that one waits; return the count."""
    return session.scalars(
        update(Message)
        .where(Message.id == message.id)
        .values(tries=Message.tries + 1, awaited_until=awaited_until)
        .returning(Message.tries)
        .execution_options(synchronize_session=False)
    ).one()


# Built once, as all that a message needs every time: building a statement costs thrice its run.
_TABLE = Message.__table__.c
_HERE = select(Message).where(Message.conversation_id == bindparam("conversation_id"))
_NEXT_WAITING = (
    _HERE.where(Message.state == InboundState.WAITING).order_by(Message.position).limit(1)
)


_LOCKED = (
    select(Message)
    .where(Message.id == bindparam("message_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_message(session: Session, message_id: int) -> Message:
    """Return a message as it stands now, locked until the unit of work ends."""
    return session.scalars(_LOCKED, {"message_id": message_id}).one()


_OTHER_WAITING = (
    select(_TABLE.id)
    .where(
        _TABLE.conversation_id == bindparam("conversation_id"),
        _TABLE.state == InboundState.WAITING,
        _TABLE.id != bindparam("message_id"),
    )
    .limit(1)
)


def has_other_waiting(session: Session, message: Message) -> bool:
    """Whether another message of the same conversation has no answer yet."""
    here = {"conversation_id": message.conversation_id, "message_id": message.id}
    return session.scalar(_OTHER_WAITING, here) is not None


def next_waiting(session: Session, conversation_id: int) -> Message | None:
    """Return the oldest message of the conversation that has no answer yet."""
    return session.scalar(_NEXT_WAITING, {"conversation_id": conversation_id})


def overdue_conversations(session: Session, older_than: timedelta, limit: int = 100) -> list[int]:
    """Return conversations in which a message waits although nobody is at it (after a crash)."""
    now = utc_now()
    return list(
        session.scalars(
            select(Conversation.id)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(
                Message.state == InboundState.WAITING,
                Message.created_at < now - older_than,
                (Conversation.lease_until.is_(None)) | (Conversation.lease_until < now),
            )
            .distinct()
            .limit(limit)
        )
    )


def record_reply(
    session: Session, conversation: Conversation, to: Message, reply: Reply, author: Author
) -> Message:
    """Store the answer to `to`. Each inbound message has one answer at most (the table sees to it).

    The caller holds the lock on `conversation` and has checked that its state lets `author` speak.
    """
    conversation.last_position += 1
    said = reply.as_json()
    message = Message(
        conversation_id=conversation.id,
        position=conversation.last_position,
        direction=Direction.OUT,
        author=author,
        kind="text",
        text=reply.text,
        choices=said["choices"] or None,
        reply_to_id=to.id,
    )
    store(session, message)
    to.state = InboundState.ANSWERED
    return message


def record_said(
    session: Session,
    conversation: Conversation,
    reply: Reply,
    author: Author,
    *,
    staff_id: int | None = None,
    kind: str = "text",
    details: dict[str, Any] | None = None,
) -> Message:
    """Store what staff, or the service itself, say without being the answer to one message.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: where it is said.
        reply: the words, and choices if any.
        author: who says it.
        staff_id: which member of staff.
        kind: ``text``, ``image``, ``file`` or ``notice``.
        details: what else belongs to it (an attachment's id), nothing personal.
    """
    conversation.last_position += 1
    message = Message(
        conversation_id=conversation.id,
        position=conversation.last_position,
        direction=Direction.OUT,
        author=author,
        kind=kind,
        text=reply.text,
        choices=reply.as_json()["choices"] or None,
        details=details,
        staff_id=staff_id,
    )
    session.add(message)
    session.flush()
    return message


_REPLY = select(Message).where(Message.reply_to_id == bindparam("message_id"))
_NEWEST = _HERE.order_by(Message.position.desc())
_BEHIND = _NEWEST.where(Message.position > bindparam("after"))
# Of these a few columns are enough: a row costs thrice as much.
_SAID = (
    select(_TABLE.position, _TABLE.text, _TABLE.choices, _TABLE.created_at)
    .where(
        _TABLE.conversation_id == bindparam("conversation_id"), _TABLE.direction == Direction.OUT
    )
    .order_by(_TABLE.position.desc())
    .limit(bindparam("limit"))
)
_SAID_IN_TALK = _SAID.where(_TABLE.kind != NOTICE)
_NOTICES = _SAID.where(_TABLE.kind == NOTICE, _TABLE.position > bindparam("after"))


@dataclass(frozen=True)
class Said:
    """Something that was said to a person, and where it stands in its conversation."""

    position: int
    reply: Reply
    at: datetime


def _said(session: Session, query: Select[Any], **wanted: int) -> list[Said]:
    return [
        Said(row.position, _reply_of(row.text, row.choices), row.created_at)
        for row in session.execute(query, wanted)
    ]


def reply_to(session: Session, message_id: int) -> Message | None:
    """Return the stored answer to an inbound message, if there is one."""
    return session.scalar(_REPLY, {"message_id": message_id})


def last_said(session: Session, conversation_id: int, count: int) -> list[Said]:
    """Return what was last said to the person, newest first, notices among it."""
    return _said(session, _SAID, conversation_id=conversation_id, limit=count)


def last_outbound(session: Session, conversation_id: int) -> Said | None:
    """Return what was last said to the person in the talk itself; notices are no part of it."""
    found = _said(session, _SAID_IN_TALK, conversation_id=conversation_id, limit=1)
    return found[0] if found else None


def last_notice(session: Session, conversation_id: int, after: int) -> Said | None:
    """Return the newest notice behind position `after`."""
    found = _said(session, _NOTICES, conversation_id=conversation_id, limit=1, after=after)
    return found[0] if found else None


def history(
    session: Session, conversation_id: int, after: int = 0, limit: int = 200
) -> list[Message]:
    """Return the newest `limit` messages behind position `after`, oldest first."""
    newest = session.scalars(
        _BEHIND.limit(limit), {"conversation_id": conversation_id, "after": after}
    )
    return list(newest)[::-1]


def keep_turn(session: Session, message_id: int, reply: Reply) -> None:
    """Remember what the assistant decided to say to a message, with the turn's effects."""
    session.execute(update(Message).where(Message.id == message_id).values(turn=reply.as_json()))


_TURN = select(_TABLE.turn).where(_TABLE.id == bindparam("message_id"))
_KIND = select(_TABLE.kind).where(_TABLE.id == bindparam("message_id"))


def kept_turn(session: Session, message_id: int) -> Reply | None:
    """Return what an earlier run of the same turn decided to say, if it got that far."""
    turn = session.scalar(_TURN, {"message_id": message_id})
    return None if turn is None else Reply.from_json(turn)


def was_spoken(session: Session, message_id: int) -> bool:
    """Whether a message came as speech; its text is what WeChat recognised."""
    return session.scalar(_KIND, {"message_id": message_id}) == VOICE


def said_since(session: Session, contact_id: int, message_id: int) -> dict[int, str]:
    """Return what a person wrote from this message on, private values as tokens.

    Returns:
        The texts by message, oldest first.
    """
    mine = select(Conversation.id).where(Conversation.contact_id == contact_id)
    said = session.execute(
        select(Message.id, Message.text)
        .where(
            Message.conversation_id.in_(mine),
            Message.direction == Direction.IN,
            Message.kind != "event",
            Message.id >= message_id,
        )
        .order_by(Message.id)
    )
    return {row.id: row.text for row in said}
