"""Idempotency: a write that a client sends again, because the network swallowed the answer.

The client draws a key for each write and sends the same one with every try. The answer is kept in
the transaction of its effect, so the same key means one effect and the same answer, also when two
tries come at once or the power fails in between.
Source: the IETF draft "The Idempotency-Key HTTP Header Field".
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.sealed import SealedJson, lookup_hash

KEPT_FOR = timedelta(days=2)
"""How long a client may try the same write again."""


class IdempotentCall(Base):
    """One write of a client, with its answer."""

    __tablename__ = "idempotent_call"
    __table_args__ = (UniqueConstraint("contact_id", "key_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    key_hash: Mapped[str] = mapped_column(String(64))
    call_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column()
    answer: Mapped[Any] = mapped_column(SealedJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class OtherCallError(ValueError):
    """The key was used before, for another call."""


def recall(session: Session, contact_id: int, key: str, call: str) -> tuple[Any, int] | None:
    """Return the answer and status of a call made before with this key; None for a new one.

    Args:
        session: an open unit of work.
        contact_id: who calls.
        key: the client's key.
        call: what is called, with everything in it.

    Raises:
        OtherCallError: the key belongs to another call.
    """
    known = session.scalar(
        select(IdempotentCall).where(
            IdempotentCall.contact_id == contact_id, IdempotentCall.key_hash == lookup_hash(key)
        )
    )
    if known is None:
        return None
    if known.call_hash != lookup_hash(call):
        raise OtherCallError
    return known.answer, known.status


def keep(session: Session, contact_id: int, key: str, call: str, answer: Any, status: int) -> None:
    """Keep the answer of a call beside its effect.

    Raises:
        sqlalchemy.exc.IntegrityError: the same key is being used at this moment; the unit of work
            has to be given up, and `recall` tells the other one's answer.
    """
    session.add(
        IdempotentCall(
            contact_id=contact_id,
            key_hash=lookup_hash(key),
            call_hash=lookup_hash(call),
            status=status,
            answer=answer,
        )
    )
    session.flush()


def forget_old(session: Session) -> None:
    """Drop the answers that no client will ask for again."""
    session.execute(delete(IdempotentCall).where(IdempotentCall.created_at < utc_now() - KEPT_FOR))
