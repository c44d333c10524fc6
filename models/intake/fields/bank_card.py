"""Bank cards: sixteen to nineteen digits that pass the Luhn check (ISO/IEC 7812-1)."""

import re
from typing import Any

from models.intake.fields.base import Refused
from models.intake.fields.card_number import GAP, CardNumber
from models.intake.fields.mobile import digits_of
from models.private_value import Span

KIND = "银行卡号"
_NUMBER = re.compile(rf"(?<!\d)[1-9](?:{GAP}\d){{15,18}}(?!{GAP}\d)")
_MISTYPED = re.compile(rf"\d(?:{GAP}\d){{6,23}}")
_NOT_DIGITS = re.compile(r"\D")


def passes_luhn(number: str) -> bool:
    """Whether the last digit of `number` is the check of the others."""
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def find_bank_cards(text: str) -> list[Span]:
    """Return the card numbers in `text`."""
    found = []
    for match in _NUMBER.finditer(digits_of(text)):
        number = _NOT_DIGITS.sub("", match[0])
        if passes_luhn(number):
            found.append(Span(match.start(), match.end(), KIND, number))
    return found


def mask_bank_card(number: str) -> str:
    """Return a number as it may be shown: its last four digits."""
    return f"尾号{number[-4:]}" if len(number) > 8 else "****"


class BankCard(CardNumber):
    """A bank card's number, stored as digits."""

    code = "bank_card"
    token_kind = KIND
    mistyped = _MISTYPED

    def numbers_in(self, text: str) -> list[Span]:
        """Return the numbers in `text`."""
        return find_bank_cards(text)

    def clean(self, text: str) -> str:
        """Return the characters of the number alone."""
        return _NOT_DIGITS.sub("", text)

    def mistake(self, number: str) -> Refused | None:
        """Return what is wrong with a number, if anything."""
        return _mistake(number)

    def show(self, value: Any) -> str:
        """Return the number masked."""
        return mask_bank_card(str(value))


def _mistake(number: str) -> Refused | None:
    """Return what is wrong with a number, if anything."""
    if not number:
        return Refused("none")
    if not 16 <= len(number) <= 19:
        return Refused("count", {"count": len(number)})
    return None if passes_luhn(number) else Refused("check")
