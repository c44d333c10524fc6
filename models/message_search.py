"""Message search: find conversations by words that were said in them, safe texts only.

A substring is what people look for in Chinese, where words have no spaces between them. Several
words, parted by spaces, must all be in one message.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.message import Message

_WORDS = 5


@dataclass(frozen=True)
class Found:
    """One message with the words, and a piece of it around the first of them."""

    message: Message
    excerpt: str


def search_messages(
    session: Session, words: str, *, conversations: list[int] | None = None, limit: int = 50
) -> list[Found]:
    """Return messages that hold all the words, newest first.

    Args:
        session: the open unit of work.
        words: what to look for; tokens stand where private values stood, so those are not found.
        conversations: look in these only.
        limit: how many at most.
    """
    wanted = words.split()[:_WORDS]
    if not wanted:
        return []
    query = select(Message).order_by(Message.id.desc()).limit(limit)
    for word in wanted:
        query = query.where(Message.text.icontains(word, autoescape=True))
    if conversations is not None:
        query = query.where(Message.conversation_id.in_(conversations))
    return [Found(message, _excerpt(message.text, wanted[0])) for message in session.scalars(query)]


def _excerpt(text: str, word: str, around: int = 30) -> str:
    at = max(0, text.lower().find(word.lower()))
    begin, end = max(0, at - around), at + len(word) + around
    shown = " ".join(text[begin:end].split())
    return f"{'…' if begin else ''}{shown}{'…' if end < len(text) else ''}"
