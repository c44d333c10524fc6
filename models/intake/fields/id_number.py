"""Identity-card numbers: eighteen characters, the last one a check (GB 11643-1999)."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.fields.base import Refused
from models.intake.fields.card_number import GAP, CardNumber
from models.intake.fields.mobile import digits_of
from models.private_value import Span
from models.working_days import china_today

KIND = "身份证号"
LENGTH = 18
_X = "XxＸｘ叉"
_NUMBER = re.compile(rf"(?<!\d)[1-9](?:{GAP}\d){{16}}{GAP}[\d{_X}](?!\d)")
_OLD = re.compile(rf"(?<!\d)[1-9](?:{GAP}\d){{14}}(?!{GAP}[\d{_X}])")
# Whatever is nearly one, while it is asked for: a few characters too many or too few.
_MISTYPED = re.compile(rf"\d(?:{GAP}\d){{6,23}}(?:{GAP}[{_X}])?")
_NOT_DIGITS = re.compile(r"[^0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@cache
def _regions() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("regions.yml")
    regions: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return regions


def is_id_number(number: str) -> bool:
    """Whether `number` has a real birthday and the right last character."""
    return birth_date(number) is not None and number[17] == _check_of(number)


def birth_date(number: str) -> date | None:
    """Return the birthday in a number of eighteen characters; None where there cannot be one."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        return None
    return _day(number[6:14])


def region(number: str) -> str | None:
    """Return where the number was given out: the province, with the city in Liaoning."""
    province = _regions()["provinces"].get(number[:2])
    return None if province is None else province + _regions()["cities"].get(number[:4], "")


def find_id_numbers(text: str) -> list[Span]:
    """Return the identity-card numbers in `text`; one with a wrong last digit is private too."""
    folded = digits_of(text)
    found = []
    for match in _NUMBER.finditer(folded):
        number = _clean(match[0])
        if birth_date(number) is not None:
            found.append(Span(match.start(), match.end(), KIND, number))
    for match in _OLD.finditer(folded):
        number = _clean(match[0])
        if _is_old(number):
            found.append(Span(match.start(), match.end(), KIND, number))
    return found


def mask_id_number(number: str) -> str:
    """Return a number as it may be shown, birthday covered: ``2101**********1237``."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 8 else "****"


class IdNumber(CardNumber):
    """An identity-card number, stored as eighteen characters."""

    code = "id_number"
    token_kind = KIND
    mistyped = _MISTYPED

    def numbers_in(self, text: str) -> list[Span]:
        """Return the numbers in `text`."""
        return find_id_numbers(text)

    def clean(self, text: str) -> str:
        """Return the characters of the number alone."""
        return _clean(text)

    def mistake(self, number: str) -> Refused | None:
        """Return what is wrong with a number, if anything."""
        return _mistake(number)

    def show(self, value: Any) -> str:
        """Return the number masked."""
        return mask_id_number(str(value))


def _clean(text: str) -> str:
    return _NOT_DIGITS.sub("", re.sub(f"[{_X}]", "X", text))


def _check_of(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11]


def _day(digits: str) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if date(1900, 1, 1) <= born <= china_today() else None


def _is_old(number: str) -> bool:
    """Whether this is a number of the first generation: fifteen digits, the year in two."""
    known = number[:2] in _regions()["provinces"]
    return len(number) == 15 and known and _day(f"19{number[6:12]}") is not None


def _mistake(number: str) -> Refused | None:
    """Return what is wrong with a number, if anything."""
    if not number.strip("X"):
        return Refused("none")
    if _is_old(number):
        return Refused("old", is_final=True)
    if len(number) != LENGTH or "X" in number[:17]:
        return Refused("count", {"count": len(number)})
    if number[:2] not in _regions()["provinces"]:
        return Refused("region")
    if birth_date(number) is None:
        return Refused("birthday")
    return None if is_id_number(number) else Refused("check")
