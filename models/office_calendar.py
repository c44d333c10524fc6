"""Office calendar: hours as an admin has set them on the console, instead of the machine's file.

Each change is a row; the newest holds. Every process reads it where it needs the hours, so a
change is in force everywhere with its commit.
"""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.office_hours import Calendar
from models.staff import Staff


class OfficeCalendar(Base):
    """One state of the calendar, as JSON; `staff_id` set it."""

    __tablename__ = "office_calendar"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    told: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def in_force(session: Session, shipped: Calendar) -> Calendar:
    """Return the calendar that holds now.

    Args:
        session: an open session.
        shipped: what holds while no admin has set anything.
    """
    newest = select(OfficeCalendar.told).order_by(OfficeCalendar.id.desc()).limit(1)
    told = session.scalar(newest)
    return shipped if told is None else _read(told)


def set_calendar(session: Session, staff: Staff, calendar: Calendar) -> None:
    """Let a calendar hold from now on."""
    session.add(OfficeCalendar(told=calendar.model_dump_json(), staff_id=staff.id))
    session.flush()


@lru_cache(maxsize=8)
def _read(told: str) -> Calendar:
    return Calendar.model_validate_json(told)
