"""What a field type is: how an answer of one kind is read, found in a sentence and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.intake.wording import error_names, fold
from models.private_value import TOKEN, Span
from models.reply import Choice


@dataclass(frozen=True)
class Said:
    """What a person said, with the private values they may be speaking of.

    Attributes:
        raw: the text as it came, tokens in it.
        private: the values behind its tokens, opened for this person only.
    """

    raw: str
    private: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text as it is compared."""
        return fold(self.raw)

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
    """An answer found inside a sentence, with the characters of `Said.text` it was read from."""

    spans: tuple[tuple[int, int], ...]
    reading: Taken | Partly


class FieldType:
    """A kind of answer. One object serves all fields of its kind and keeps nothing.

    Attributes:
        code: its name in a service file.
        token_kind: the kind of private token its answers are swapped for, if any.
        is_strong: whether the form of an answer alone tells that it is one (a mobile number):
            such an answer is heard even when another question is open.
        is_loose: whether its words are said in passing too (「现在」): such an answer to a question
            that was not asked only counts beside another answer.
    """

    code: str
    token_kind: str | None = None
    is_strong: bool = False
    is_loose: bool = False

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

    def find(self, said: Said) -> Found | None:
        """Find an answer of this kind inside a longer message."""
        return None

    def show(self, value: Any) -> str:
        """Return a stored answer as it may be shown: private values masked."""
        return str(value)

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
