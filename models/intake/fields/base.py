"""What a field type is: how an answer of one kind is read, found in a sentence and shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from models.intake.wording import error_names, fold
from models.private_value import TOKEN, Span
from models.reply import Choice
from models.working_days import china_today

OTHER = "其他:"
"""What an answer that is on no list begins with, where it is stored in the person's own words."""

_ENDS = re.compile(r"[\s,，。.、;；!！~～…]+$")


@dataclass(frozen=True)
class Said:
    """What a person said, with the private values they may be speaking of.

    Attributes:
        raw: the text as it came, tokens in it.
        private: the values behind its tokens, opened for this person only.
        today: the day 「明天」 and 「去年」 are counted from.
    """

    raw: str
    private: Mapping[str, str] = field(default_factory=dict)
    today: date = field(default_factory=china_today)

    @property
    def text(self) -> str:
        """The text as it is compared."""
        return fold(self.raw)

    @property
    def opened(self) -> str:
        """The person's own words, the values behind their tokens put back, on one line."""
        words = TOKEN.sub(lambda match: self.private.get(match[0], ""), self.raw)
        return _ENDS.sub("", " ".join(words.split()))

    def values(self, kind: str) -> list[tuple[int, int, str]]:
        """Return start, end (in `text`) and value of every opened token of this kind."""
        return [
            (match.start(), match.end(), self.private[match[0]])
            for match in TOKEN.finditer(self.text)
            if match["kind"] == kind and match[0] in self.private
        ]


@dataclass(frozen=True)
class Taken:
    """A valid answer. `sure` is false where it was taken on trust, as free words."""

    value: Any
    sure: bool = True


@dataclass(frozen=True)
class Partly:
    """Half an answer: `known` is kept, `ask` is the question for the rest."""

    known: Any
    ask: str


@dataclass(frozen=True)
class Refused:
    """No answer: the name of the mistake, and what its words are filled with.

    `is_final` says that nothing in the message may be taken for the answer either (two numbers,
    a place outside the province): guessing would be worse than asking.
    """

    error: str
    values: Mapping[str, object] = field(default_factory=dict)
    is_final: bool = False


Reading = Taken | Partly | Refused


@dataclass(frozen=True)
class Found:
    """An answer found inside a sentence, with the characters of `Said.text` it was read from.

    `is_plain` is false where the words are an answer only beside their question (a bare 「200」).
    """

    spans: tuple[tuple[int, int], ...]
    reading: Taken | Partly
    is_plain: bool = True


class Options(BaseModel):
    """What a service file may set for a field of a type.

    Attributes:
        cues: words beside an answer that tell which field it belongs to (「开业」), when several
            questions take the same kind; the field's own names count as such by themselves.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    cues: tuple[str, ...] = ()


class FieldType:
    """A kind of answer, with the options of the field it is asked for.

    Args:
        options: the field's settings, as its service file has them.

    Attributes:
        code: its name in a service file.
        token_kind: the kind of private token its answers are swapped for, if any.
        always_private: whether a field of this kind has to be private.
        is_strong: whether the form of an answer alone tells that it is one (a mobile number):
            such an answer is heard even when another question is open.
        is_loose: whether its words are said in passing too (「现在」): such an answer to a question
            that was not asked only counts beside another answer.
        takes_numbers: whether a bare number is an answer: 「1」 may then name no choice.
        takes_whole: whether an answer is a story: what stands in it answers other questions only
            where it says so.
        is_name: whether an answer is what something is called: what stands beside it, not in it,
            may answer other questions (「老王饭店，沈阳铁西」).

    Raises:
        pydantic.ValidationError: the options are not those of this kind.
    """

    code: ClassVar[str]
    settings: ClassVar[type[Options]] = Options
    token_kind: ClassVar[str | None] = None
    always_private: ClassVar[bool] = False
    is_strong: ClassVar[bool] = False
    is_loose: ClassVar[bool] = False
    takes_numbers: ClassVar[bool] = False
    takes_whole: ClassVar[bool] = False
    is_name: bool = False

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self.options: Any = self.settings.model_validate(dict(options or {}))

    @property
    def longest(self) -> int:
        """How many characters an answer written on a page may have."""
        return 500

    @property
    def errors(self) -> frozenset[str]:
        """The mistakes this type can name."""
        return error_names(self.code)

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read the whole of `said` as the answer to this field's question.

        Args:
            said: the message.
            known: what an earlier half answer (`Partly`) left.
        """
        raise NotImplementedError

    def find(self, said: Said) -> Sequence[Found]:
        """Find answers of this kind inside a longer message, from left to right."""
        return ()

    def is_all_of(self, text: str) -> bool:
        """Whether `text` is plainly an answer of this kind from end to end."""
        return any(
            found.is_plain and sum(end - start for start, end in found.spans) == len(text)
            for found in self.find(Said(text))
        )

    def is_others(self, said: Said) -> bool:
        """Whether `said` plainly answers another kind of question, although its form would do."""
        return False

    def show(self, value: Any) -> str:
        """Return a stored answer as it may be shown: private values masked."""
        return str(value)

    def written(self, value: Any) -> str:
        """Return a stored answer as its owner may go on writing it: `read` gives it back."""
        return self.show(value)

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Return the answers that can be tapped; more of them once the question was missed."""
        return ()

    def half_question(self, known: Any) -> str | None:
        """Return the question that a half answer left open."""
        return None

    def half_note(self, known: Any) -> tuple[str, str]:
        """Return a half answer as it may be shown, and what will be asked about it later."""
        raise NotImplementedError

    def near_miss(self, said: Said) -> Refused | None:
        """Return the mistake in what was plainly meant as an answer of this kind, if any."""
        return None

    def private_spans(self, text: str) -> list[Span]:
        """Return what must be hidden in an answer to an open question of this kind."""
        return []

    def accepts(self, example: str) -> bool:
        """Whether `example` is a complete answer."""
        return isinstance(self.read(Said(example)), Taken)
