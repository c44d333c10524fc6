"""Quality: finished cases that a supervisor draws by lot and scores.

Nobody scores their own, and each case is scored once. The lot falls among cases that were ended by
staff, so that quick answers and hard ones have the same chance.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.database import Base, BigId, UtcDateTime, utc_now
from models.handoff import Handoff
from models.staff import Staff

RECENT = timedelta(days=30)
"""Samples are drawn from this time, and scores are told of it."""

_LONGEST = 1000
SCORES = range(1, 6)


class QualityError(ValueError):
    """A score cannot be kept; the text is for people."""


class QualityReview(Base):
    """One scored case: was it right, was it kind, was it done by the rules; 1 to 5 each."""

    __tablename__ = "quality_review"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"), unique=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    accuracy: Mapped[int]
    kindness: Mapped[int]
    rules: Mapped[int]
    remark: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    handoff: Mapped[Handoff] = relationship()
    reviewer: Mapped[Staff] = relationship()

    @property
    def score(self) -> float:
        """All three in one."""
        return mean((self.accuracy, self.kindness, self.rules))


@dataclass(frozen=True)
class Scored:
    """How somebody's cases were scored; the means of 1 to 5."""

    staff: Staff
    cases: int
    accuracy: float
    kindness: float
    rules: float


def draw(session: Session, reviewer: Staff, lot: random.Random | None = None) -> Handoff | None:
    """Draw a finished case nobody has scored yet; None when there is none left.

    Args:
        session: an open session.
        reviewer: who is going to score it; their own cases are not in the lot.
        lot: how chance falls; the machine's own when left out.
    """
    left = session.scalars(
        select(Handoff.id)
        .outerjoin(QualityReview, QualityReview.handoff_id == Handoff.id)
        .where(
            Handoff.ended_at > utc_now() - RECENT,
            Handoff.first_reply_at.is_not(None),
            Handoff.assignee_id.is_not(None),
            Handoff.assignee_id != reviewer.id,
            QualityReview.id.is_(None),
        )
    ).all()
    if not left:
        return None
    return session.get_one(Handoff, (lot or random.SystemRandom()).choice(left))


def score(
    session: Session,
    case: Handoff,
    reviewer: Staff,
    *,
    accuracy: int,
    kindness: int,
    rules: int,
    remark: str = "",
) -> QualityReview:
    """Keep a supervisor's scores of a case.

    Raises:
        QualityError: the case is open, one's own, or scored already, or a score is not 1 to 5.
    """
    if case.ended_at is None or case.assignee_id is None:
        raise QualityError("这个会话还没有结束，不能评。")
    if case.assignee_id == reviewer.id:
        raise QualityError("自己接待的会话要请别人来评。")
    if not {accuracy, kindness, rules} <= set(SCORES):
        raise QualityError("三项都要选 1 到 5 分。")
    if len(remark) > _LONGEST:
        raise QualityError(f"评语最多 {_LONGEST} 个字。")
    made = QualityReview(
        handoff_id=case.id,
        reviewer_id=reviewer.id,
        accuracy=accuracy,
        kindness=kindness,
        rules=rules,
        remark=remark.strip(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise QualityError("这个会话已经有人评过了。") from error
    return made


def review_of(session: Session, handoff_id: int) -> QualityReview | None:
    """Return how a case was scored."""
    return session.scalar(select(QualityReview).where(QualityReview.handoff_id == handoff_id))


def reviews(session: Session, limit: int = 100) -> list[QualityReview]:
    """Return the newest scores with their cases, newest first."""
    return list(
        session.scalars(
            select(QualityReview)
            .where(QualityReview.created_at > utc_now() - RECENT)
            .order_by(QualityReview.id.desc())
            .limit(limit)
            .options(
                joinedload(QualityReview.handoff).joinedload(Handoff.assignee),
                joinedload(QualityReview.handoff).joinedload(Handoff.conversation),
                joinedload(QualityReview.reviewer),
            )
        )
    )


def by_staff(session: Session) -> list[Scored]:
    """Return how each one's cases were scored lately, by the name people read."""
    theirs: dict[Staff, list[QualityReview]] = {}
    for one in reviews(session, limit=10_000):
        if one.handoff.assignee is not None:
            theirs.setdefault(one.handoff.assignee, []).append(one)
    return [
        Scored(
            staff,
            len(found),
            mean(one.accuracy for one in found),
            mean(one.kindness for one in found),
            mean(one.rules for one in found),
        )
        for staff, found in sorted(theirs.items(), key=lambda row: row[0].display_name)
    ]
