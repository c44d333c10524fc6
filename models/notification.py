"""Notification: what a person is told without having just asked: a decision, a reminder, a seat.

It is noted in the transaction of what it tells of, so neither is there without the other, and
noting it locks nothing: a thousand people can be told at once. A moment later the desk says it in
each one's conversation (`webhook.desk`), whoever has the word there. It is a notice of the service
(`Author.SYSTEM`), no part of the talk: choices it offers are named by their words, for a number
answers the question that was open before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.contact import person_of
from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, utc_now
from models.intake.recognise import private_spans
from models.message import NOTICE, Author, Message, record_said
from models.private_value import swap
from models.reply import Reply


class Notification(Base):
    """One notice to one person.

    Attributes:
        key: what it is about, such as ``request:17:granted``; each key is told once, ever.
        words: what is to be said, with private values as tokens; None once it was said.
        link: the page of ours it is about, such as ``/m/requests/DK261125-00001``; for channels
            whose notices carry a link instead of words.
        message_id: the message it became.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "ix_notification_unsaid",
            "id",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    words: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    link: Mapped[str | None] = mapped_column(String(200))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def notify(
    session: Session,
    contact_id: int,
    text: str,
    *,
    key: str,
    reply: Reply | None = None,
    link: str | None = None,
) -> bool:
    """Tell a person something they did not just ask for; once for each key, also under a race.

    Args:
        session: the open unit of work of what it tells of.
        contact_id: who is told.
        text: the words; short, with what to do next. Private values in it are kept encrypted.
        key: what it is about; at most 128 characters, nothing personal.
        reply: the words together with choices, instead of `text`.
        link: the page of ours it is about.

    Returns:
        Whether it is new; False when this key was told before.
    """
    known = select(Notification.id).where(Notification.key == key)
    if session.scalar(known) is not None:
        return False
    words = reply or Reply(text)
    safe = swap(session, contact_id, words.text, private_spans(session, contact_id, words.text))
    told = Reply(safe, words.choices).as_json()
    try:
        with session.begin_nested():
            session.add(Notification(key=key, contact_id=contact_id, words=told, link=link))
    except IntegrityError:  # somebody else told it in this moment
        if session.scalar(known) is None:
            raise
        return False
    return True


def unsaid(session: Session, behind: int = 0, limit: int = 100) -> list[tuple[int, int]]:
    """Return the notices that wait to be said, oldest first: their ids with whom they are for.

    Args:
        session: an open session.
        behind: those behind this one.
        limit: how many at most.
    """
    waiting = (
        select(Notification.id, Notification.contact_id)
        .where(Notification.message_id.is_(None), Notification.id > behind)
        .order_by(Notification.id)
        .limit(limit)
    )
    return [(row.id, row.contact_id) for row in session.execute(waiting)]


def say(session: Session, conversation: Conversation, notification_id: int) -> Message | None:
    """Make a notice a message of its person's conversation.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        conversation: its person's.
        notification_id: which.

    Returns:
        The message; None when another process has said it, or it was erased meanwhile.
    """
    notice = session.scalar(
        select(Notification)
        .where(Notification.id == notification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if notice is None or notice.words is None:
        return None
    words = Reply.from_json(notice.words)
    details = {"notification": notice.id} | ({"link": notice.link} if notice.link else {})
    message = record_said(session, conversation, words, Author.SYSTEM, kind=NOTICE, details=details)
    notice.message_id, notice.words = message.id, None
    return message


def notices_of(session: Session, contact_id: int, limit: int = 20) -> list[Message]:
    """Return the newest notices that were said to a person, newest first."""
    return list(
        session.scalars(
            select(Message)
            .join(Notification, Notification.message_id == Message.id)
            .where(Notification.contact_id.in_(person_of(contact_id)))
            .order_by(Message.id.desc())
            .limit(limit)
        )
    )
