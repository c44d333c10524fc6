"""Bank cards: sixteen to nineteen digits that pass the Luhn check (ISO/IEC 7812-1)."""

import re
from collections.abc import Sequence
from typing import Any

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.intake.fields.mobile import digits_of
from models.private_value import Span

KIND = "银行卡号"
_GAP = r"[\s\-－—.．·]{0,2}"
_NUMBER = re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{15,18}}(?!{_GAP}\d)")
_MISTYPED = re.compile(rf"\d(?:{_GAP}\d){{6,23}}")
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


class BankCard(FieldType):
    """A bank card's number, stored as digits."""

    code = "bank_card"
    token_kind = KIND
    always_private = True
    is_strong = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a number; a mistake says what is wrong with it."""
        values = {value for _, _, value in said.values(KIND)} or {
            span.value for span in find_bank_cards(said.text)
        }
        if len(values) > 1:
            return Refused("several", is_final=True)
        number = values.pop() if values else _NOT_DIGITS.sub("", digits_of(said.text))
        mistake = _mistake(number)
        return mistake or Taken(number)

    def find(self, said: Said) -> Sequence[Found]:
        """Find every number that is right."""
        numbers = said.values(KIND) or [
            (span.start, span.end, span.value) for span in find_bank_cards(said.text)
        ]
        return [
            Found(((start, end),), Taken(value))
            for start, end, value in numbers
            if _mistake(value) is None
        ]

    def near_miss(self, said: Said) -> Refused | None:
        """Hear a number that was meant as one and is wrong."""
        if not said.values(KIND):
            return None
        reading = self.read(said)
        return reading if isinstance(reading, Refused) else None

    def show(self, value: Any) -> str:
        """Return the number masked."""
        return mask_bank_card(str(value))

    def private_spans(self, text: str) -> list[Span]:
        """Hide mistyped numbers too."""
        return [
            Span(match.start(), match.end(), KIND, _NOT_DIGITS.sub("", match[0]))
            for match in _MISTYPED.finditer(digits_of(text))
        ]


def _mistake(number: str) -> Refused | None:
    """Return what is wrong with a number, if anything."""
    if not number:
        return Refused("none")
    if not 16 <= len(number) <= 19:
        return Refused("count", {"count": len(number)})
    return None if passes_luhn(number) else Refused("check")
