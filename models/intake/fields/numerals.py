"""Numbers as people write and say them: 「200」, 「两百」, 「一万二」, 「5k」, 「三五个」.

Everything here works on folded text (`Said.text`): half width, simplified, lower case.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {
    char: number
    for number, many in enumerate(
        ("零〇", "一壹", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for char in many
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000}
_MYRIADS = {"万": 10_000, "w": 10_000, "亿": 100_000_000}
_HAN = "".join(_DIGITS) + "十拾百佰千仟万亿"
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\S")

# Possessive throughout: a long run of digits is read once, whatever stands behind it.
_ARABIC = r"\d++(?:,\d{3}(?!\d))*+(?:\.\d++)?+"
NUMBER = (
    rf"(?:{_ARABIC}(?:[kw](?![a-z]))?+|[{_HAN}]"
    rf"|(?<=[{_HAN}])点(?=[{_HAN}])|(?<=\d)\s(?=[千万亿]))++"
)
_LINK = r"\s?(?:到|至|-|~|—|–)\s?"
_PAIR = r"[一二两三四五六七八九](?=[二三四五六七八九])"
_QUANTITY = re.compile(
    rf"(?P<tens>[二三四五六七八九]?十)?(?P<less>{_PAIR})(?P<more>[二三四五六七八九])(?P<unit>[十百千万k亿w]*)"
    rf"(?![{_HAN}\d])"
    rf"|(?P<low>{NUMBER})(?:{_LINK}(?P<high>{NUMBER}))?(?P<about>来|多|几)?(?P<tail>[千万亿])?"
)
# 「二百一天」: the one belongs to the day.
_ONE_OF = re.compile(r"一(?=个?(?:小时|钟头|天|日|月|年|件|单|趟|次|晚|宿|套|车|人|位))")
_LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class Quantity:
    """A number or a span of numbers in a text.

    Attributes:
        start: its first character.
        end: the character behind it.
        low: the number, or the lower end.
        high: the upper end; equal to `low` for one number.
        is_about: whether it was said to be rough (「十来个」, 「三千多」).
    """

    start: int
    end: int
    low: Decimal
    high: Decimal
    is_about: bool = False


def number_of(text: str) -> Decimal | None:
    """Return the number that `text` as a whole is, None when it is none or beyond 10¹²."""
    tokens = _TOKEN.findall(text.replace(",", ""))
    if not tokens:
        return None
    if all(token in _DIGITS for token in tokens):
        return Decimal("".join(str(_DIGITS[token]) for token in tokens)) if len(text) < 13 else None
    value = _composed(tokens)
    return value if value is not None and value < _LARGEST else None


def _composed(tokens: list[str]) -> Decimal | None:
    """Return the value of digits and units; 「一万二」 leaves the unit of its last digit out."""
    total = section = Decimal(0)
    digit: Decimal | None = None
    unit, said_zero, decimals = 1, False, None
    for token in tokens:
        if token == "点":
            if digit is None or decimals is not None:
                return None
            decimals = Decimal(1)
        elif token in "零〇" and decimals is None:
            if digit is not None:
                return None
            said_zero = True
        elif token in _DIGITS or token[0].isdecimal():
            number = Decimal(_DIGITS.get(token, 0)) if token in _DIGITS else Decimal(token)
            if decimals is not None and digit is not None:
                decimals /= 10
                digit += number * decimals
            elif digit is not None:
                return None
            else:
                digit = number
        elif token in _UNITS:
            unit = _UNITS[token]
            section += (Decimal(1) if digit is None else digit) * unit
            digit, said_zero, decimals = None, False, None
        elif token in _MYRIADS:
            unit = _MYRIADS[token]
            section += digit or 0
            if not section and not total:
                return None
            total = (total + section) * unit if not section else total + section * unit
            section, digit, said_zero, decimals = Decimal(0), None, False, None
        else:
            return None
    if digit is not None:
        short = unit >= 100 and not said_zero and digit < 10 and decimals is None
        section += digit * unit / 10 if short else digit
    return total + section


def quantities(text: str) -> list[Quantity]:
    """Return every number and span of numbers in `text`, from left to right."""
    found = []
    at = 0
    while match := _QUANTITY.search(text, at):
        one = _pair(match) if match["less"] else _number(text, match)
        at = one.end if one else match.end()
        if one:
            found.append(one)
    return found


def _pair(match: re.Match[str]) -> Quantity | None:
    tens, unit = match["tens"] or "", match["unit"]
    low, high = (number_of(f"{tens}{match[name]}{unit}") for name in ("less", "more"))
    if low is None or high is None or not low < high:
        return None
    return Quantity(match.start(), match.end(), low, high)


def _number(text: str, match: re.Match[str]) -> Quantity | None:
    end = match.end()
    low_text, high_text = match["low"], match["high"]
    tail = match["tail"] or ""
    if not high_text and not match["about"] and len(low_text) > 1:
        last = _ONE_OF.match(text, match.end("low") - 1)
        if last and not low_text.endswith("十一"):
            low_text, end = low_text[:-1], end - 1
    if high_text:
        ends = _ONE_OF.match(text, match.end("high") - 1)
        if ends and len(high_text) > 1:
            high_text, end = high_text[:-1], end - 1
        high = number_of(high_text + tail)
        low = number_of(low_text)
        if low is None or high is None:
            return None
        # 「三到五千」: the unit is said once.
        scale = re.search(r"(?<=.)[十百千万亿kw]$", high_text)
        if scale and low < 10 and low_text[-1] not in scale[0]:
            low *= number_of(f"1{scale[0]}") or 1
        return Quantity(match.start(), end, low, high) if low <= high else None
    about = match["about"]
    value = number_of(low_text + tail)
    if value is None:
        return None
    return Quantity(match.start(), end, value, value, is_about=about is not None)
