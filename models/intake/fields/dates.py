"""Days, months and years as people name them, counted from a given day."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.intake.fields.numerals import number_of
from models.intake.wording import fold

_N = r"[0-9零〇一二两三四五六七八九十]"
_YEARS = {
    "大前": -3,
    "前": -2,
    "去": -1,
    "头": -1,
    "上": -1,
    "今": 0,
    "本": 0,
    "当": 0,
    "明": 1,
    "来": 1,
    "后": 2,
    "大后": 3,
}
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "当": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {
    c: n
    for n, many in enumerate(("一1", "二2", "三3", "四4", "五5", "六6末", "日天7"))
    for c in many
}
_FESTIVALS = {
    "元旦": (1, 1),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "六一": (6, 1),
    "七一": (7, 1),
    "国庆节": (10, 1),
    "国庆": (10, 1),
}

_FULL_YEAR = (
    r"(?:19|20)\d{2}|[一二][零〇九][零〇一二三四五六七八九]{2}|[0-9]{2}"
    r"|[零〇一二][零〇一二三四五六七八九]|两千零?[一二三四五六七八九十]{1,3}"
)
_NAMED_YEAR = r"大前|大后|前|去|头|今|本|当|明|来|后"
_YEAR = rf"(?:(?P<year>{_FULL_YEAR})年|(?P<by_year>{_NAMED_YEAR})年)"
_MONTH = rf"(?P<month>{_N}{{1,3}})月份?"
_DAY = rf"(?P<day>{_N}{{1,3}})(?:日|号)"
_DAY_OR_THIRD = rf"(?:{_DAY}|(?P<third>初|底|末|中|上旬|中旬|下旬))?"
_AGO = rf"(?P<ago>{_N}{{1,3}}|半)个?"
# What has gone on since then: 「开了三年了」.
_SINCE = (
    r"(?:开业|营业|经营|成立|注册|失业|毕业|退役|开|干|做|办|待|租)(?:业)?了?"
    r"(?:有|快|已经|差不多)?"
)
_1_TO_12 = "1[0-2]|0?[1-9]"
_1_TO_31 = r"3[01]|[12]\d|0?[1-9]"
_SHAPES = (
    rf"{_YEAR}的?\s?(?:{_MONTH}的?\s?{_DAY_OR_THIRD}|(?P<when>年?初|年?底|年?末))?",
    rf"(?<![\d.])(?P<iso_year>(?:19|20)\d{{2}})\s?[-./]\s?(?P<iso_month>{_1_TO_12})"
    rf"(?:\s?[-./]\s?(?P<iso_day>{_1_TO_31}))?(?!\d)",
    r"(?<!\d)(?P<eight_year>(?:19|20)\d{2})(?P<eight_month>0[1-9]|1[0-2])"
    r"(?P<eight_day>0[1-9]|[12]\d|3[01])?(?!\d)",
    rf"(?P<by_month>上上|下下|上|下|这|本|当)个?月(?:份)?的?{_DAY_OR_THIRD}",
    r"(?P<by_week>上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])"
    r"(?![0-9年月个天])",
    r"(?P<by_day>大前|大后|前|昨|今|当|明|后)(?:天|日|儿(?:个)?|晚|早)(?!份)",
    rf"{_AGO}(?P<unit>年半|年|月|星期|礼拜|周|天|日)多?(?:之|以)?(?P<side>前|后)(?!年)",
    rf"{_SINCE}{_AGO}(?P<unit>年半|年|月|星期|礼拜|周|天)多?了(?P<side>)",
    rf"(?<!{_N}){_MONTH}的?\s?{_DAY_OR_THIRD}",
    r"(?P<year_end>年底|年末|年初)|(?P<month_end>月底|月末|月初|月中)",
    r"(?P<festival>元旦|五一|劳动节|六一|七一|国庆节?)",
    rf"(?<![{_N[1:-1]}第]){_DAY}(?!楼|线|院|店|门)",
)
_PATTERNS = tuple(map(re.compile, _SHAPES))
_WEEK = "一二三四五六日"
_WRITTEN = re.compile(rf"（\d{{1,2}}月\d{{1,2}}日周[{_WEEK}]）")
_ABSOLUTE = re.compile(r"[月\d]")
_OPEN_END = re.compile(r"起|开始|以后|之后|长期|长年|常年|每天|天天|一直")
_LUNAR = re.compile(r"农历|阴历|腊月|正月|闰月|冬月|初[一二三四五六七八九十]|三十晚上")
_BARE_YEAR = re.compile(r"^((?:19|20)\d{2}|[二一][零〇九][零〇一二三四五六七八九]{2})$")
_BARE_DAY = re.compile(r"^(1[0-2]|0?[1-9])\s?[-./、]\s?(3[01]|[12]\d|0?[1-9])$")
_BARE_NUMBER = re.compile(rf"^(?P<number>{_N}{{1,3}})(?:月份?|号|日)?$")


@dataclass(frozen=True)
class Day:
    """A day, a month or a year, as far as it was told.

    Attributes:
        start: its first character in the text.
        end: the character behind it.
        year: always known in the end.
        month: None where only a year was told.
        day: None where only a month was told.
        has_year: whether the year was told and not concluded.
        is_day_only: whether only a day was told (「15号」).
    """

    start: int
    end: int
    year: int
    month: int | None = None
    day: int | None = None
    has_year: bool = True
    is_day_only: bool = False

    @property
    def iso(self) -> str:
        """ISO 8601, cut to what is known: ``2023``, ``2023-06``, ``2023-06-15``."""
        parts = [f"{self.year:04}", *(f"{one:02}" for one in (self.month, self.day) if one)]
        return "-".join(parts)


def bounds(value: str) -> tuple[date, date]:
    """Return the first and the last day that a stored date may mean."""
    parts = [int(part) for part in value.split("-")]
    year, month, day = (*parts, None, None)[:3]
    assert year is not None
    first = date(year, month or 1, day or 1)
    return first, date(year, month or 12, day or monthrange(year, month or 12)[1])


def is_lunar(text: str) -> bool:
    """Whether a day of the lunar calendar is named."""
    return _LUNAR.search(text) is not None


def days_in(text: str, today: date, lean: int = 0) -> list[Day]:
    """Return every day, month and year that folded `text` names, from left to right.

    Args:
        text: the folded text.
        today: what 「明天」 is counted from.
        lean: where a name fits several years, 1 takes the next, -1 the last, 0 the nearest.
    """
    found: list[Day] = []
    # A day that the calendar does not have is none, and neither is a part of its name.
    read: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in read):
                continue
            read.append(match.span())
            day = _day(match, today, lean)
            if day is not None:
                found.append(day)
    return sorted(found, key=lambda one: one.start)


def written_out(text: str, today: date) -> str:
    """Return words in which every day counted from today has its date behind it.

    「明早八点」 is read by others on other days: 「明早（11月27日周五）八点」. Written out once
    more they stay the same.
    """
    for one in reversed(_named(text, today)):
        if _ABSOLUTE.search(text[one.start : one.end]):
            continue
        day = _first(one)
        dated = f"（{day.month}月{day.day}日周{_WEEK[day.weekday()]}）"
        text = f"{text[: one.end]}{dated}{text[one.end :]}"
    return text


def last_day_in(text: str, today: date) -> date | None:
    """Return the last day that words name; None where they name none, or leave the end open."""
    named = [_first(one) for one in _named(written_out(text, today), today, lean=0)]
    return None if not named or _OPEN_END.search(text) else max(named)


def _named(text: str, today: date, lean: int = 1) -> list[Day]:
    """Return the days that words name; a word that is written out counts by its date alone."""
    said = fold(text)
    if len(said) != len(text):
        return []  # the places would not be those of the text
    written = [match.span() for match in _WRITTEN.finditer(text)]
    return [
        one
        for one in days_in(said, today, lean)
        if one.month is not None
        and one.day is not None
        and not any(one.end == start for start, _ in written)
        and (
            _ABSOLUTE.search(text[one.start : one.end])
            or not any(start < one.start < end for start, end in written)
        )
    ]


def _first(one: Day) -> date:
    return date(one.year, one.month or 1, one.day or 1)


def bare_day(text: str, today: date, lean: int, known: str | None) -> Day | None:
    """Return what an answer of nothing but numbers means (「2023」, 「6.15」, 「6」)."""
    if match := _BARE_YEAR.match(text):
        return _checked(match, _year(match[1], today), None, None)
    if match := _BARE_DAY.match(text):
        return _near(match, int(match[1]), int(match[2]), today, lean)
    match = _BARE_NUMBER.match(text)
    number = number_of(match["number"]) if match else None
    if known is None or match is None or number is None:
        return None
    year, *month = (int(part) for part in known.split("-"))
    if not month:
        return _checked(match, year, int(number), None)
    return _checked(match, year, month[0], int(number))


def _day(match: re.Match[str], today: date, lean: int) -> Day | None:
    groups = match.groupdict()
    for name, read in _READERS:
        if groups.get(name) is not None:
            return read(match, today, lean)
    return None


def _by_year(match: re.Match[str], today: date, lean: int) -> Day | None:
    given = match["year"]
    year = _year(given, today) if given else today.year + _YEARS[match["by_year"]]
    month = _small(match["month"])
    if match["when"]:
        month = 1 if "初" in match["when"] else 12
    if match["month"] and month is None:
        return None
    day = _small(match["day"]) or _third(match["third"], year, month)
    return _checked(match, year, month, day)


def _by_iso(match: re.Match[str], today: date, lean: int) -> Day | None:
    groups = [value for value in match.groups() if value]
    year, month, day = (*map(int, groups), None)[:3]
    return _checked(match, int(year or 0), month, day)


def _by_month(match: re.Match[str], today: date, lean: int) -> Day | None:
    step = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(match["by_month"], 0)
    year, month = _months_from(today, step)
    return _checked(match, year, month, _small(match["day"]) or _third(match["third"], year, month))


def _by_week(match: re.Match[str], today: date, lean: int) -> Day | None:
    monday = today - timedelta(days=today.weekday())
    which = match["by_week"]
    day = monday + timedelta(days=_WEEKDAYS[match["weekday"]])
    if which:
        day += timedelta(weeks={"上上": -2, "上": -1, "下": 1, "下下": 2}.get(which, 0))
    elif lean >= 0 and day < today:
        day += timedelta(weeks=1)
    elif lean < 0 and day > today:
        day -= timedelta(weeks=1)
    return _on(match, day)


def _by_day(match: re.Match[str], today: date, lean: int) -> Day | None:
    return _on(match, today + timedelta(days=_DAYS[match["by_day"]]))


def _by_distance(match: re.Match[str], today: date, lean: int) -> Day | None:
    number = 0.5 if match["ago"] == "半" else float(number_of(match["ago"]) or 0)
    unit, sign = match["unit"], 1 if match["side"] == "后" else -1
    if unit.startswith("年"):
        number += 0.5 if unit == "年半" else 0
        if number == int(number):
            return _checked(match, today.year + sign * int(number), None, None)
        unit, number = "月", number * 12
    if unit == "月":
        year, month = _months_from(today, sign * round(number))
        return _checked(match, year, month, None)
    days = number * (7 if unit in ("星期", "礼拜", "周") else 1)
    return _on(match, today + timedelta(days=sign * int(days)))


def _by_name_of_month(match: re.Match[str], today: date, lean: int) -> Day | None:
    month = _small(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    near = _near(match, month, _small(match["day"]), today, lean)
    third = _third(match["third"], near.year, month) if near else None
    return _checked(match, near.year, month, third, has_year=False) if near and third else near


def _by_end(match: re.Match[str], today: date, lean: int) -> Day | None:
    if match["year_end"]:
        first = match["year_end"] == "年初"
        return _near(match, 1 if first else 12, None, today, lean)
    third = _third(match["month_end"][1:], today.year, today.month)
    return _checked(match, today.year, today.month, third)


def _by_festival(match: re.Match[str], today: date, lean: int) -> Day | None:
    return _near(match, *_FESTIVALS[match["festival"]], today, lean)


def _by_date(match: re.Match[str], today: date, lean: int) -> Day | None:
    day = _small(match["day"]) or 0
    year, month = today.year, today.month
    if lean > 0 and day < today.day:
        year, month = _months_from(today, 1)
    elif lean < 0 and day > today.day:
        year, month = _months_from(today, -1)
    found = _checked(match, year, month, day, has_year=False)
    return replace(found, is_day_only=True) if found else None


_Reader = Callable[[re.Match[str], date, int], Day | None]
_READERS: tuple[tuple[str, _Reader], ...] = (
    ("year", _by_year),
    ("by_year", _by_year),
    ("iso_year", _by_iso),
    ("eight_year", _by_iso),
    ("by_month", _by_month),
    ("weekday", _by_week),
    ("by_day", _by_day),
    ("ago", _by_distance),
    ("month", _by_name_of_month),
    ("year_end", _by_end),
    ("month_end", _by_end),
    ("festival", _by_festival),
    ("day", _by_date),
)


def _year(text: str, today: date) -> int:
    """Return a year written in full or by its last two figures (「23年」)."""
    year = int(number_of(text) or 0)
    if year >= 100 or len(text) > 2:
        return year
    return year + (2000 if year <= today.year % 100 + 10 else 1900)


def _small(text: str | None) -> int | None:
    number = number_of(text) if text else None
    return int(number) if number else None


def _third(word: str | None, year: int, month: int | None) -> int | None:
    """Return the day for 「月初」, 「月底」; a third of a month is no day."""
    if month is None or not 1 <= month <= 12 or word not in ("底", "末"):
        return None
    return monthrange(year, month)[1]


def _months_from(today: date, step: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 + step
    return months // 12, months % 12 + 1


def _near(match: re.Match[str], month: int, day: int | None, today: date, lean: int) -> Day | None:
    """Return the month or day in the year that it most likely means."""
    years = [today.year - 1, today.year, today.year + 1]
    if lean > 0:
        years = [y for y in years if (y, month, day or 31) >= (today.year, today.month, today.day)]
    elif lean < 0:
        years = [y for y in years if (y, month, day or 1) <= (today.year, today.month, today.day)]
    middle = today.year * 365 + today.month * 30 + today.day
    if not years:
        return None
    nearest = min(years, key=lambda year: abs(year * 365 + month * 30 + (day or 15) - middle))
    return _checked(match, nearest, month, day, has_year=False)


def _on(match: re.Match[str], day: date) -> Day | None:
    return _checked(match, day.year, day.month, day.day)


def _checked(
    match: re.Match[str], year: int, month: int | None, day: int | None, *, has_year: bool = True
) -> Day | None:
    """Return the day, None where the calendar has no such day."""
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except (ValueError, OverflowError):
        return None
    if not 1900 <= year <= 2100:
        return None
    return Day(match.start(), match.end(), year, month, day, has_year)
