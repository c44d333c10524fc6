"""One of the answers that a field lists: by number, letter, ordinal, name, synonym or part."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.intake.fields.base import (
    OTHER,
    FieldType,
    Found,
    Options,
    Reading,
    Refused,
    Said,
    Taken,
)
from models.intake.fields.numbered import number_named
from models.intake.wording import bare, command, fold, is_question, without_tokens, words
from models.reply import Choice as Tap

LONGEST_OTHER = 40
_NOT_BEFORE = re.compile(
    r"(?:不|没|别|除了?|非)(?:是|算|选|要|当|做|做过|当过|想|在|属于|有|干|会)*$"
)
_AROUND = re.compile(
    r"^(?:我|俺|咱|本人|就?是|属于|算是?|选|要|想要?|那个|这个|应该|那种|办|申请|现在)+"
    r"|(?:的那个|那个|这个|的|那种|吧|呢|啊|了|人员|方面)+$"
)


class Listed(BaseModel):
    """An answer that can be chosen.

    Attributes:
        title: what a person reads.
        value: what is stored; the title where nothing else is given.
        words: what else people call it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1)
    value: str = ""
    words: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _title_is_value(cls, data: Any) -> Any:
        return {"value": data.get("title"), **data} if isinstance(data, dict) else data


def _listed(given: Any) -> Any:
    return {"title": given} if isinstance(given, str) else given


class ChoiceOptions(Options):
    """What can be chosen; `other` keeps an answer that is not on the list in its own words."""

    choices: tuple[Annotated[Listed, BeforeValidator(_listed)], ...] = ()
    other: bool = False

    @model_validator(mode="after")
    def _tells_them_apart(self) -> Self:
        if len(self.choices) < 2:
            raise ValueError("choices needs two answers or more")
        every = [fold(w) for c in self.choices for w in {c.title, *c.words}]
        twice = sorted({word for word in every if every.count(word) > 1})
        if twice:
            raise ValueError(f"two choices are called {', '.join(twice)}")
        values = [choice.value for choice in self.choices]
        if len(set(values)) < len(values):
            raise ValueError("two choices have the same value")
        return self


class OneOf(FieldType):
    """One of the listed answers."""

    code = "choice"
    settings: ClassVar[type[Options]] = ChoiceOptions
    is_loose = True
    takes_numbers = True

    @cached_property
    def _by_word(self) -> dict[str, Listed]:
        return {fold(w): c for c in self.options.choices for w in (c.title, *c.words)}

    @cached_property
    def _any_word(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self._by_word, key=len, reverse=True))))

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read the answer that was named; two of them, or a part of two, are asked again."""
        text = without_tokens(said.text)
        number = number_named(text, len(self.options.choices))
        if number is not None:
            return self._numbered(number)
        named = self._named(text) or self._partly_named(text)
        if len(named) == 1:
            return Taken(named[0].value)
        if named:
            return Refused("several", {"choices": "、".join(one.title for one in named)})
        return self._other(said) or Refused("unclear")

    def find(self, said: Said) -> Sequence[Found]:
        """Find the one answer that is named, if it is one."""
        matches = self._matches(said.text)
        named = {self._by_word[match[0]].value for match in matches}
        if len(named) != 1 or is_question(said.raw):
            return []
        is_plain = max(len(match[0]) for match in matches) > 1
        return [Found(tuple(one.span() for one in matches), Taken(named.pop()), is_plain)]

    def show(self, value: Any) -> str:
        """Return the answer's title."""
        titles = {choice.value: choice.title for choice in self.options.choices}
        return titles.get(value, str(value).removeprefix(OTHER))

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Tap, ...]:
        """Offer the whole list."""
        return tuple(Tap(choice.title, choice.title) for choice in self.options.choices)

    def _numbered(self, number: int) -> Reading:
        last = len(self.options.choices)
        if not 1 <= number <= last:
            return Refused("number", {"number": number, "last": last})
        return Taken(self.options.choices[number - 1].value)

    def _matches(self, text: str) -> list[re.Match[str]]:
        """Return where listed answers are named and meant."""
        return [
            match
            for match in self._any_word.finditer(text)
            if not _NOT_BEFORE.search(text, 0, match.start())
        ]

    def _named(self, text: str) -> list[Listed]:
        exact = self._by_word.get(text) or self._by_word.get(bare(text))
        if exact is not None:
            return [exact]
        many = [self._by_word[match[0]] for match in self._matches(text)]
        return list(dict.fromkeys(many))

    def _partly_named(self, text: str) -> list[Listed]:
        """Return the answers that `text` is a part of (「担保那个」)."""
        part = _AROUND.sub("", bare(text))
        if len(part) < 2 or command(text):
            return []
        return list(dict.fromkeys(one for word, one in self._by_word.items() if part in word))

    def _other(self, said: Said) -> Taken | None:
        own = said.opened
        answers_nothing = {*words("not_answers"), *words("agree"), *words("refuse")}
        if not self.options.other or not any(char.isalpha() for char in own):
            return None
        if command(own) or is_question(own) or {bare(own), fold(own)} & answers_nothing:
            return None
        return Taken(OTHER + own, sure=False) if len(own) <= LONGEST_OTHER else None
