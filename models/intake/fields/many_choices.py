"""Several of the answers that a field lists."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from models.intake.fields.base import Found, Options, Reading, Refused, Said, Taken
from models.intake.fields.choice import ChoiceOptions, OneOf
from models.intake.fields.numbered import numbers_listed
from models.intake.wording import bare, is_question, without_tokens

NONE = "都没有"
"""How an empty list is shown and may be written, unless its question calls for other words."""

_ALL = re.compile(
    r"^(?:我|这些|上面)?(?:全部?|全都|都|样样|每样)(?:都)?(?:要|有|是|选|会|行|符合|想|需要|办)?(?:的)?$|^全选$"
)
_NONE = re.compile(
    r"^(?:我|这些|上面|以上)*(?:一(?:个|样|项)|哪(?:个|样|项)|啥|什么)?(?:都|也|全)?(?:没有?|不是|不要|不需要|无|没干过|没办过|不符合|不选)(?:的|过|呢)?$|^(?:没有|无|都没有)$"
)


class ManyOptions(ChoiceOptions):
    """How many of the list may be named; `min` 0 lets `none` be an answer, in the words it has."""

    min: int = Field(default=1, ge=0)
    max: int | None = Field(default=None, ge=1)
    none: str = Field(default=NONE, min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError("min is more than max")
        return self


class ManyOf(OneOf):
    """A list of the listed answers, in the order of the list."""

    code = "many_choices"
    settings: ClassVar[type[Options]] = ManyOptions

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read numbers, names and synonyms; 「都有」 is all of them, 「都没有」 none."""
        text = without_tokens(said.text)
        numbers = numbers_listed(text)
        last = len(self.options.choices)
        if numbers is not None:
            wrong = next((one for one in numbers if not 1 <= one <= last), None)
            if wrong is not None:
                return Refused("number", {"number": wrong, "last": last})
            return self._enough([self.options.choices[one - 1].value for one in numbers])
        says_none = bare(text) == bare(self.options.none) or _NONE.match(bare(text))
        if says_none and not self._matches(text):
            return Taken([]) if self.options.min == 0 else Refused("few", {"min": self.options.min})
        if _ALL.match(bare(text)):
            return self._enough([choice.value for choice in self.options.choices])
        named = self._named(text)
        if not named:
            named = self._partly_named(text)
            if len(named) > 1:
                titles = "、".join(choice.title for choice in named)
                return Refused("several", {"choices": titles})
        if named:
            return self._enough([choice.value for choice in named])
        other = self._other(said)
        return Taken([other.value], sure=False) if other else Refused("unclear")

    def find(self, said: Said) -> Sequence[Found]:
        """Find every answer that is named."""
        matches = self._matches(said.text)
        if not matches or is_question(said.raw):
            return []
        reading = self._enough([self._by_word[match[0]].value for match in matches])
        if isinstance(reading, Refused):
            return []
        is_plain = max(len(match[0]) for match in matches) > 1
        return [Found(tuple(match.span() for match in matches), reading, is_plain)]

    def show(self, value: Any) -> str:
        """Return the titles in one line."""
        return "、".join(super(ManyOf, self).show(one) for one in value) or str(self.options.none)

    def _enough(self, named: list[str]) -> Taken | Refused:
        order = [choice.value for choice in self.options.choices]
        kept = sorted(set(named), key=order.index)
        if len(kept) < self.options.min:
            return Refused("few", {"min": self.options.min})
        if self.options.max is not None and len(kept) > self.options.max:
            return Refused("many", {"max": self.options.max})
        return Taken(kept)
