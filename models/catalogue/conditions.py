"""Conditions on answers, as a service file writes them: small, declarative, three-valued.

A condition is true, false, or open (None): what was not answered, was skipped, or was answered
with 「不清楚」 decides nothing. So 「没回答」 can never turn into 「不符合」.

In a service file::

    ask_if: {field: opened, is: true}
    needs:
      all:
        - {field: who, is: [高校毕业生, 就业困难人员]}
        - {field: opened_on, months_ago_at_least: 12}
    needs:  {sum: [months_had, months_wanted], at_most: 12}
    needs:  {field: notes, lacks: [押金, 保证金]}
    needs:  {field: pay, pays: {hour: 17, month: 1700}}
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from models.catalogue.strict import Strict
from models.working_days import china_today

UNSURE = frozenset({"不清楚", "说不准", "不知道"})
"""Choices that answer nothing: a service may offer them, and no condition decides by them."""

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")

Scalar = bool | int | str
Truth = bool | None


class Condition(Strict):
    """One condition. Exactly one of `field`, `sum`, `all`, `any` says what it is about.

    Attributes:
        field: the answer it looks at; `is`, `is_not`, `at_least`, `at_most`, `months_ago_…`,
            `lacks` or `pays` say what it has to be. A list of answers fits when any of them does.
        sum: the answers whose numbers are added up for `at_least` and `at_most`.
        all: every one of these has to be true.
        any: one of these has to be true.
        lacks: none of these words may stand in the text; one that denies them is no matter
            (「不收押金」).
        pays: the least pay in 元 by the time it is for; other kinds of pay leave it open.
    """

    model_config = ConfigDict(populate_by_name=True)

    field: str | None = None
    sum: tuple[str, ...] = ()
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    is_: Scalar | tuple[Scalar, ...] | None = Field(default=None, alias="is", union_mode="smart")
    is_not: Scalar | tuple[Scalar, ...] | None = Field(default=None, union_mode="smart")
    at_least: float | None = None
    at_most: float | None = None
    months_ago_at_least: int | None = Field(default=None, ge=0)
    months_ago_at_most: int | None = Field(default=None, ge=0)
    lacks: tuple[str, ...] | None = None
    pays: dict[str, float] | None = None

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if sum(map(bool, (self.field, self.sum, self.all, self.any))) != 1:
            raise ValueError("a condition needs exactly one of field, sum, all, any")
        tests = [name for name in _TESTS if getattr(self, name) is not None]
        if (self.all or self.any) and tests:
            raise ValueError("all and any take conditions only")
        if (self.field or self.sum) and len(tests) != 1:
            raise ValueError(f"say one of {', '.join(_TESTS).replace('is_,', 'is,')}")
        if self.sum and tests[0] not in ("at_least", "at_most"):
            raise ValueError("a sum is compared by at_least or at_most")
        return self

    def fields(self) -> Iterator[str]:
        """Return the names of all the answers it looks at."""
        yield from self._looked_at()
        for part in (*self.all, *self.any):
            yield from part.fields()

    def at_fault(self, answers: Mapping[str, Any]) -> Iterator[str]:
        """Return the names of the answers whose change could make true what is false now."""
        if not self.all:
            yield from self.fields()
        for part in self.all:
            if part.holds(answers) is False:
                yield from part.at_fault(answers)

    def comparisons(self) -> Iterator[tuple[str, str, Any]]:
        """Return every comparison it makes: the answer's name, the test, and what with."""
        for name in self._looked_at():
            for test in _TESTS:
                value = getattr(self, test)
                if value is not None:
                    yield name, test.removesuffix("_"), value
        for part in (*self.all, *self.any):
            yield from part.comparisons()

    def holds(self, answers: Mapping[str, Any], today: date | None = None) -> Truth:
        """Return whether it is true of these answers; None while they leave it open."""
        today = today or china_today()
        if self.all:
            return _every(part.holds(answers, today) for part in self.all)
        if self.any:
            found = _every(_opposite(part.holds(answers, today)) for part in self.any)
            return _opposite(found)
        if self.sum:
            numbers = [_number(answers.get(name)) for name in self.sum]
            known = [number for number in numbers if number is not None]
            return None if len(known) < len(numbers) else self._compares(sum(known))
        return self._fits(answers.get(str(self.field)), today)

    def _looked_at(self) -> tuple[str, ...]:
        return (self.field,) if self.field else self.sum

    def _fits(self, value: Any, today: date) -> Truth:
        if isinstance(value, list):
            return self._fits_any(value)
        if not _is_known(value):
            return None
        if self.is_ is not None:
            return _same(value, self.is_)
        if self.is_not is not None:
            return not _same(value, self.is_not)
        if self.lacks is not None:
            return not _speaks_of(value, self.lacks) if isinstance(value, str) else None
        if self.pays is not None:
            return _is_paid(value, self.pays)
        if self.months_ago_at_least is not None or self.months_ago_at_most is not None:
            return self._long_ago(value, today)
        number = _number(value)
        return None if number is None else self._compares(number)

    def _fits_any(self, values: list[Any]) -> Truth:
        """Look at a list of answers. An empty one was answered: nothing of the list."""
        wanted = self.is_ if self.is_ is not None else self.is_not
        if wanted is None:
            return None
        among: Truth = any(_same(one, wanted) for one in values)
        if not among and not all(map(_is_known, values)):
            among = None
        return among if self.is_ is not None else _opposite(among)

    def _compares(self, number: float) -> bool:
        if self.at_least is not None:
            return number >= self.at_least
        return self.at_most is not None and number <= self.at_most

    def _long_ago(self, value: Any, today: date) -> Truth:
        """Compare how long ago something was; open where a vague date allows both."""
        span = _days(value)
        if span is None:
            return None
        verdicts = {self._months_fit(day, today) for day in span}
        return verdicts.pop() if len(verdicts) == 1 else None

    def _months_fit(self, day: date, today: date) -> bool:
        months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
        if self.months_ago_at_least is not None:
            return months >= self.months_ago_at_least
        # A day that is still to come is no 「几个月以内」 of the past.
        return day <= today and months < (self.months_ago_at_most or 0)


