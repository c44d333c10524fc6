"""Days in words that others read later: each is written out, and the last of them is known."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.intake.fields.dates import last_day_in, written_out

THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("said", "told", "last"),
    [
        ("明早八点到下午五点", "明早（11月27日周五）八点到下午五点", date(2026, 11, 27)),
        ("周六一天", "周六（11月28日周六）一天", date(2026, 11, 28)),
        ("明天和后天", "明天（11月27日周五）和后天（11月28日周六）", date(2026, 11, 28)),
        ("12月3号上午", "12月3号上午", date(2026, 12, 3)),
        ("明天起长期", "明天（11月27日周五）起长期", None),
        ("每天下午", "每天下午", None),
        ("随时", "随时", None),
    ],
)
def test_days_counted_from_today_get_their_dates(said: str, told: str, last: date | None) -> None:
    assert written_out(said, THURSDAY) == told
    assert last_day_in(said, THURSDAY) == last
    # Read again a week later, nothing is added, and it is the same day.
    later = THURSDAY + timedelta(days=3)
    assert written_out(told, later) == told
    assert last_day_in(told, later) == last


@given(st.text(max_size=40))
def test_nothing_that_was_said_is_lost(text: str) -> None:
    told = written_out(text, THURSDAY)
    kept = iter(told)
    assert all(char in kept for char in text)
    last_day_in(text, THURSDAY)
