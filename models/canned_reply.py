"""Canned reply: a text staff send often, found by its shortcut, with places to fill in."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.staff import Staff

PLACEHOLDERS = {
    "坐席": "回复的工作人员的称呼",
    "编号": "对方最近一次申请的编号",
    "事项": "对方正在办的事",
    "上班时间": "下次上班是什么时候",
    "今天": "今天的日期",
}
_PLACE = re.compile(r"\{([^{}]*)\}")
_SHORTCUT = re.compile(r"\w{1,32}")
_LONGEST = 1000


class CannedReplyError(ValueError):
    """A canned reply cannot be kept or filled; the text is for people."""


class CannedReply(Base):
    """One text. `shortcut` is what is typed behind ``/``."""

    __tablename__ = "canned_reply"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shortcut: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


def save_canned(
    session: Session, staff: Staff, shortcut: str, title: str, text: str
) -> CannedReply:
    """Keep a canned reply; the one with the same shortcut is changed.

    Raises:
        CannedReplyError: a part is missing, or a placeholder is none we can fill.
    """
    shortcut, title, text = shortcut.strip().lstrip("/"), title.strip(), text.strip()
    if not _SHORTCUT.fullmatch(shortcut):
        raise CannedReplyError("快捷词用 1 到 32 个字或字母，中间不要空格。")
    if not title or not text:
        raise CannedReplyError("标题和内容都要写。")
    if len(text) > _LONGEST or len(title) > 100:
        raise CannedReplyError(f"标题最多 100 个字，内容最多 {_LONGEST} 个字。")
    unknown = [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        known = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise CannedReplyError(f"不认识 {{{unknown[0]}}}。可以用的有：{known}。")
    kept = session.scalar(select(CannedReply).where(CannedReply.shortcut == shortcut))
    if kept is None:
        kept = CannedReply(shortcut=shortcut)
        session.add(kept)
    kept.title, kept.text, kept.staff_id = title, text, staff.id
    session.flush()
    return kept


def find_canned(session: Session, start: str = "", limit: int = 20) -> list[CannedReply]:
    """Return canned replies whose shortcut begins so, or whose title holds the word."""
    start = start.strip().lstrip("/")
    return list(
        session.scalars(
            select(CannedReply)
            .where(
                or_(
                    CannedReply.shortcut.startswith(start, autoescape=True),
                    CannedReply.title.contains(start, autoescape=True),
                )
            )
            .order_by(func.length(CannedReply.shortcut), CannedReply.shortcut)
            .limit(limit)
        )
    )


def delete_canned(session: Session, canned_id: int) -> None:
    """Forget a canned reply."""
    session.execute(delete(CannedReply).where(CannedReply.id == canned_id))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in their places; a place without a value stays, so that it is seen."""
    return _PLACE.sub(lambda place: values.get(place[1]) or place[0], text)
