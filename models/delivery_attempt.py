"""Delivery attempts: every call of WeChat's API that was made to bring a piece, and its outcome.

A row holds the name of the interface, a code and a duration: nothing of the person or the words.
Pieces that leave in one message share the calls of the first (`Delivery.sent_with_id`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, store

TAKEN = "0"
"""What WeChat answers when it took something (errcode)."""
_LONGEST = 60


@dataclass(frozen=True)
class Attempt:
    """One call.

    Attributes:
        at: when it began.
        api: the interface, as WeChat's documentation names its path: ``message/custom/send``.
        outcome: WeChat's errcode (`TAKEN`), ``HTTP 502``, or the kind of failure on the way.
        milliseconds: how long it took.
    """

    at: datetime
    api: str
    outcome: str
    milliseconds: int


class DeliveryAttempt(Base):
    """An `Attempt` beside the piece it was made for."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    api: Mapped[str] = mapped_column(String(_LONGEST))
    outcome: Mapped[str] = mapped_column(String(_LONGEST))
    milliseconds: Mapped[int]


def note_attempts(session: Session, delivery_id: int, attempts: Iterable[Attempt]) -> None:
    """Keep the calls that were made for a piece."""
    for one in attempts:
        row = DeliveryAttempt(
            delivery_id=delivery_id,
            at=one.at,
            api=one.api[:_LONGEST],
            outcome=one.outcome[:_LONGEST],
            milliseconds=one.milliseconds,
        )
        store(session, row)


def attempts_for(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[DeliveryAttempt]]:
    """Return the calls made for each of these pieces, oldest first."""
    found: dict[int, list[DeliveryAttempt]] = defaultdict(list)
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(delivery_ids))
    for one in session.scalars(query.order_by(DeliveryAttempt.id)):
        found[one.delivery_id].append(one)
    return found
