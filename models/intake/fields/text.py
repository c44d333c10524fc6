"""Free words, within a length; a private field's words are kept out of the assistant's sight."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from models.intake.fields.address import find_addresses
from models.intake.fields.bank_card import find_bank_cards
from models.intake.fields.base import FieldType, Options, Reading, Refused, Said, Taken
from models.intake.fields.dates import written_out
from models.intake.fields.id_number import find_id_numbers
from models.intake.fields.mobile import find_mobiles
from models.intake.fields.money import Money
from models.intake.fields.person_name import find_names
from models.intake.fields.work_kinds import WorkKinds, names_workplace
from models.intake.wording import bare, command, is_question, words
from models.private_value import TOKEN, Span
from models.working_days import china_today

KIND = "原话"
_SHOWN_OF_PRIVATE = 4


class TextOptions(Options):
    """How short and how long the words may be, in characters.

    `dated` is set where others read them later: days counted from today get their dates.
    `is_name` is set where they are what something is called.
    """

    dated: bool = False
    is_name: bool = False
    min: int = Field(default=2, ge=1)
    max: int = Field(default=200, ge=1, le=2000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is more than max")
        return self


class Text(FieldType):
    """The person's own words. Asked only: no words of a sentence are taken for them unasked."""

    code = "text"
    settings: ClassVar[type[Options]] = TextOptions
    token_kind = KIND
    takes_whole = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        self.is_name = self.options.is_name

    @property
    def longest(self) -> int:
        """How many characters the words may have."""
        return int(self.options.max)

    def read(self, said: Said, known: Any = None) -> Reading:
        """Take the words; what only answers in form (「没有」, a command) is refused."""
        own = said.opened
        if not any(char.isalnum() for char in own) or command(own):
            return Refused("empty")
        if len(own) < self.options.min or bare(own) in words("not_answers"):
            return Refused("short", {"min": self.options.min})
        if len(own) > self.options.max:
            return Refused("long", {"max": self.options.max, "count": len(own)})
        if self.is_others(said):
            return Refused("other")
        if self.options.dated:
            own = written_out(own, china_today())
        return Taken(own, sure=TOKEN.fullmatch(said.raw.strip()) is not None)

    def is_others(self, said: Said) -> bool:
        """Whether a name or a time was asked for, and pay or work is all that was told."""
        if not (self.is_name or self.options.dated):
            return False
        text = bare(said.raw)
        is_work = WorkKinds().is_all_of(text) and not names_workplace(text)
        return is_work or Money().is_all_of(text)

    def show(self, value: Any) -> str:
        """Return the words with what is private in them covered."""
        return mask_private(str(value))

    def written(self, value: Any) -> str:
        """Return the words themselves: what is covered could not be read back."""
        return str(value)

    def private_spans(self, text: str) -> list[Span]:
        """Hide a whole answer, unless it is a command or a question to us."""
        own = text.strip()
        if not own or own.startswith("/") or command(own) or is_question(own):
            return []
        start = text.index(own)
        return [Span(start, start + len(own), KIND, own)]


def mask_private(text: str) -> str:
    """Return `text` with names, numbers and addresses in it covered."""
    finders = (find_id_numbers, find_bank_cards, find_mobiles, find_names, find_addresses)
    covered = list(text)
    for find in finders:
        for span in find(text):
            covered[span.start : span.end] = "*" * (span.end - span.start)
    return "".join(covered)
