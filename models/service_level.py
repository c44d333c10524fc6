"""Service level: by when a case is due its first reply, its next one, and its end.

The clocks run in opening time only (`models.office_hours`); where somebody is in danger they run
always.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.change import ChangeKind, note_change
from models.conversation import Conversation
from models.database import utc_now
from models.handoff import Handoff, current
from models.office_calendar import in_force
from models.office_hours import Calendar


@dataclass(frozen=True)
class Clocks:
    """When a case is due; None where a clock has stopped or does not run."""

    first_reply_due: datetime | None
    next_reply_due: datetime | None
    resolution_due: datetime | None


def clocks_of(case: Handoff, calendar: Calendar) -> Clocks:
    """Return a case's clocks."""
    if case.ended_at is not None:
        return Clocks(None, None, None)
    is_unanswered = case.first_reply_at is None
    awaiting = None if is_unanswered else case.awaiting_since
    return Clocks(
        _due(
            case, calendar, case.created_at if is_unanswered else None, calendar.first_reply_within
        ),
        _due(case, calendar, awaiting, calendar.next_reply_within),
        _due(case, calendar, case.created_at, calendar.resolved_within),
    )


def _due(
    case: Handoff, calendar: Calendar, since: datetime | None, within: timedelta
) -> datetime | None:
    if since is None:
        return None
    if case.urgent:
        return since + within
    return calendar.office_for(case.region).after_open_time(since, within)


def overdue_conversations(session: Session, calendar: Calendar, limit: int = 50) -> list[int]:
    """Return conversations nobody has come to in time, whose person was not told of it yet.

    A ticket is due some time after its office has opened: there may be many that are not due yet.

    Returns:
        At most `limit` ids: the urgent first, then the oldest.
    """
    now = utc_now()
    calendar = in_force(session, calendar)
    candidates = session.scalars(
        select(Handoff)
        .where(
            Handoff.ended_at.is_(None),
            Handoff.assignee_id.is_(None),
            Handoff.reminded_at.is_(None),
            Handoff.created_at < now - calendar.patience,
        )
        .order_by(Handoff.urgent.desc(), Handoff.created_at)
    )
    overdue = (case.conversation_id for case in candidates if _is_overdue(case, calendar, now))
    return list(islice(overdue, limit))


def remind(session: Session, calendar: Calendar, conversation: Conversation) -> Handoff | None:
    """Mark a locked conversation's case as overdue and alert others; None if it is not any more."""
    case = current(session, conversation.id)
    now = utc_now()
    calendar = in_force(session, calendar)
    if case is None or case.reminded_at is not None or not _is_overdue(case, calendar, now):
        return None
    case.reminded_at = now
    note_change(session, conversation.id, ChangeKind.OVERDUE, what="nobody", handoff_id=case.id)
    return case


def _is_overdue(case: Handoff, calendar: Calendar, now: datetime) -> bool:
    due = _due(case, calendar, case.created_at, calendar.patience)
    return case.assignee_id is None and due is not None and due <= now
