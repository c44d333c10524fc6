"""Office hours: when people are there to answer, for each office, and how soon they are to.

One calendar for the assistant's promises, the queue and the clocks of service. It is data:
``office_hours.yml`` beside this module, or a machine's own copy in ``var/``, until an admin sets
hours on the console (`models.office_calendar`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from models.database import utc_now
from models.working_days import CHINA, china_day, is_working_day

_SHIPPED = Path(__file__).with_suffix(".yml")
_MONDAY = 1
# No office is closed for longer; beyond it the calendar itself must be wrong.
_HORIZON = 60
_WEEKDAYS = "一二三四五六日"


class OfficeHoursError(ValueError):
    """The calendar's file cannot be used."""


@dataclass(frozen=True)
class Period:
    """A stretch of opening time within one day."""

    begins: time
    ends: time

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


def _periods(value: object) -> object:
    if not isinstance(value, list):
        raise ValueError('periods are a list such as ["08:30-11:30", "13:00-17:00"]')
    found: list[Period] = []
    for text in value:
        begins, _, ends = str(text).partition("-")
        period = Period(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))
        if period.begins >= period.ends or (found and found[-1].ends > period.begins):
            raise ValueError(f"{text}: periods go upwards and do not overlap")
        found.append(period)
    return found


Periods = Annotated[
    list[Period],
    BeforeValidator(_periods),
    PlainSerializer(lambda periods: list(map(str, periods)), when_used="json"),
]


class OfficeHours(BaseModel):
    """One office's opening hours.

    Attributes:
        region: the city it is there for; None for everybody else.
        name: what people call it.
        days: periods by weekday, Monday is 1; a day that is left out is closed.
        closed: days off of its own.
        open: days with periods of their own, whatever the calendar says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    region: str | None = None
    name: str
    days: dict[int, Periods]
    closed: frozenset[date] = frozenset()
    open: dict[date, Periods] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _opens_on_real_days(self) -> "OfficeHours":
        if not self.days or not set(self.days) <= set(range(1, 8)) or not any(self.days.values()):
            raise ValueError("days are 1 (Monday) to 7, and at least one of them has hours")
        return self

    def periods_on(self, day: date) -> list[Period]:
        """Return the opening periods of a day, in their order."""
        if day in self.open:
            return self.open[day]
        if day in self.closed:
            return []
        usual = self.days.get(day.isoweekday(), [])
        if is_working_day(day):
            # A weekend that is worked to make up for a holiday has a weekday's hours.
            return usual or (self.days.get(_MONDAY, []) if day.isoweekday() > 5 else [])
        # A weekend on which the office usually opens is no holiday; a weekday off is one.
        return usual if day.isoweekday() > 5 else []

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at a moment."""
        here = at.astimezone(CHINA)
        return any(p.begins <= here.time() < p.ends for p in self.periods_on(here.date()))

    def opens_next(self, at: datetime) -> datetime:
        """Return the moment itself while it is open, else when the next period begins."""
        for begins, ends in self._stretches(at):
            if ends > at:
                return max(begins, at)
        raise OfficeHoursError(f"{self.name} does not open within {_HORIZON} days")

    def after_open_time(self, start: datetime, lasts: timedelta) -> datetime:
        """Return when `lasts` of opening time will have passed since `start`."""
        left = lasts
        for begins, ends in self._stretches(start):
            begins = max(begins, start)
            if ends <= begins:
                continue
            if begins + left <= ends:
                return begins + left
            left -= ends - begins
        raise OfficeHoursError(f"{self.name} does not open for {lasts} within {_HORIZON} days")

    def open_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much opening time lies between two moments."""
        total = timedelta()
        for begins, ends in self._stretches(start):
            if begins >= end:
                break
            total += max(timedelta(), min(ends, end) - max(begins, start))
        return total

    def _stretches(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = china_day(since)
        for _ in range(_HORIZON):
            for period in self.periods_on(day):
                yield (
                    datetime.combine(day, period.begins, CHINA),
                    datetime.combine(day, period.ends, CHINA),
                )
            day += timedelta(days=1)


Minutes = Annotated[
    timedelta,
    BeforeValidator(lambda value: timedelta(minutes=float(value))),
    PlainSerializer(lambda value: value.total_seconds() / 60, when_used="json"),
]


class Calendar(BaseModel):
    """Every office's hours, and how soon people are to be answered (in opening time)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offices: list[OfficeHours]
    first_reply_within: Minutes
    next_reply_within: Minutes
    resolved_within: Minutes
    patience: Minutes
    reopens_within: Minutes

    @model_validator(mode="after")
    def _is_there_for_everybody(self) -> "Calendar":
        if sum(office.region is None for office in self.offices) != 1:
            raise ValueError("exactly one office has no region: it is there for all others")
        return self

    def office_for(self, region: str | None) -> OfficeHours:
        """Return the office of a region, or the one for everybody."""
        general = next(office for office in self.offices if office.region is None)
        return next((one for one in self.offices if region and one.region == region), general)


def load_calendar(var_dir: Path | None = None) -> Calendar:
    """Read the calendar: a machine's own under `var_dir` where there is one, else the shipped.

    Raises:
        OfficeHoursError: the file is no calendar; the text says where.
    """
    own = var_dir / _SHIPPED.name if var_dir else None
    path = own if own is not None and own.exists() else _SHIPPED
    try:
        return Calendar.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise OfficeHoursError(f"{path}: {error}") from error


def spoken_time(moment: datetime, now: datetime | None = None) -> str:
    """Say when something is, as people do: 「今天 13:00」, 「11月30日（周一）8:30」."""
    here = moment.astimezone(CHINA)
    days = (here.date() - china_day(now or utc_now())).days
    clock = f"{here.hour}:{here.minute:02d}"
    if days in (0, 1, 2):
        return f"{('今天', '明天', '后天')[days]} {clock}"
    return f"{here.month}月{here.day}日（周{_WEEKDAYS[here.weekday()]}）{clock}"
