"""A day and a time for a visit: 「下周三上午」, 「11月25号下午两点半」."""

import re
from collections.abc import Sequence
from datetime import date as calendar_date
from typing import Any, ClassVar

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
from models.intake.fields.dates import days_in
from models.intake.fields.numerals import number_of
from models.intake.wording import error_text, without_tokens
from models.reply import Choice

_N = "0-9零〇一二两三四五六七八九十"
_PARTS = {
    "上午": "上午|早上|早晨|清晨|早|am|头午",
    "中午": "中午|晌午",
    "下午": "下午|午后|傍晚|pm|过午",
    "晚上": "晚上|晚|夜里",
}
_PART = "|".join(_PARTS.values())
_TIME = re.compile(
    rf"(?P<part>{_PART})?的?\s?(?:(?P<hour>[{_N}]{{1,3}})(?:点钟?|时)(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>[{_N}]{{1,3}})分?)?|(?<!\d)(?P<clock>[01]?\d|2[0-4]):(?P<sharp>[0-5]\d))"
    rf"|(?P<only>{_PART})"
)
_JOIN = re.compile(r"[\s,，的]{0,2}")


class AppointmentOptions(Options):
    """The last day that can be asked for."""

    not_after: calendar_date | None = None


class Appointment(FieldType):
    """A day (ISO date) and a time on it (``14:30``, or 上午, 中午, 下午, 晚上)."""

    code = "appointment"
    settings: ClassVar[type[Options]] = AppointmentOptions
    is_loose = True
    takes_numbers = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a day and a time; either may come first, the other one is asked for."""
        text = without_tokens(said.text)
        known = dict(known or {})
        days = [one for one in days_in(text, said.today, 1) if one.day]
        if len({one.iso for one in days}) > 1:
            return Refused("several")
        times = {time for time, _, _ in _times(text)}
        if len(times) > 1:
            return Refused("several")
        if not days and not times:
            return Refused("none")
        if days:
            known["date"] = days[0].iso
        if times:
            known["time"] = times.pop()
        return self._settled(known, said.today)

    def find(self, said: Said) -> Sequence[Found]:
        """Find a day and the time beside it."""
        days = [one for one in days_in(said.text, said.today, 1) if one.day]
        times = _times(said.text)
        found = []
        for day in days:
            beside = [
                one
                for one in times
                if _JOIN.fullmatch(said.text[day.end : one[1]])
                or _JOIN.fullmatch(said.text[one[2] : day.start])
            ]
            known = {"date": day.iso} | ({"time": beside[0][0]} if beside else {})
            reading = self._settled(known, said.today)
            if not isinstance(reading, Refused):
                spans = ((day.start, day.end), *((one[1], one[2]) for one in beside[:1]))
                found.append(Found(spans, reading))
        return found

    def _settled(self, known: dict[str, Any], today: calendar_date) -> Reading:
        if "date" in known:
            day = calendar_date.fromisoformat(known["date"])
            if day < today:
                return Refused("past", {"date": _shown(day)})
            if self.options.not_after and day > self.options.not_after:
                return Refused("late", {"limit": _shown(self.options.not_after)})
        if len(known) < 2:
            return Partly(known, self.half_question(known) or "")
        return Taken({"date": known["date"], "time": known["time"]})

    def half_question(self, known: Any) -> str | None:
        """Ask for the time of the day, or for the day."""
        if not known:
            return None
        if "date" in known:
            day = _shown(calendar_date.fromisoformat(known["date"]))
            return error_text("appointment", "which_time", date=day)
        return error_text("appointment", "which_day", time=known["time"])

    def half_note(self, known: Any) -> tuple[str, str]:
        """Tell the half that is known, and what is still to come."""
        if "date" in known:
            day = _shown(calendar_date.fromisoformat(known["date"]))
            return day, error_text("appointment", "later_time")
        return str(known["time"]), error_text("appointment", "later_day")

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer morning and afternoon once the day is known."""
        return tuple(Choice(w, w) for w in ("上午", "下午")) if known and "date" in known else ()

    def show(self, value: Any) -> str:
        """Return day, weekday and time."""
        day = calendar_date.fromisoformat(value["date"])
        return f"{_shown(day)}（周{'一二三四五六日'[day.weekday()]}）{value['time']}"


def _shown(day: calendar_date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _times(text: str) -> list[tuple[str, int, int]]:
    """Return the times of day named in `text`, each with its place."""
    found = []
    for match in _TIME.finditer(text):
        said = match["part"] or match["only"] or ""
        part = next((name for name, many in _PARTS.items() if re.fullmatch(many, said)), None)
        if match["only"]:
            found.append((str(part), match.start(), match.end()))
            continue
        hour = number_of(match["hour"] or match["clock"])
        minute = number_of(match["minute"] or match["sharp"] or "0")
        if match["half"] or match["quarter"]:
            minute = number_of(
                "30" if match["half"] else {"一": "15", "三": "45"}[match["quarter"]]
            )
        if hour is None or minute is None or hour > 24 or minute > 59:
            continue
        # 「两点」 of a visit is in the afternoon, whether that was said or not.
        is_late = part in ("下午", "晚上") or (part is None and match["hour"] and hour < 7)
        late = 12 if is_late and hour < 12 else 0
        found.append((f"{int(hour) % 24 + late:02}:{int(minute):02}", match.start(), match.end()))
    return found
