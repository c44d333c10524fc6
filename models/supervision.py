"""Supervision: how the service to people goes — waiting, reply times, ratings, the bot's share.

Figures of a period count the cases that began in it. Times are medians in seconds: one chat that
was left open over a weekend must not colour a month. A figure and the list behind it are counted
by the same words (`Counted`), so they cannot differ.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import mean, median

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.conversation import Conversation
from models.database import utc_now
from models.handoff import Handoff, Outcome
from models.message import Author, Message
from models.queues import in_service, waiting
from models.staff import Staff
from models.working_days import CHINA


class Counted(StrEnum):
    """What a figure counts."""

    WAITING = "waiting"  # nobody has them now
    IN_SERVICE = "in_service"  # somebody has them now
    ALL = "all"
    REPLIED = "replied"
    RESOLVED = "resolved"
    RATED = "rated"


_COUNTS: dict[Counted, Callable[[Handoff], bool]] = {
    Counted.ALL: lambda case: True,
    Counted.REPLIED: lambda case: case.first_reply_at is not None,
    Counted.RESOLVED: lambda case: case.outcome is Outcome.RESOLVED and case.ended_at is not None,
    Counted.RATED: lambda case: case.rating is not None,
}


@dataclass(frozen=True)
class Figures:
    """How a set of cases went. Times are seconds; None where there is nothing to tell."""

    cases: int
    replied: int
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
        by_bot: of those, how many needed no person.
        bot_share: the share of those; None without any.
    """

    waiting_now: int
    longest_wait: float | None
    in_service: int
    total: Figures
    by_staff: list[tuple[Staff, Figures]]
    by_hour: list[tuple[int, Figures]]
    conversations: int
    by_bot: int
    bot_share: float | None


def overview(session: Session, since: datetime, until: datetime) -> Overview:
    """Put the figures of a period together, and how things stand now."""
    found = cases(session, since, until)
    by_staff: dict[Staff, list[Handoff]] = defaultdict(list)
    by_hour: dict[int, list[Handoff]] = defaultdict(list)
    for case in found:
        by_hour[_hour(case)].append(case)
        if case.assignee is not None:
            by_staff[case.assignee].append(case)
    unclaimed = cases(session, since, until, Counted.WAITING)
    oldest = min((case.created_at for case in unclaimed), default=None)
    talked, by_bot = len(_talked(session, since, until)), len(by_bot_alone(session, since, until))
    return Overview(
        waiting_now=len(unclaimed),
        longest_wait=(utc_now() - oldest).total_seconds() if oldest else None,
        in_service=len(cases(session, since, until, Counted.IN_SERVICE)),
        total=figures_of(found),
        by_staff=sorted(
            ((one, figures_of(theirs)) for one, theirs in by_staff.items()),
            key=lambda row: (-row[1].cases, row[0].display_name),
        ),
        by_hour=[(hour, figures_of(by_hour[hour])) for hour in range(24)],
        conversations=talked,
        by_bot=by_bot,
        bot_share=by_bot / talked if talked else None,
    )


def cases(
    session: Session,
    since: datetime,
    until: datetime,
    counted: Counted = Counted.ALL,
    *,
    staff_id: int | None = None,
    hour: int | None = None,
) -> list[Handoff]:
    """Return the cases that a figure counts, the newest first.

    Args:
        session: an open session.
        since: when the period begins; a case that is open now counts whenever it began.
        until: when the period ends.
        counted: which figure.
        staff_id: only those of one member of staff.
        hour: only those that began in this hour of the day (China).
    """
    if counted is Counted.WAITING:
        return waiting(session, limit=_MOST)
    if counted is Counted.IN_SERVICE:
        return in_service(session, limit=_MOST)
    query = (
        select(Handoff)
        .where(Handoff.created_at >= since, Handoff.created_at < until)
        .order_by(Handoff.id.desc())
        .options(
            joinedload(Handoff.assignee),
            joinedload(Handoff.conversation).joinedload(Conversation.contact),
        )
    )
    if staff_id is not None:
        query = query.where(Handoff.assignee_id == staff_id)
    return [
        case
        for case in session.scalars(query)
        if _COUNTS[counted](case) and (hour is None or _hour(case) == hour)
    ]


def by_bot_alone(session: Session, since: datetime, until: datetime) -> list[int]:
    """Return the conversations of a period in which the assistant needed no person."""
    begun = select(Handoff.conversation_id).where(
        Handoff.created_at >= since, Handoff.created_at < until
    )
    with_person = set(session.scalars(begun))
    return sorted(_talked(session, since, until) - with_person, reverse=True)


def figures_of(found: Iterable[Handoff]) -> Figures:
    """Return how a set of cases went."""
    found = list(found)
    first = [
        (case.first_reply_at - case.created_at).total_seconds()
        for case in found
        if case.first_reply_at
    ]
    resolved = [case for case in found if _COUNTS[Counted.RESOLVED](case)]
    lasted = [
        (case.ended_at - case.created_at).total_seconds() for case in resolved if case.ended_at
    ]
    ratings = [case.rating for case in found if case.rating is not None]
    return Figures(
        cases=len(found),
        replied=len(first),
        resolved=len(resolved),
        first_response=median(first) if first else None,
        resolution=median(lasted) if lasted else None,
        rating=mean(ratings) if ratings else None,
        ratings=len(ratings),
    )


_MOST = 10_000


def _hour(case: Handoff) -> int:
    return case.created_at.astimezone(CHINA).hour


def _talked(session: Session, since: datetime, until: datetime) -> set[int]:
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
