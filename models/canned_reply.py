"""Canned reply: a text staff send often, found by its shortcut, with places to fill in.

Those to begin with are data (``canned_reply.yml``). They are kept only when an editor takes them
over, so that no text is sent in a bureau's name that nobody there has looked at.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import yaml
from sqlalchemy import ForeignKey, String, Text, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.document import Clause, DocumentStatus, PolicyDocument
from models.staff import Staff
from models.working_days import china_today

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
_TO_BEGIN_WITH = Path(__file__).with_suffix(".yml")


class CannedReplyError(ValueError):
    """A canned reply cannot be kept or filled; the text is for people."""


class CannedReply(Base):
    """One text. `shortcut` is what is typed behind ``/``.

    `clause_id` is the clause of the policy it rests on. No foreign key holds it: it may be gone.
    """

    __tablename__ = "canned_reply"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shortcut: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    clause_id: Mapped[int | None] = mapped_column(BigId)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


def save_canned(
    session: Session,
    staff: Staff,
    shortcut: str,
    title: str,
    text: str,
    *,
    clause_id: int | None = None,
    known: CannedReply | None = None,
) -> CannedReply:
    """Keep a canned reply; the one with the same shortcut is changed.

    Args:
        session: the open unit of work.
        staff: who writes it.
        shortcut: what is typed behind ``/``.
        title: what it is for.
        text: what is sent, with placeholders.
        clause_id: the clause of the policy it rests on, if it rests on one.
        known: the one that is changed, whose shortcut may become another.

    Raises:
        CannedReplyError: a part is missing, the shortcut is another's, the clause is unknown, or a
            placeholder is none we can fill.
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
        places = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise CannedReplyError(f"不认识 {{{unknown[0]}}}。可以用的有：{places}。")
    if clause_id is not None and session.get(Clause, clause_id) is None:
        raise CannedReplyError("没有这一条政策，请重新选。")
    same = session.scalar(select(CannedReply).where(CannedReply.shortcut == shortcut))
    if known is not None and same is not None and same is not known:
        raise CannedReplyError(f"快捷词「{shortcut}」已经用在「{same.title}」了，请换一个。")
    kept = known or same
    if kept is None:
        kept = CannedReply(shortcut=shortcut)
        session.add(kept)
    kept.shortcut, kept.title, kept.text = shortcut, title, text
    kept.clause_id, kept.staff_id = clause_id, staff.id
    session.flush()
    return kept


def begin_library(session: Session, staff: Staff) -> list[CannedReply]:
    """Keep the texts to begin with whose shortcut is free; return them.

    Args:
        session: the open unit of work.
        staff: who takes them over.
    """
    taken = set(session.scalars(select(CannedReply.shortcut)))
    return [
        save_canned(session, staff, **one)
        for one in yaml.safe_load(_TO_BEGIN_WITH.read_text(encoding="utf-8"))
        if one["shortcut"] not in taken
    ]


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


def out_of_date(session: Session, found: Iterable[CannedReply]) -> set[int]:
    """Return which of these rest on a clause that does not hold any more; their ids."""
    resting = {one.id: one.clause_id for one in found if one.clause_id is not None}
    holding = session.scalars(
        select(Clause.id)
        .join(Clause.document)
        .where(
            Clause.id.in_(resting.values()),
            PolicyDocument.status == DocumentStatus.IN_FORCE,
            or_(
                PolicyDocument.valid_until.is_(None),
                PolicyDocument.valid_until >= china_today(),
            ),
        )
    ).all()
    return {canned_id for canned_id, clause_id in resting.items() if clause_id not in holding}


def delete_canned(session: Session, canned_id: int) -> None:
    """Forget a canned reply."""
    session.execute(delete(CannedReply).where(CannedReply.id == canned_id))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in their places; a place without a value stays, so that it is seen."""
    return _PLACE.sub(lambda place: values.get(place[1]) or place[0], text)
