"""Sums of money and pay, as people say them: 「一天200」, 「两百块钱一天」, 「三千到五千」.

Amounts are kept in 分, so that no part of one is ever lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

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
from models.intake.fields.numerals import Quantity, number_of, quantities
from models.intake.wording import error_text, without_tokens
from models.reply import Choice

Per = Literal["hour", "day", "month", "year", "piece"]
PER: dict[str, str] = {"hour": "小时", "day": "天", "month": "个月", "year": "年", "piece": "件"}

_UNITS = {
    "hour": "小时|钟头|点钟|h(?![a-z])",
    "day": "天|日|晚上|晚|宿",
    "month": "个?月",
    "year": "年",
    "piece": "件|单|趟|次|套|车|条|斤|亩|平米?|个(?!月|小时|钟头)",
}
_ANY_UNIT = "|".join(rf"(?P<{per}>{unit})" for per, unit in _UNITS.items())
_LED = {
    "hour": "时薪|时租",
    "day": "日薪|天薪|日工资|日结|日租",
    "month": "月薪|月租|月工资|月结|包月|底薪|工资|租金|房租",
    "year": "年薪|年租|年租金",
}
_BETWEEN = (
    r"[\s,，:：]*(?:我|你|就|要|给|挣|赚|是|付|开|大概|大约|差不多|约|最少|最多|工资|工钱|租金|房租|得|能|到手|一共){0,4}"
    r"[\s:：]*$"
)
_BEFORE = re.compile(rf"(?:一|每|1|按|论)个?\s?(?:{_ANY_UNIT}){_BETWEEN}")
_BEFORE_LED = re.compile(
    "(?:" + "|".join(f"(?P<{p}>{w})" for p, w in _LED.items()) + ")" + _BETWEEN
)
_YUAN = r"(?:元|块钱?|圆|人民币|rmb|大洋|¥)"
_MONEY_BEHIND = re.compile(
    rf"\s?(?P<sum>{_YUAN}(?P<jiao>[0-9一二三四五六七八九半](?=[\s,，。;；毛]|$)毛?)?|钱)"
)
_ROUGHLY = r"(?:左右|上下|以上|起步|起|多|钱|吧|的)*"
_AFTER = re.compile(rf"{_ROUGHLY}\s?(?:[/每一1]|每一)\s?个?(?:{_ANY_UNIT})(?![0-9])")
_MONEY_BEFORE = re.compile(r"(?:¥|rmb|人民币)\s?$")
_NOT_MONEY = re.compile(
    r"\s?(?:单|件|趟|套|车|条|份|个|名|位|人|口|岁|点|号|月|日|年|天|小时|钟头|分钟|周|星期|楼|层|室|栋|单元|米|平|公里|里|斤|次|遍|家|间|台|辆|%|股|成|折)"
)
_NOT_BEFORE = re.compile(r"(?:第|星期|周|礼拜|月|年|电话|-)\s?$")
_NEGOTIABLE = re.compile(r"面议|面谈|商量|看情况|好说|再说|随行就市|按市场价")
# What pay comes with: 「一天150管饭」.
_BESIDE_PAY = re.compile(
    r"[\s,，]*(?:还|都)?(?:(?:管|包)(?:吃住|吃|住|一顿|两顿|三顿|午|中午|晚|早)*(?:饭|餐)?|(?:日|现|周|月|当天|当日)结)"
)
_LEAST_PAY = 10
_NAMED = re.compile(rf"^(?:按|论|就?是)?(?:一|每|1)?个?(?:{_ANY_UNIT})(?:算|结|的|给)*$")
_FEN = Decimal(100)
_LARGEST = Decimal(10) ** 11


class MoneyOptions(Options):
    """What sums are taken.

    Attributes:
        per: the units that are allowed: one is assumed, several are asked, none is a plain sum.
        min: the least sum, in 元.
        max: the greatest sum, in 元.
        range: whether 「三千到五千」 is an answer.
        negotiable: whether 「面议」 is one.
    """

    per: tuple[Per, ...] = ()
    min: Decimal = Field(default=Decimal(0), ge=0)
    max: Decimal = Field(default=Decimal(10) ** 9, gt=0)
    range: bool = False
    negotiable: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is more than max")
        return self


@dataclass(frozen=True)
class _Sum:
    """A sum in a text; `per` where a unit was said, `is_plain` where it is money beyond doubt."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    per: str | None
    is_plain: bool


