"""Opening hours as editors write them, and as people are told of them.

「周一至周五 8:30-11:30 13:00-17:00；周六 9:00-12:00；2026-12-31 休息；2027-01-02 9:00-12:00」:
parts are divided by 「；」, a date is an exception of that day. They change when an editor
changes them, so whoever asks hears today's (三(八) 「动态调整服务大厅开放时间」).
"""

import re
from datetime import date, datetime
from typing import Any

from models.database import utc_now
from models.office_hours import OfficeHours, OfficeHoursError, spoken_time
from models.working_days import china_day

_DAYS = "一二三四五六日"
_WEEK = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?:\s*(?:至|到|-|~|—)\s*(?:周|星期|礼拜)?([一二三四五六日天]))?"
)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PERIOD = re.compile(r"(\d{1,2})[:：](\d{2})\s*(?:-|~|—|至|到)\s*(\d{1,2})[:：](\d{2})")
_CLOSED = re.compile(r"休息?|不开|关门|闭馆")


class HoursError(ValueError):
    """Opening hours that cannot be read; the text is for people."""


def read_hours(text: str) -> dict[str, Any] | None:
    """Return opening hours as they are stored; None where nothing was written.

    Raises:
        HoursError: a part is no day or date with times.
    """
    parts = [part.strip() for part in re.split(r"[;；\n]", text) if part.strip()]
    if not parts:
        return None
    days: dict[int, list[str]] = {}
    closed: list[str] = []
    opened: dict[str, list[str]] = {}
    for part in parts:
        periods = [f"{int(a):02}:{b}-{int(c):02}:{d}" for a, b, c, d in _PERIOD.findall(part)]
        is_closed = _CLOSED.search(part) is not None
        when = _DATE.search(part)
        week = list(_WEEK.finditer(part))
        if bool(periods) == is_closed or not (when or week or "每天" in part):
            raise HoursError(
                f"看不懂「{part}」。"
                "写成「周一至周五 8:30-11:30 13:00-17:00」或「2026-12-31 休息」。"
            )
        if when:
            day = _date(when, part)
            if is_closed:
                closed.append(day)
            else:
                opened[day] = periods
            continue
        numbers = range(1, 8) if "每天" in part and not week else _weekdays(week)
        for number in numbers:
            days[number] = periods
    hours = {"days": days, "closed": closed, "open": opened}
    try:
        OfficeHours.model_validate({"name": "-", **hours})
    except ValueError as error:
        raise HoursError("开放时间不对：时间段要从早到晚、不重叠，至少有一天开门。") from error
    # JSON has words for keys only; what is read back is turned into numbers by pydantic.
    return {**hours, "days": {str(number): told for number, told in days.items()}}


def write_hours(hours: dict[str, Any] | None) -> str:
    """Return stored hours as an editor wrote them: `read_hours` reads them back."""
    if hours is None:
        return ""
    parts = [
        f"周{_DAYS[int(number) - 1]} {' '.join(periods) or '休息'}"
        for number, periods in sorted(hours["days"].items(), key=lambda one: int(one[0]))
    ]
    parts += [f"{day} 休息" for day in hours["closed"]]
    parts += [f"{day} {' '.join(periods)}" for day, periods in hours["open"].items()]
    return "；".join(parts)


def told_hours(office: OfficeHours, now: datetime | None = None) -> str:
    """Say whether it is open now, until when or from when, and the hours of today."""
    now = now or utc_now()
    today = office.periods_on(china_day(now))
    told = "、".join(f"{p.begins:%H:%M}-{p.ends:%H:%M}" for p in today)
    if office.is_open(now):
        return f"现在开着，今天 {told}"
    try:
        opens = spoken_time(office.opens_next(now), now)
    except OfficeHoursError:
        return "近期不开，请先打电话问"
    return f"现在没开，{opens} 开门" + (f"（今天 {told}）" if told else "（今天不开）")


def told_day(office: OfficeHours, day: date) -> str:
    """Return the hours of one day."""
    told = "、".join(f"{p.begins:%H:%M}-{p.ends:%H:%M}" for p in office.periods_on(day))
    return f"{day.month}月{day.day}日（周{_DAYS[day.weekday()]}）{told or '不开'}"


def told_week(office: OfficeHours) -> list[str]:
    """Return the hours of the week, days with the same ones together, then the exceptions."""
    lines: list[str] = []
    groups: list[tuple[int, int, str]] = []
    for number in range(1, 8):
        periods = office.days.get(number, [])
        told = "、".join(f"{p.begins:%H:%M}-{p.ends:%H:%M}" for p in periods) or "不开"
        if groups and groups[-1][2] == told:
            groups[-1] = (groups[-1][0], number, told)
        else:
            groups.append((number, number, told))
    for first, last, told in groups:
        name = f"周{_DAYS[first - 1]}" + (f"至周{_DAYS[last - 1]}" if last > first else "")
        lines.append(f"{name} {told}")
    today = china_day(utc_now())
    exceptions = dict.fromkeys(office.closed, "不开") | {
        day: "、".join(f"{p.begins:%H:%M}-{p.ends:%H:%M}" for p in periods)
        for day, periods in office.open.items()
    }
    lines += [
        f"{day.month}月{day.day}日 {exceptions[day]}" for day in sorted(exceptions) if day >= today
    ]
    return lines


def _weekdays(found: list[re.Match[str]]) -> list[int]:
    numbers: list[int] = []
    for match in found:
        first = _DAYS.index(match[1].replace("天", "日")) + 1
        last = _DAYS.index(match[2].replace("天", "日")) + 1 if match[2] else first
        numbers += (
            range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)]
        )
    return numbers


def _date(match: re.Match[str], part: str) -> str:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError as error:
        raise HoursError(f"没有这一天：「{part}」。") from error
