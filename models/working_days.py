"""Days as they count in China: today there, and working days with the State Council's holidays."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from models.database import utc_now

CHINA = ZoneInfo("Asia/Shanghai")


def china_day(moment: datetime) -> date:
    """Return the day a moment falls on in China."""
    return moment.astimezone(CHINA).date()


def china_today() -> date:
    """Return today in China."""
    return china_day(utc_now())


def china_midnight() -> datetime:
    """Return the moment at which today began in China."""
    return datetime.combine(china_today(), time(), CHINA)


def is_working_day(day: date) -> bool:
    """Whether offices work: holidays off, make-up weekends on.

    The holidays of a year are announced late in the year before. Until the library knows them,
    Monday to Friday counts.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def after_working_days(start: datetime, days: int) -> datetime:
    """Return the end of the `days`-th working day after the day of `start`."""
    day = china_day(start)
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, time(23, 59, 59), CHINA)
