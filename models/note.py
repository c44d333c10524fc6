"""Note: what staff tell each other beside a conversation. The person never sees it."""

import re
from datetime import datetime

from sqlalchemy import ForeignKey, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, contains_eager, mapped_column, relationship

from models.change import ChangeKind, note_change
from models.database import Base, BigId, UtcDateTime, utc_now
from models.staff import Staff, staff_in_use

_LONGEST = 2000
_MENTION = re.compile(r"@(\S{1,64})")


class Note(Base):
    """One internal note, written at a point of the talk (`position` of the message before it)."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    staff: Mapped[Staff] = relationship()


class Mention(Base):
    """A colleague named in a note; `seen_at` once they have looked."""

    __tablename__ = "mention"

    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    note: Mapped[Note] = relationship()


def add_note(
    session: Session, conversation_id: int, staff: Staff, text: str, position: int = 0
) -> Note:
    """Keep a note; whoever it names with ``@name`` is told.

    Raises:
        ValueError: it is empty or too long; the text is for people.
    """
    text = text.strip()
    if not text:
        raise ValueError("备注还是空的。")
    if len(text) > _LONGEST:
        raise ValueError(f"备注最多 {_LONGEST} 个字。")
    note = Note(conversation_id=conversation_id, staff_id=staff.id, text=text, position=position)
    session.add(note)
    session.flush()
    mentioned = [one.id for one in _mentioned(session, text)]
    session.add_all(Mention(note_id=note.id, staff_id=staff_id) for staff_id in mentioned)
    note_change(
        session,
        conversation_id,
        ChangeKind.NOTE,
        staff_id=staff.id,
        note_id=note.id,
        mentions=mentioned,
    )
    return note


def notes_of(session: Session, conversation_ids: list[int]) -> list[Note]:
    """Return the notes of a person's conversations, oldest first."""
    return list(
        session.scalars(
            select(Note).where(Note.conversation_id.in_(conversation_ids)).order_by(Note.id)
        )
    )


def mentions_of(session: Session, staff_id: int, limit: int = 100) -> list[Mention]:
    """Return where somebody was named: what they have not looked at first, then the newest."""
    return list(
        session.scalars(
            select(Mention)
            .join(Mention.note)
            .where(Mention.staff_id == staff_id)
            .order_by(Mention.seen_at.is_not(None), Mention.note_id.desc())
            .limit(limit)
            .options(contains_eager(Mention.note).joinedload(Note.staff))
        )
    )


def unseen_mentions(session: Session, staff_id: int) -> int:
    """Return how many times somebody was named and has not looked yet."""
    unseen = select(func.count()).where(Mention.staff_id == staff_id, Mention.seen_at.is_(None))
    return session.scalar(unseen) or 0


def see_mentions(session: Session, staff_id: int, conversation_id: int) -> bool:
    """Remember that somebody has looked at a conversation's notes; whether any named them anew."""
    here = select(Note.id).where(Note.conversation_id == conversation_id)
    seen = session.scalars(
        update(Mention)
        .where(Mention.staff_id == staff_id, Mention.seen_at.is_(None), Mention.note_id.in_(here))
        .values(seen_at=utc_now())
        .returning(Mention.note_id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(seen)


def _mentioned(session: Session, text: str) -> list[Staff]:
    # A name may be followed by words without a space: 「@王芳看一下」; the longest name is meant.
    staff = staff_in_use(session)
    named: set[int] = set()
    for word in _MENTION.findall(text):
        meant = {
            one.id: max(
                (len(name) for name in (one.name, one.display_name) if word.startswith(name)),
                default=0,
            )
            for one in staff
        }
        longest = max(meant.values(), default=0)
        named |= {staff_id for staff_id, length in meant.items() if longest and length == longest}
    return [one for one in staff if one.id in named]
