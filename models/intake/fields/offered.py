"""One of the times or things on offer (`models.offering`): by number, by name, or none yet.

What can be chosen is not in the service's file: whoever asks the question looks it up first
(`models.intake.listing`) and hands it over as what is `known` of the answer. An answer is stored
as its code and its words (「场次12 12月3日 …」); 「先登记」 stands for somebody who waits for one.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field, model_validator

from models.intake.fields.base import FieldType, Found, Options, Reading, Refused, Said, Taken
from models.intake.fields.numbered import number_named
from models.intake.wording import bare, fold, phrase, title
from models.offering.kinds import kinds
from models.reply import Choice

NONE_YET = "先登记"
"""The answer of somebody for whom nothing on offer fits: they are told when something does."""

LISTED = "listed"
"""The key, in what is known of an answer, of what can be chosen: pairs of code and words."""

_NONE_YET = re.compile(
    r"(?:先|就|那)?(?:登记|登个记|记下|记下来|留个?意向)(?:意向|着|吧|一下)*|"
    r"(?:都|全)(?:不合适|不行|不想要)|没有?合适的|有了(?:再)?(?:告诉|通知)我"
)


class OfferedOptions(Options):
    """What can be chosen, and the answers it hangs on.

    Attributes:
        kinds: codes of ``models/offering/kinds.yml``.
        topic: the field whose answer says what it has to be about.
        place: the field whose answer says where.
    """

    kinds: tuple[str, ...] = Field(min_length=1)
    topic: str | None = None
    place: str | None = None

    @model_validator(mode="after")
    def _kinds_are_known(self) -> "OfferedOptions":
        unknown = [one for one in self.kinds if one not in kinds()]
        if unknown:
            raise ValueError(f"no such kind: {', '.join(unknown)}; known: {', '.join(kinds())}")
        return self


class Offered(FieldType):
    """Something on offer. Its subclasses say whether that is a time or a thing."""

    settings: ClassVar[type[Options]] = OfferedOptions
    is_strong = True
    word: ClassVar[str]
    """What the codes of its answers begin with."""

    def code_of(self, value: Any) -> int | None:
        """Return the row a stored answer names; None for 「先登记」."""
        match = re.match(rf"{self.word}(\d{{1,12}})", str(value))
        return int(match[1]) if match else None

    def value(self, row: int, words: str) -> str:
        """Return an answer as it is stored."""
        return f"{self.word}{row} {words}"

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a code, a place on the list, words only one of the list holds, or 「先登记」."""
        listed: list[list[str]] = (known or {}).get(LISTED, [])
        found = self.find(said)
        if found:
            reading = found[0].reading
            assert isinstance(reading, Taken)
            code = str(reading.value)
            words = next((told for one, told in listed if one == code), "")
            return Taken(f"{code} {words}".strip() if code != NONE_YET else code)
        text = bare(said.raw)
        if _NONE_YET.fullmatch(text):
            return Taken(NONE_YET)
        number = number_named(fold(said.raw), len(listed) + 1)
        if number is not None:
            if number == len(listed) + 1:
                return Taken(NONE_YET)
            if 1 <= number <= len(listed):
                return Taken(" ".join(listed[number - 1]))
            return Refused("number", {"number": number, "last": len(listed) + 1})
        named = [one for one in listed if text and text in bare(one[1])]
        if len(named) == 1:
            return Taken(" ".join(named[0]))
        return Refused("several" if named else "unclear")

    def find(self, said: Said) -> Sequence[Found]:
        """Find the code of an answer, as a tapped choice carries it."""
        match = re.search(rf"{self.word}\d{{1,12}}", said.text)
        if match is not None:
            return [Found((match.span(),), Taken(match[0]))]
        text = bare(said.raw)
        if text in (NONE_YET, bare(title("none_yet")), bare(phrase("none_yet"))):
            return [Found(((0, len(said.text)),), Taken(NONE_YET))]
        return []

    def show(self, value: Any) -> str:
        """Return the words of an answer, without its code."""
        if value == NONE_YET:
            return phrase("none_yet")
        return re.sub(rf"^{self.word}\d+ ?", "", str(value)) or str(value)

    def written(self, value: Any) -> str:
        """Return the code, which is read back as the answer."""
        return str(value).split(" ", 1)[0]

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer what was looked up, and to wait for another one."""
        listed: list[list[str]] = (known or {}).get(LISTED, [])
        notes: dict[str, str] = (known or {}).get("notes", {})
        return (
            *(Choice(words + notes.get(code, ""), code, (words,)) for code, words in listed),
            Choice(title("none_yet"), NONE_YET),
        )

    def half_question(self, known: Any) -> str | None:
        """Say that nothing is on offer, where that is so."""
        told: str | None = (known or {}).get("ask")
        return told


class SlotField(Offered):
    """A time: a session of a course, an event, an hour of a mentor."""

    code = "slot"
    word = "场次"


class OfferingField(Offered):
    """A thing of the directory: a place to work in, a machine, a project."""

    code = "offering"
    word = "资源"
