"""Passing values: what a person is shown once and nobody is to read later.

The query code of an anonymous complaint, and the link to one's own data, are keys: whoever reads
them holds what they open. A message carries a token in their place, such as ``〔查询码#…〕``; the
value lies here, encrypted, until it was delivered, and for an hour at most. Then the token opens
nothing. The row does not say whose it is: the owner's id is part of a keyed hash.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, UtcDateTime, utc_now
from models.sealed import SealedText, lookup_hash

CODE_KIND = "查询码"
KINDS = (CODE_KIND, "回执", "链接")
TOKEN = re.compile(rf"〔(?:{'|'.join(KINDS)})#\d{{1,18}}〕")
LASTS = timedelta(hours=1)
"""How long a page shows it again, and a message that came late can still be delivered."""

_SMALLEST, _RANGE = 10**16, 9 * 10**17


class PassingValue(Base):
    """One value. Its number is drawn, so that nobody guesses the token of another."""

    __tablename__ = "passing_value"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    owner_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


def keep_passing(session: Session, contact_id: int, kind: str, value: str) -> str:
    """Keep a value for its delivery and return its token."""
    drawn = _SMALLEST + secrets.randbelow(_RANGE)
    session.add(
        PassingValue(id=drawn, owner_hash=_owner(contact_id, drawn), kind=kind, value=value)
    )
    session.flush()
    return f"〔{kind}#{drawn}〕"


def open_passing(session: Session, contact_id: int, kind: str, number: int) -> str | None:
    """Return the value behind a token; None when it is gone, or another person's."""
    return session.scalar(
        select(PassingValue.value).where(
            PassingValue.id == number,
            PassingValue.kind == kind,
            PassingValue.owner_hash == _owner(contact_id, number),
            PassingValue.created_at > utc_now() - LASTS,
        )
    )


def forget_passed(session: Session) -> int:
    """Delete what has had its time; returns how many there were."""
    gone = delete(PassingValue).where(PassingValue.created_at <= utc_now() - LASTS)
    return len(session.scalars(gone.returning(PassingValue.id)).all())


def _owner(contact_id: int, number: int) -> str:
    return lookup_hash(f"passing:{contact_id}:{number}")
