"""Working days in China."""

from datetime import UTC, date, datetime

from models.working_days import after_working_days, china_day, is_working_day


def test_holidays_are_off_and_make_up_days_are_on() -> None:
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2026, 10, 10))  # a Saturday that makes up for the National Day
    assert is_working_day(date(2026, 11, 24))


def test_years_not_announced_yet_have_plain_weeks() -> None:
    assert is_working_day(date(2199, 11, 25)) != is_working_day(date(2199, 11, 23)) or (
        date(2199, 11, 25).weekday() < 5
    )


def test_a_limit_ends_with_the_day_in_china() -> None:
    friday_evening = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    due = after_working_days(friday_evening, 2)
    assert (china_day(due), due.hour, due.minute) == (date(2026, 12, 1), 23, 59)
