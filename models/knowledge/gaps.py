"""Gaps: questions the documents did not answer, kept so that staff can close them.

Only what is safe to read is kept: private values are tokens before a question comes here. Like
questions are shown together, the most asked first, and one answer closes them all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.embedder import Embedder
from models.knowledge.normalisation import normalise
from models.knowledge.topics import SAME_TOPIC, topics
from models.knowledge.words import pairs, words

_LENGTH = 200
_ALIKE = 0.5
_LOOKED_AT = 2_000
_WORDINGS = 10


class Gap(Base):
    """One question that was not answered: nothing was found, or `detail` was not stated.

    `clause_id` is the nearest clause that was shown; `answered_by_id` the clause that answers it
    now; `message_id` the message it was asked in, so that a repeated turn files it once.
    """

    __tablename__ = "knowledge_gap"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asked: Mapped[str] = mapped_column(String(_LENGTH))
    outcome: Mapped[str] = mapped_column(String(24), index=True)
    detail: Mapped[str | None] = mapped_column(String(50))
    clause_id: Mapped[int | None] = mapped_column(
        ForeignKey("policy_clause.id", ondelete="SET NULL")
    )
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), unique=True
    )
    answered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("policy_clause.id", ondelete="SET NULL")
    )
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


@dataclass(frozen=True)
class GapCluster:
    """Open questions that are alike: the most typical one, and all of them, newest first."""

    typical: str
    gaps: tuple[Gap, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.gaps)


def file_gap(
    session: Session,
    question: str,
    outcome: str,
    *,
    detail: str | None = None,
    clause_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Keep a question that was not answered; a message's question is kept once.

    Args:
        session: the open unit of work.
        question: as stored, with tokens for private values.
        outcome: ``not_found``, ``not_stated`` or ``not_useful``.
        detail: what the text does not state.
        clause_id: the nearest clause.
        message_id: the message it was asked in.
    """
    asked = normalise(question)[:_LENGTH]
    if not asked:
        return
    if message_id is not None and session.scalar(
        select(Gap.id).where(Gap.message_id == message_id)
    ):
        return
    session.add(
        Gap(
            asked=asked,
            outcome=outcome,
            detail=detail,
            clause_id=clause_id,
            message_id=message_id,
        )
    )
    session.flush()


def open_gaps(
    session: Session, outcome: str | None = None, embedder: Embedder | None = None
) -> list[GapCluster]:
    """Return the open questions, like ones together, the most asked first.

    Args:
        session: an open session.
        outcome: only those that came out so.
        embedder: tells likeness of topic; without it words alone do.
    """
    query = select(Gap).where(Gap.closed_at.is_(None)).order_by(Gap.id.desc()).limit(_LOOKED_AT)
    if outcome is not None:
        query = query.where(Gap.outcome == outcome)
    return cluster(session.scalars(query).all(), embedder)


@dataclass(frozen=True)
class _Asked:
    """What of a question tells whether another is like it."""

    terms: Counter[str]
    topic: np.ndarray | None
    missing: tuple[int, str] | None

    @classmethod
    def of(cls, gap: Gap, topics: Mapping[str, np.ndarray]) -> "_Asked":
        missing = (gap.clause_id, gap.detail) if gap.clause_id and gap.detail else None
        return cls(_terms(gap.asked), topics.get(gap.asked), missing)

    def is_like(self, other: "_Asked") -> bool:
        """Check whether both lack the same detail of one clause, share words, or a topic."""
        if self.missing is not None and self.missing == other.missing:
            return True
        if _likeness(self.terms, other.terms) >= _ALIKE:
            return True
        if self.topic is None or other.topic is None:
            return False
        return float(self.topic @ other.topic) >= SAME_TOPIC


def cluster(gaps: Sequence[Gap], embedder: Embedder | None = None) -> list[GapCluster]:
    """Put like questions together: each joins the first group whose first question is like it.

    Args:
        gaps: the questions, the most important first.
        embedder: tells likeness of topic; without it words alone do.
    """
    near = topics(embedder, [gap.asked for gap in gaps]) if embedder is not None else {}
    groups: list[tuple[_Asked, list[Gap]]] = []
    for gap in gaps:
        asked = _Asked.of(gap, near)
        for first, members in groups:
            if first.is_like(asked):
                members.append(gap)
                break
        else:
            groups.append((asked, [gap]))
    clusters = [GapCluster(_most_asked(members), tuple(members)) for _, members in groups]
    return sorted(clusters, key=lambda one: -one.count)


def questions_of(session: Session, gap_ids: Sequence[int]) -> list[str]:
    """Return how these questions were asked, each wording once, the most frequent first."""
    asked = session.scalars(select(Gap.asked).where(Gap.id.in_(gap_ids)).order_by(Gap.id))
    return [wording for wording, _ in Counter(asked).most_common(_WORDINGS)]


def asked_so(session: Session, gap_ids: Sequence[int], wordings: Sequence[str]) -> list[int]:
    """Return those of the questions that were asked in one of these wordings."""
    found = select(Gap.id).where(Gap.id.in_(gap_ids), Gap.asked.in_(wordings)).order_by(Gap.id)
    return list(session.scalars(found))


def close_gaps(session: Session, gap_ids: Sequence[int], answered_by_id: int | None = None) -> None:
    """Close questions: answered by a clause, or set aside as needing no answer (None)."""
    session.execute(
        update(Gap)
        .where(Gap.id.in_(gap_ids))
        .values(closed_at=utc_now(), answered_by_id=answered_by_id)
        .execution_options(synchronize_session=False)
    )


def _most_asked(members: Sequence[Gap]) -> str:
    return Counter(gap.asked for gap in members).most_common(1)[0][0]


def _terms(text: str) -> Counter[str]:
    return Counter(words(text)) + Counter(pairs(text)) or Counter([text])


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return Dice's coefficient of two bags of terms, 0..1."""
    return 2 * (one & other).total() / (one.total() + other.total())
