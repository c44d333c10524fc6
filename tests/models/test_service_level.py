"""The clocks of service: which cases are due, and which of them first."""

from datetime import timedelta

from models import handoff
from models.database import Database, utc_now
from models.handoff import Handoff, HandoffReason
from models.office_hours import Calendar, load_calendar
from models.service_level import overdue_conversations
from models.working_days import china_today
from tests.models.staffing import talk

_CLOSED_TODAY = "大连市"


def calendar() -> Calendar:
    """One office opens again in three days, the other is always there."""
    told = load_calendar().model_dump()
    minutes = {k: v.total_seconds() / 60 for k, v in told.items() if isinstance(v, timedelta)}
    in_three_days = (china_today() + timedelta(days=3)).isoweekday()
    offices = [
        {"name": "人工服务", "days": {day: ["00:00-23:59"] for day in range(1, 8)}},
        {"name": "大连", "region": _CLOSED_TODAY, "days": {in_three_days: ["09:00-17:00"]}},
    ]
    return Calendar.model_validate(minutes | {"offices": offices})


def waits(
    database: Database, person: str, hours: int, *, urgent: bool = False, region: str | None = None
) -> int:
    """Somebody who has waited for so many hours; returns the conversation."""
    with database.unit_of_work() as session:
        reason = HandoffReason.DISTRESS if urgent else HandoffReason.ASKED
        case: Handoff = handoff.request(session, talk(session, person), reason)
        case.created_at, case.region = utc_now() - timedelta(hours=hours), region
        return case.conversation_id


def test_what_is_not_due_yet_hides_nothing_that_is(database: Database) -> None:
    for number in range(3):
        waits(database, f"ticket-{number}", 50, region=_CLOSED_TODAY)
    due = waits(database, "due", 49, urgent=True)
    with database.reading() as session:
        assert overdue_conversations(session, calendar(), limit=2) == [due]


def test_danger_is_told_first(database: Database) -> None:
    waits(database, "longer", 60, urgent=False)
    danger = waits(database, "in danger", 30, urgent=True)
    with database.reading() as session:
        assert overdue_conversations(session, calendar(), limit=1) == [danger]
