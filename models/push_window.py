"""Push window: how many messages WeChat still lets staff send a person, and until when.

An account may send 5 messages for each one of a person's, within 48 hours of it; and 3 within a
minute of a tap on the menu, a scan, or following (客服消息, 下发条数,
developers.weixin.qq.com/doc/offiaccount). The last of these counts; they do not add up. What does
not fit is held and goes out, in its order, when the person next writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Way
from models.message import Author, Message

WINDOW = timedelta(hours=48)
QUOTA = 5
TOUCH_WINDOW = timedelta(minutes=1)
TOUCH_QUOTA = 3
BOT_QUOTA = 2
"""What the assistant spends of it at most; the others are left to staff (DESIGN section 4.5)."""
CLOSED = "对方超过 48 小时没有说话，微信不让再发；对方下次说话时自动发出。"
SPENT = "微信规定：对方说一句，最多回 5 条。这条先留着，对方下次说话时自动发出。"
FOR_STAFF = "微信的条数要留给工作人员；这条通知等对方下次说话时自动发出。"
_BY_PEOPLE = (Author.STAFF, Author.SYSTEM)


@dataclass(frozen=True)
class Opening:
    """What opened the window: since when messages are counted, how many, and until when."""

    since: datetime
    quota: int
    closes_at: datetime


def opening(conversation: Conversation) -> Opening | None:
    """Return what holds WeChat's window open now; None when it is closed."""
    now = utc_now()
    word, touch = conversation.last_inbound_at, conversation.last_touch_at
    if touch is not None and touch + TOUCH_WINDOW > now and (word is None or touch > word):
        return Opening(touch, TOUCH_QUOTA, touch + TOUCH_WINDOW)
    if word is not None and word + WINDOW > now:
        return Opening(word, QUOTA, word + WINDOW)
    return None


@dataclass(frozen=True)
class PushWindow:
    """What may still be sent. `remaining` is None where nothing limits it (our own pages).

    `for_staff` is how many of them the assistant and notices leave to staff.
    """

    remaining: int | None
    closes_at: datetime | None
    for_staff: int = QUOTA - BOT_QUOTA

    @property
    def held_because(self) -> str | None:
        """Why one more message would be held; None when it may go."""
        if self.remaining is None or self.remaining > 0:
            return None
        is_closed = self.closes_at is None or self.closes_at <= utc_now()
        return CLOSED if is_closed else SPENT

    def text(self, now: datetime | None = None) -> str:
        """Return the console's line: 「还可发 3 条 · 剩 47:59」; empty where nothing limits."""
        if self.remaining is None:
            return ""
        left = (self.closes_at - (now or utc_now())) if self.closes_at else timedelta()
        minutes = max(0, int(left.total_seconds()) // 60)
        return f"还可发 {self.remaining} 条 · 剩 {minutes // 60:02d}:{minutes % 60:02d}"


def window_of(session: Session, conversation: Conversation, *, pushes: bool) -> PushWindow:
    """Return what may still be sent to a person.

    Args:
        session: the open unit of work.
        conversation: whose.
        pushes: whether their channel is one we push to (WeChat).
    """
    if not pushes:
        return PushWindow(None, None)
    opened = opening(conversation)
    if opened is None:
        word = conversation.last_inbound_at
        return PushWindow(0, word + WINDOW if word else None)
    left = or_(
        Delivery.state == DeliveryState.SENDING,
        (Delivery.way == Way.CUSTOMER_SERVICE)
        & Delivery.state.in_([DeliveryState.SENT, DeliveryState.UNKNOWN])
        & (func.coalesce(Delivery.sent_at, Delivery.claimed_at) >= opened.since),
    )
    here = Delivery.conversation_id == conversation.id
    used = session.scalar(
        select(func.count(Delivery.id)).where(here, Delivery.sent_with_id.is_(None), left)
    )
    # What is due together leaves as one message.
    waiting = session.scalar(
        select(func.count(Delivery.due_at.distinct())).where(
            here, Delivery.state == DeliveryState.PENDING
        )
    )
    remaining = max(0, opened.quota - (used or 0) - (waiting or 0))
    return PushWindow(remaining, opened.closes_at, max(0, opened.quota - BOT_QUOTA))


# Asked at every message, and hardly ever is there any: so it is built once, and nothing written.
_HELD_FOR_PEOPLE = (
    select(Delivery.id)
    .join(Message, Message.id == Delivery.message_id)
    .where(
        Delivery.conversation_id == bindparam("conversation_id"),
        Delivery.state == DeliveryState.HELD,
        Message.author.in_(_BY_PEOPLE),
    )
)


def release_held(session: Session, conversation_id: int) -> bool:
    """Let go what staff had to hold, in its order: the person has written. Whether there was any.

    What the assistant holds stays: the person asks for it with 「继续」.
    """
    held = session.scalars(_HELD_FOR_PEOPLE, {"conversation_id": conversation_id}).all()
    if held:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(held), Delivery.state == DeliveryState.HELD)
            .values(state=DeliveryState.PENDING, due_at=utc_now(), attempts=0, error=None)
            .execution_options(synchronize_session=False)
        )
    return bool(held)


def held_already(session: Session, conversation_id: int) -> str | None:
    """Return why earlier words of staff are held; what comes behind them must not overtake."""
    return session.scalar(
        select(Delivery.error)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.state == DeliveryState.HELD,
            Message.author.in_(_BY_PEOPLE),
        )
        .order_by(Delivery.id)
        .limit(1)
    )
