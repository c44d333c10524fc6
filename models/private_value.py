"""Private values and the short tokens that stand for them.

Before the assistant sees a message, names, mobile numbers and the like are swapped for tokens
such as ``〔手机号#12〕``: Rasa's tracker, logs and error reports hold the token only. The value
lies encrypted here (DESIGN section 9); the action server opens a token where a form needs it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import passing_value
from models.database import Base, BigId, UtcDateTime, utc_now
from models.sealed import SealedText, lookup_hash

KINDS = ("手机号", "身份证号", "银行卡号", "姓名", "地址", "原话", *passing_value.KINDS)
TOKEN = re.compile(rf"〔(?P<kind>{'|'.join(KINDS)})#(?P<id>\d{{1,18}})〕")


class PrivateValue(Base):
    """One value a person gave, found again by keyed hash so that it is kept once."""

    __tablename__ = "private_value"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(SealedText)
    value_hash: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass(frozen=True)
class Span:
    """A private value found in a text: characters `start` to `end`, and its clean value."""

    start: int
    end: int
    kind: str
    value: str


def swap(session: Session, contact_id: int, text: str, spans: list[Span]) -> str:
    """Return `text` with each span replaced by a token; the values are stored.

    Args:
        session: the open unit of work.
        contact_id: the person who wrote the text.
        text: the message as it came.
        spans: what was found in it; they do not overlap.
    """
    parts: list[str] = []
    done = 0
    for span in sorted(spans, key=lambda found: found.start):
        token = keep_value(session, contact_id, span.kind, span.value)
        parts += [text[done : span.start], token]
        done = span.end
    return "".join([*parts, text[done:]])


def keep_value(session: Session, contact_id: int, kind: str, value: str) -> str:
    """Store a value of this person, if it is not yet, and return its token."""
    if kind in passing_value.KINDS:
        return passing_value.keep_passing(session, contact_id, kind, value)
    value_hash = lookup_hash(f"{contact_id}:{kind}:{value}")
    known = session.scalar(select(PrivateValue.id).where(PrivateValue.value_hash == value_hash))
    if known is None:
        kept = PrivateValue(contact_id=contact_id, kind=kind, value=value, value_hash=value_hash)
        session.add(kept)
        session.flush()
        known = kept.id
    return f"〔{kind}#{known}〕"


def open_all(session: Session, contact_id: int, text: str) -> str:
    """Return `text` as its owner may read it: their own tokens opened.

    For the very moment of delivery to this person: what is stored, logged or shown to staff
    keeps the tokens. A token that opens nothing (any more) is left as the kind of value it was.
    """
    return TOKEN.sub(
        lambda match: open_token(session, contact_id, match[0]) or f"（{match['kind']}）", text
    )


def open_within(session: Session, contact_id: int, content: Any) -> Any:
    """Return JSON content with the tokens in its texts opened for their owner (`open_all`)."""
    if isinstance(content, str):
        return open_all(session, contact_id, content)
    if isinstance(content, dict):
        return {name: open_within(session, contact_id, part) for name, part in content.items()}
    if isinstance(content, list):
        return [open_within(session, contact_id, part) for part in content]
    return content


def open_token(session: Session, contact_id: int, token: str) -> str | None:
    """Return the value behind `token`, or None when it is not a token of this person."""
    match = TOKEN.fullmatch(token)
    if match is None:
        return None
    if match["kind"] in passing_value.KINDS:
        return passing_value.open_passing(session, contact_id, match["kind"], int(match["id"]))
    return session.scalar(
        select(PrivateValue.value).where(
            PrivateValue.id == int(match["id"]),
            PrivateValue.contact_id == contact_id,
            PrivateValue.kind == match["kind"],
        )
    )


def has_values(session: Session, contact_id: int) -> bool:
    """Whether any private value of this person is kept."""
    mine = select(PrivateValue.id).where(PrivateValue.contact_id == contact_id).limit(1)
    return session.scalar(mine) is not None
