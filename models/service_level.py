"""Service level: by when a case is due its first reply, its next one, and its end.

The clocks run in opening time only (`models.office_hours`); where somebody is in danger they run
always.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.change import ChangeKind, note_change
from models.database import utc_now
from models.handoff import Handoff
from models.office_hours import Calendar


@dataclass(frozen=True)
class Clocks:
    """When a case is due; None where a clock has stopped or does not run."""

    first_reply_due: datetime | None
    next_reply_due: datetime | None
    resolution_due: datetime | None

    def earliest(self) -> datetime | None:
        """Return what is due first."""
        running = (self.first_reply_due, self.next_reply_due, self.resolution_due)
        return min((due for due in running if due is not None), default=None)


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


def run_out_of_patience(session: Session, calendar: Calendar, limit: int = 50) -> list[Handoff]:
    """Return cases nobody has taken in time, once each, and alert others to them.

    A ticket is due after its office has opened.
    """
    now = utc_now()
    candidates = session.scalars(
        select(Handoff)
        .where(
            Handoff.ended_at.is_(None),
            Handoff.assignee_id.is_(None),
            Handoff.reminded_at.is_(None),
            Handoff.created_at < now - calendar.patience,
        )
        .order_by(Handoff.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = []
    for case in candidates:
        due = _due(case, calendar, case.created_at, calendar.patience)
        if due is None or due > now:
            continue
        case.reminded_at = now
        note_change(
            session, case.conversation_id, ChangeKind.OVERDUE, what="nobody", handoff_id=case.id
        )
        found.append(case)
    return found
