"""The calendar: holidays, make-up days, several periods, and what people are told of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.office_hours import OfficeHoursError, load_calendar, spoken_time
from models.working_days import CHINA

CALENDAR = load_calendar()
OFFICE = CALENDAR.office_for(None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24 09:00", True),
        ("2026-11-24 12:00", False),  # between the two periods
        ("2026-11-24 16:59", True),
        ("2026-11-24 17:00", False),
        ("2026-11-28 09:00", False),  # a Saturday
        ("2026-10-01 09:00", False),  # the National Day, a Thursday
        ("2026-10-10 09:00", True),  # a Saturday that is worked to make up for it
    ],
)
def test_when_people_are_there(moment: str, is_open: bool) -> None:
    assert OFFICE.is_open(at(moment)) is is_open


def test_a_weekday_without_hours_is_closed_whatever_mondays_are() -> None:
    mondays_only = OFFICE.model_copy(update={"days": {1: OFFICE.days[1]}})
    assert mondays_only.is_open(at("2026-11-23 09:00"))
    assert not mondays_only.is_open(at("2026-11-25 09:00"))
    assert mondays_only.is_open(at("2026-10-10 09:00"))  # a Saturday that makes up for a holiday


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-24 09:00", "2026-11-24 09:00"),
        ("2026-11-24 12:00", "2026-11-24 13:00"),
        ("2026-11-27 18:00", "2026-11-30 08:30"),
        ("2026-09-30 18:00", "2026-10-08 08:30"),
    ],
)
def test_when_they_are_back(moment: str, opens: str) -> None:
    assert OFFICE.opens_next(at(moment)) == at(opens)


def test_clocks_stand_still_while_closed() -> None:
    due = OFFICE.after_open_time(at("2026-11-27 16:55"), timedelta(minutes=10))
    assert due == at("2026-11-30 08:35")
    assert OFFICE.open_time_between(at("2026-11-27 16:55"), due) == timedelta(minutes=10)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 3, 1)),
    st.integers(min_value=1, max_value=2000),
)
def test_after_and_between_are_each_others_inverse(naive: datetime, minutes: int) -> None:
    start = naive.replace(tzinfo=CHINA)
    lasts = timedelta(minutes=minutes)
    assert OFFICE.open_time_between(start, OFFICE.after_open_time(start, lasts)) == lasts


def test_moments_are_said_as_people_do() -> None:
    now = at("2026-11-24 18:00")
    assert spoken_time(at("2026-11-24 19:05"), now) == "今天 19:05"
    assert spoken_time(at("2026-11-25 08:30"), now) == "明天 8:30"
    assert spoken_time(at("2026-11-30 08:30"), now) == "11月30日（周一）8:30"


def test_a_machines_own_calendar_holds_exceptions_and_offices(tmp_path: Path) -> None:
    (tmp_path / "office_hours.yml").write_text(
        """
offices:
  - {region: null, name: 总, days: {1: ["09:00-12:00"]}, closed: [2026-11-30]}
  - {region: 大连, name: 大连, days: {6: ["10:00-12:00"]}, open: {2026-11-25: ["20:00-21:00"]}}
first_reply_within: 5
next_reply_within: 5
resolved_within: 60
patience: 5
reopens_within: 30
""",
        encoding="utf-8",
    )
    calendar = load_calendar(tmp_path)
    assert not calendar.office_for("沈阳").is_open(at("2026-11-30 09:30"))
    assert calendar.office_for("大连").is_open(at("2026-11-28 10:30"))
    assert calendar.office_for("大连").is_open(at("2026-11-25 20:30"))


@pytest.mark.parametrize(
    "days",
    ['{1: ["12:00-09:00"]}', '{1: ["09:00-12:00", "11:00-13:00"]}', '{8: ["09:00-12:00"]}', "{}"],
)
def test_a_calendar_that_cannot_be_names_its_file(tmp_path: Path, days: str) -> None:
    text = (Path("models/office_hours.yml")).read_text(encoding="utf-8")
    shipped = text.split("    days:")[0] + f"    days: {days}\n" + text[text.index("first_reply") :]
    (tmp_path / "office_hours.yml").write_text(shipped, encoding="utf-8")
    with pytest.raises(OfficeHoursError, match=r"office_hours\.yml"):
        load_calendar(tmp_path)
