"""A date as precise as it was told: 「2023年6月」, 「去年」, 「下周三」, 「月底前」."""

from collections.abc import Sequence
from datetime import date as calendar_date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from models.intake.fields.base import (
    FieldType,
    Found,
    Options,
    Partly,
    Reading,
    Refused,
    Said,
    Taken,
)
from models.intake.fields.dates import Day, bare_day, bounds, days_in, is_lunar
from models.intake.wording import error_text, without_tokens

Limit = Literal["today"] | calendar_date
_PRECISION = {"year": 1, "month": 2, "day": 3}


class DateOptions(Options):
    """How precise a date has to be, and between which days it has to lie."""

    precision: Literal["year", "month", "day"] = "month"
    not_before: Limit | None = None
    not_after: Limit | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = self.not_before, self.not_after
        if isinstance(first, calendar_date) and isinstance(last, calendar_date) and first > last:
            raise ValueError("not_before is later than not_after")
        return self


class Date(FieldType):
    """A date, stored as ISO 8601 cut to what is known (``2023``, ``2023-06``, ``2023-06-15``)."""

    code = "date"
    settings: ClassVar[type[Options]] = DateOptions
    is_loose = True
    takes_numbers = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a date; one that is too vague is asked further."""
        text = without_tokens(said.text).strip(" ,.。，!！吧")
        earlier = (known or {}).get("date")
        days = days_in(text, said.today, self._lean)
        if not days and (bare := bare_day(text, said.today, self._lean, earlier)):
            days = [bare]
        if not days:
            return Refused("lunar" if is_lunar(text) else "none")
        if is_lunar(text):
            return Refused("lunar")
        values = {self._joined(day, earlier) for day in days}
        if len(values) > 1:
            return Refused("several", is_final=True)
        return self._settled(values.pop(), said.today)

    def find(self, said: Said) -> Sequence[Found]:
        """Find every date."""
        found = []
        for day in days_in(said.text, said.today, self._lean):
            reading = self._settled(day.iso, said.today)
            if not isinstance(reading, Refused):
                found.append(Found(((day.start, day.end),), reading))
        return [] if is_lunar(said.text) else found

    @property
    def _lean(self) -> int:
        """Whether the field asks for what is past (-1) or still to come (1)."""
        return (self.options.not_before == "today") - (self.options.not_after == "today")

    def _joined(self, day: Day, earlier: str | None) -> str:
        """Return the date, with the year or month that was told before."""
        if earlier is None or day.has_year:
            return day.iso
        # 「15号」 after 「2023年6月」 is a day of that month; after 「2023年」 it keeps its own.
        known = earlier if day.is_day_only else earlier[:4]
        return f"{known}{day.iso[len(known) :]}"

    def _settled(self, value: str, today: calendar_date) -> Reading:
        try:
            first, last = bounds(value)
        except ValueError:
            return Refused("none")
        after = today if self.options.not_after == "today" else self.options.not_after
        before = today if self.options.not_before == "today" else self.options.not_before
        if after is not None and first > after:
            return Refused("late", {"date": _shown(value), "limit": _shown(after.isoformat())})
        if before is not None and last < before:
            return Refused("early", {"date": _shown(value), "limit": _shown(before.isoformat())})
        if value.count("-") + 1 < _PRECISION[self.options.precision]:
            half = {"date": value}
            return Partly(half, self.half_question(half) or "")
        return Taken(value)

    def half_question(self, known: Any) -> str | None:
        """Ask for the month, or for the day."""
        if not known:
            return None
        which = "which_day" if "-" in known["date"] else "which_month"
        return error_text("date", which, date=_shown(known["date"]))

    def half_note(self, known: Any) -> tuple[str, str]:
        """Tell the date so far, and what of it is still to come."""
        later = "later_day" if "-" in known["date"] else "later_month"
        return _shown(known["date"]), error_text("date", later)

    def show(self, value: Any) -> str:
        """Return the date in Chinese: 2023年6月15日."""
        return _shown(str(value))


def _shown(value: str) -> str:
    parts = (f"{int(part)}{unit}" for part, unit in zip(value.split("-"), "年月日", strict=False))
    return "".join(parts)
