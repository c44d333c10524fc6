"""Supervision: how the service to people goes — waiting, reply times, ratings, the bot's share.

Figures of a period count the cases that began in it. Times are medians in seconds: one chat that
was left open over a weekend must not colour a month.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import utc_now
from models.handoff import Handoff, Outcome
from models.message import Author, Message
from models.staff import Staff
from models.working_days import CHINA


@dataclass(frozen=True)
class Figures:
    """How a set of cases went. Times are seconds; None where there is nothing to tell."""

    cases: int
    resolved: int
    first_response: float | None
    resolution: float | None
    rating: float | None
    ratings: int


@dataclass(frozen=True)
class Overview:
    """The supervisor's page.

    Attributes:
        waiting_now: cases nobody has.
        longest_wait: seconds the first of them has waited.
        in_service: cases somebody has.
        total: the period's cases.
        by_staff: the same by who has them.
        by_hour: cases that began in each hour of the day (China), 0 to 23.
        conversations: conversations in which somebody wrote in the period.
        bot_share: of those, the share that needed no person; None without any.
    """

    waiting_now: int
    longest_wait: float | None
    in_service: int
    total: Figures
    by_staff: list[tuple[Staff, Figures]]
    by_hour: list[tuple[int, Figures]]
    conversations: int
    bot_share: float | None


def overview(session: Session, since: datetime, until: datetime) -> Overview:
    """Put the figures of a period together, and how things stand now."""
    cases = session.scalars(
        select(Handoff).where(Handoff.created_at >= since, Handoff.created_at < until)
    ).all()
    by_staff: dict[Staff, list[Handoff]] = defaultdict(list)
    by_hour: dict[int, list[Handoff]] = defaultdict(list)
    for case in cases:
        by_hour[case.created_at.astimezone(CHINA).hour].append(case)
        if case.assignee is not None:
            by_staff[case.assignee].append(case)
    waiting, oldest = session.execute(
        select(func.count(Handoff.id), func.min(Handoff.created_at)).where(
            Handoff.ended_at.is_(None), Handoff.assignee_id.is_(None)
        )
    ).one()
    in_service = session.scalar(
        select(func.count(Handoff.id)).where(
            Handoff.ended_at.is_(None), Handoff.assignee_id.is_not(None)
        )
    )
    talked = _conversations(session, since, until)
    with_person = {case.conversation_id for case in cases}
    return Overview(
        waiting_now=waiting,
        longest_wait=(utc_now() - oldest).total_seconds() if oldest else None,
        in_service=in_service or 0,
        total=_figures(cases),
        by_staff=sorted(
            ((one, _figures(theirs)) for one, theirs in by_staff.items()),
            key=lambda row: (-row[1].cases, row[0].display_name),
        ),
        by_hour=[(hour, _figures(by_hour[hour])) for hour in range(24)],
        conversations=len(talked),
        bot_share=len(talked - with_person) / len(talked) if talked else None,
    )


def _conversations(session: Session, since: datetime, until: datetime) -> set[int]:
    return set(
        session.scalars(
            select(Message.conversation_id)
            .where(
                Message.author == Author.CONTACT,
                Message.kind != "event",
                Message.created_at >= since,
                Message.created_at < until,
            )
            .distinct()
        )
    )


def _figures(cases: Iterable[Handoff]) -> Figures:
    cases = list(cases)
    first = [
        (case.first_reply_at - case.created_at).total_seconds()
        for case in cases
        if case.first_reply_at
    ]
    resolved = [case for case in cases if case.outcome is Outcome.RESOLVED and case.ended_at]
    lasted = [
        (case.ended_at - case.created_at).total_seconds() for case in resolved if case.ended_at
    ]
    ratings = [case.rating for case in cases if case.rating is not None]
    return Figures(
        cases=len(cases),
        resolved=len(resolved),
        first_response=median(first) if first else None,
        resolution=median(lasted) if lasted else None,
        rating=mean(ratings) if ratings else None,
        ratings=len(ratings),
    )
