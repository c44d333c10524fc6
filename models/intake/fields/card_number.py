"""Numbers that stand on a card and check themselves: what identity and bank cards share."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.intake.fields.mobile import digits_of
from models.private_value import Span

GAP = r"[\s\-－—.．·]{0,2}"
"""What may stand between two digits as people write them."""


class CardNumber(FieldType):
    """A number that is read, hidden and refused alike, whatever card it stands on.

    Attributes:
        mistyped: whatever is nearly such a number, while it is asked for.
    """

    token_kind: ClassVar[str]
    always_private = True
    is_strong = True
    mistyped: ClassVar[re.Pattern[str]]

    def numbers_in(self, text: str) -> list[Span]:
        """Return the numbers in `text`."""
        raise NotImplementedError

    def clean(self, text: str) -> str:
        """Return what of `text` belongs to the number."""
        raise NotImplementedError

    def mistake(self, number: str) -> Refused | None:
        """Return what is wrong with a number, if anything."""
        raise NotImplementedError

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a number; a mistake says what is wrong with it."""
        values = {value for _, _, value in said.values(self.token_kind)} or {
            span.value for span in self.numbers_in(said.text)
        }
        if len(values) > 1:
            return Refused("several", is_final=True)
        number = values.pop() if values else self.clean(digits_of(said.text))
        return self.mistake(number) or Taken(number)

    def find(self, said: Said) -> Sequence[Found]:
        """Find every number that is right."""
        numbers = said.values(self.token_kind) or [
            (span.start, span.end, span.value) for span in self.numbers_in(said.text)
        ]
        return [
            Found(((start, end),), Taken(value))
            for start, end, value in numbers
            if self.mistake(value) is None
        ]

    def near_miss(self, said: Said) -> Refused | None:
        """Hear a number that was meant as one and is wrong."""
        if not said.values(self.token_kind):
            return None
        reading = self.read(said)
        return reading if isinstance(reading, Refused) else None

    def private_spans(self, text: str) -> list[Span]:
        """Hide mistyped numbers too."""
        return [
            Span(match.start(), match.end(), self.token_kind, self.clean(match[0]))
            for match in self.mistyped.finditer(digits_of(text))
        ]