class Money(FieldType):
    """A sum in 分, from `low` to `high`, for an hour, a day, … or by itself (`per` None)."""

    code = "money"
    settings: ClassVar[type[Options]] = MoneyOptions
    is_loose = True
    takes_numbers = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a sum; where a unit is wanted and none was said, it is asked for."""
        text = without_tokens(said.text)
        known = known or {}
        unit = _NAMED.match(text.rstrip(" ,.。，!！吧"))
        if unit and "low" in known:
            return self._within({**known, "per": _unit(unit)})
        sums = _sums(text)
        if not sums:
            free = self.options.negotiable and _NEGOTIABLE.search(text)
            return Taken({"low": None, "high": None, "per": None}) if free else Refused("none")
        if len({(one.low, one.high, one.per) for one in sums}) > 1:
            return Refused("several")
        return self._settled(sums[0])

    def find(self, said: Said) -> Sequence[Found]:
        """Find every sum; a bare number is one only beside its question."""
        found = []
        for one in _sums(said.text):
            reading = self._settled(one)
            if not isinstance(reading, Refused):
                found.append(Found(((one.start, one.end),), reading, one.is_plain))
        return found

    def _settled(self, one: _Sum) -> Reading:
        per = one.per
        if per is None and len(self.options.per) == 1:
            per = self.options.per[0]
        value = {"low": int(one.low * _FEN), "high": int(one.high * _FEN), "per": per}
        if per is None and self.options.per:
            refused = self._out_of_bounds(value)
            return refused or Partly(value, self.half_question(value) or "")
        return self._within(value)

    def _within(self, value: dict[str, Any]) -> Reading:
        if value["per"] is not None and value["per"] not in self.options.per:
            if not self.options.per:
                value = {**value, "per": None}
            else:
                return Refused("per", {"units": self._units()})
        return self._out_of_bounds(value) or Taken(value)

    def _out_of_bounds(self, value: dict[str, Any]) -> Refused | None:
        options = self.options
        if value["low"] != value["high"] and not options.range:
            return Refused("range")
        if value["low"] < options.min * _FEN:
            return Refused("little", {"min": _yuan(int(options.min * _FEN))})
        if value["high"] > options.max * _FEN:
            return Refused("much", {"max": _yuan(int(options.max * _FEN))})
        return None

    def _units(self) -> str:
        return "、".join(f"一{PER[per]}" for per in self.options.per)

    def half_question(self, known: Any) -> str | None:
        """Ask what time or piece the sum is for."""
        if not known:
            return None
        return error_text("money", "which_per", amount=_amount(known), units=self._units())

    def half_note(self, known: Any) -> tuple[str, str]:
        """Tell the sum whose unit is still to come."""
        return _amount(known), error_text("money", "later_per")

    def show(self, value: Any) -> str:
        """Return the sum with its unit: 「200元一天」."""
        if value["low"] is None:
            return "面议"
        per = f"一{PER[value['per']]}" if value["per"] else ""
        return _amount(value) + per

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer the units once the sum is known."""
        if not known:
            return ()
        return tuple(Choice(f"一{PER[per]}", f"一{PER[per]}") for per in self.options.per)


def without_pay(text: str) -> str:
    """Return `text` with what is pay beyond doubt blanked: 「一天」 in 「一天两百」 is no time."""
    for one in _sums(text):
        if one.is_plain and one.high >= _LEAST_PAY:
            text = f"{text[: one.start]}{' ' * (one.end - one.start)}{text[one.end :]}"
    return text


def _sums(text: str) -> list[_Sum]:
    found: list[_Sum] = []
    last = 0
    for one in quantities(text):
        if one.start < last:
            continue
        hit = _sum(text, one)
        if hit is not None:
            found.append(hit)
            last = hit.end
    return found


def _sum(text: str, number: Quantity) -> _Sum | None:
    start, end, low, high = number.start, number.end, number.low, number.high
    before = _BEFORE.search(text, 0, start) or _BEFORE_LED.search(text, 0, start)
    if high >= _LARGEST or (before is None and _NOT_BEFORE.search(text, 0, start)):
        return None
    money = _MONEY_BEHIND.match(text, end)
    if money:
        end = money.end()
        if money["jiao"] and low == high:
            low = high = low + _tenths(money["jiao"].removesuffix("毛"))
    sign = _MONEY_BEFORE.search(text, 0, start)
    start = sign.start() if sign else start
    after = _AFTER.match(text, end)
    if not money and not after and _NOT_MONEY.match(text, end):
        return None
    per = None
    if after:
        per, end = _unit(after), after.end()
    elif before:
        per = _unit(before)
        start = before.start()
    is_plain = bool(money or sign or per) and low > 0
    while is_plain and (beside := _BESIDE_PAY.match(text, end)):
        end = beside.end()
    return _Sum(start, end, low, high, per, is_plain)


def _tenths(word: str) -> Decimal:
    """Return the 角 behind a sum: 「三块五」, 「三块半」."""
    return Decimal(5 if word == "半" else number_of(word) or 0) / 10


def _unit(match: re.Match[str]) -> str:
    return next(per for per, word in match.groupdict().items() if word and per in PER)


def _amount(value: dict[str, Any]) -> str:
    low, high = _yuan(value["low"]), _yuan(value["high"])
    return f"{low}元" if low == high else f"{low}到{high}元"


def _yuan(fen: int) -> str:
    """Return an amount in 元, by the ten thousand where nothing is lost by it."""
    if fen >= 10_000_00 and fen % 100_000 == 0:
        return f"{(Decimal(fen) / 1_000_000).normalize():f}万"
    return f"{(Decimal(fen) / 100).normalize():f}"
