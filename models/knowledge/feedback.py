"""有用/没用: what people say of an answer. A 没用 is a gap, too: staff see what was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.document import Clause
from models.knowledge.gaps import file_gap


class AnswerFeedback(Base):
    """One word on an answer that quoted a clause. `message_id` is the message that said so."""

    __tablename__ = "answer_feedback"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    clause_id: Mapped[int] = mapped_column(
        ForeignKey("policy_clause.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), unique=True
    )
    useful: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass(frozen=True)
class ClauseFeedback:
    """How often a clause was of use as an answer, and how often not."""

    clause_id: int
    useful: int
    useless: int


def rate_answer(
    session: Session,
    clause_id: int,
    *,
    useful: bool,
    question: str = "",
    message_id: int | None = None,
) -> bool:
    """Keep what a person says of an answer; return False when there is no such clause.

    Args:
        session: the open unit of work.
        clause_id: the clause that was quoted.
        useful: what was said.
        question: what the person had asked, with tokens; filed as a gap when it was no use.
        message_id: the message that said so: a repeated turn counts once.
    """
    if session.get(Clause, clause_id) is None:
        return False
    if message_id is not None and session.scalar(
        select(AnswerFeedback.id).where(AnswerFeedback.message_id == message_id)
    ):
        return True
    session.add(AnswerFeedback(clause_id=clause_id, useful=useful, message_id=message_id))
    if not useful:
        file_gap(session, question, "not_useful", clause_id=clause_id, message_id=message_id)
    session.flush()
    return True


def feedback_by_clause(session: Session) -> list[ClauseFeedback]:
    """Return the counts of every clause that was rated, the least useful first."""
    rows = session.execute(_counted().group_by(AnswerFeedback.clause_id)).all()
    counted = [
        ClauseFeedback(clause, int(good), int(all_) - int(good)) for clause, good, all_ in rows
    ]
    return sorted(counted, key=lambda one: (-one.useless, one.clause_id))


def feedback_of(session: Session, clause_id: int) -> ClauseFeedback:
    """Return the counts of one clause."""
    query = _counted().where(AnswerFeedback.clause_id == clause_id)
    row = session.execute(query.group_by(AnswerFeedback.clause_id)).first()
    good, all_ = (int(row[1]), int(row[2])) if row else (0, 0)
    return ClauseFeedback(clause_id, good, all_ - good)


def _counted() -> Select[int, int, int]:
    useful: ColumnElement[int] = func.sum(case((AnswerFeedback.useful, 1), else_=0))
    return select(AnswerFeedback.clause_id, useful, func.count(AnswerFeedback.id))
