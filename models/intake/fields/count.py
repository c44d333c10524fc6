"""How many: 「3」, 「俩」, 「仨」, 「十来个人」, and where it may be rough, 「三五个」."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from models.intake.fields.base import FieldType, Found, Options, Reading, Refused, Said, Taken
from models.intake.fields.money import without_pay
from models.intake.fields.numerals import Quantity, quantities
from models.intake.wording import without_tokens

_NONE = re.compile(
    r"^(?:我|俺|目前|现在|暂时|还|一个人?(?:都|也)?)*(?:没有?|无|木有|零)(?:人|雇人|招人|雇|招|呢|过|请人|别人|一个)?(?:[,，]?(?:就|只有)?(?:我)?自己(?:一个人?)?(?:干|做)?)?$"
    r"|^(?:我|俺|还|从来|以前|之前|一次都?)*没[^\d,，吗]{0,4}过$"
    r"|^(?:就|只有|全靠)?(?:我|俺)?自己(?:一个人?)?(?:干|做)?$"
)
_SOME = re.compile(r"(?:好?几|一些|不少|很多|若干)(?:十|百)?(?:个|名|位|人|家)")
_BEHIND = re.compile(
    r"\s?(?:多|来)?(?:个|名|位|口)?(?:人|员工|工人|伙计|帮手|师傅|学员|小时工)|\s?(?:个(?!月|小时|钟头|星期)|名|位|口(?!气)|家|间|台|张|份|套|辆|场|期|处|块地)"
)
_NOT_COUNT = re.compile(
    r"\s?(?:元|块|毛|钱|岁|点|号|月|日|年|天|个月|小时|个小时|钟头|分钟|周|星期|楼|层|室|栋|单元|%|平|米|公里|万|k|w)"
)
_NOT_BEFORE = re.compile(r"(?:第|星期|周|礼拜|月|年|¥)\s?$")


class CountOptions(Options):
    """How few and how many; `range` lets 「三五个」 be an answer.

    `units` names what is counted where that is a length of time, each with how many it is: months
    are counted by ``{个月: 1, 年: 12}``, so 「半年」 is 6.
    """

    units: dict[str, int] = Field(default_factory=dict)
    min: int = Field(default=0, ge=0)
    max: int = Field(default=9999, ge=0)
    range: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is more than max")
        return self


class Count(FieldType):
    """A whole number, or where the field takes a range, its lower and upper end."""

    code = "count"
    settings: ClassVar[type[Options]] = CountOptions
    is_loose = True
    takes_numbers = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read how many; a word for none is 0."""
        text = without_pay(without_tokens(said.text))
        every = self._numbers(text)
        numbers = [one for one, is_plain in every if is_plain] or [one for one, _ in every]
        if not numbers and _NONE.match(text.rstrip(" ,.。，!！呢啊吧")):
            return self._settled(Quantity(0, 0, *2 * (_ZERO,)))
        if not numbers:
            return Refused("vague" if _SOME.search(text) else "none")
        if len({(one.low, one.high) for one in numbers}) > 1:
            return Refused("several")
        return self._settled(numbers[0])

    def find(self, said: Said) -> Sequence[Found]:
        """Find every number of people or things; a bare one counts only beside its question."""
        found = []
        text = without_pay(said.text)
        for one, is_plain in self._numbers(text):
            reading = self._settled(one)
            if isinstance(reading, Taken):
                behind = _BEHIND.match(text, one.end)
                end = behind.end() if behind else one.end
                found.append(Found(((one.start, end),), reading, is_plain))
        return found

    def _numbers(self, text: str) -> list[tuple[Quantity, bool]]:
        lengths = _lengths(text, self.options.units) if self.options.units else []
        left = text
        for one in lengths:
            left = f"{left[: one.start]}{' ' * (one.end - one.start)}{left[one.end :]}"
        return [*((one, True) for one in lengths), *_numbers(left)]

    def _settled(self, one: Quantity) -> Taken | Refused:
        options = self.options
        if one.low != int(one.low) or one.high != int(one.high):
            return Refused("whole")
        low, high = int(one.low), int(one.high)
        if low < options.min:
            return Refused("few", {"min": options.min})
        if high > options.max:
            return Refused("many", {"max": options.max})
        if options.range:
            return Taken({"low": low, "high": high})
        return Taken(low) if low == high else Refused("vague")

    def show(self, value: Any) -> str:
        """Return the number, or both its ends."""
        if not isinstance(value, dict):
            return str(value)
        low, high = value["low"], value["high"]
        return str(low) if low == high else f"{low}到{high}"


_ZERO = next(iter(quantities("0"))).low


def _numbers(text: str) -> list[tuple[Quantity, bool]]:
    """Return the numbers that may tell how many, each with whether that is beyond doubt."""
    found = []
    for one in quantities(text):
        behind = _BEHIND.match(text, one.end)
        if _NOT_BEFORE.search(text, 0, one.start):
            continue
        if behind is None and (_NOT_COUNT.match(text, one.end) or one.end - one.start > 8):
            continue
        pair = text[one.start : one.end] in ("俩", "仨")
        found.append((one, behind is not None or pair))
    return found


def _lengths(text: str, units: Mapping[str, int]) -> list[Quantity]:
    """Return the lengths of time in `text`, counted in the smallest of the units."""
    unit = f"(?P<unit>{'|'.join(sorted(map(re.escape, units), key=len, reverse=True))})"
    found = []
    for one in quantities(text):
        behind = re.compile(rf"\s?{unit}(?P<half>半)?").match(text, one.end)
        if behind:
            many = units[behind["unit"]]
            more = Decimal(many) / 2 if behind["half"] else Decimal(0)
            low, high = one.low * many + more, one.high * many + more
            found.append(Quantity(one.start, behind.end(), low, high))
    for half in re.finditer(rf"半个?{unit}", text):
        if not any(one.start <= half.start() < one.end for one in found):
            many_half = Decimal(units[half["unit"]]) / 2
            found.append(Quantity(*half.span(), many_half, many_half))
    return found