_TESTS = (
    "is_",
    "is_not",
    "at_least",
    "at_most",
    "months_ago_at_least",
    "months_ago_at_most",
    "lacks",
    "pays",
)
_DENIES = re.compile(r"(?:不|没|无|免|零|别|勿)[\u4e00-\u9fff]{0,3}$")


def _every(parts: Iterator[Truth]) -> Truth:
    """Return whether all parts are true: one false settles it, one open leaves it open."""
    verdicts = list(parts)
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and value in UNSURE)


def _same(value: Any, wanted: Scalar | tuple[Scalar, ...]) -> bool:
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    # In Python 1 == True; here a yes is not a number.
    return any(type(value) is type(one) and value == one for one in wanted)


def _speaks_of(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands in a text without being denied right before it."""
    return any(
        not _DENIES.search(text[: match.start()])
        for word in words
        for match in re.finditer(re.escape(word), text)
    )


def _is_paid(value: Any, least: Mapping[str, float]) -> Truth:
    """Whether pay reaches the least for its time; open where nothing is said of that time."""
    if not isinstance(value, Mapping) or value.get("per") not in least:
        return None
    best = value.get("high") or value.get("low")
    return None if best is None else best / 100 >= least[value["per"]]


def _number(value: Any) -> float | None:
    """Return a count, or an amount of money in 元; open where a range allows several."""
    if isinstance(value, Mapping):
        low, high = value.get("low"), value.get("high")
        if low is None or low != high:
            return None
        # Money is stored in 分; a service file speaks of 元.
        return low / 100 if "per" in value else float(low)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _days(value: Any) -> tuple[date, date] | None:
    """Return the first and the last day that a date answer may mean; None where it is no date.

    A date answer is an ISO date, as precise as it was said: ``2023``, ``2023-06``, ``2023-06-15``.
    """
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    last = day or monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, last)
