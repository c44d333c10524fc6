"""One clarifying question where a message may mean several things: never a guess.

That is a word with several meanings (「补贴」), or somebody who says what they are or where, and
not yet what they want (「我是大学生」, 「我家在铁岭」). Which words those are, and what they may
mean, is data: ``clarify.yml``.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.catalogue.loader import Catalogue
from models.intake.fields.place import named_places
from models.intake.form import human_choice
from models.intake.wording import bare
from models.reply import Choice, Reply

FILE = Path(__file__).with_name("clarify.yml")


# Nobody takes more characters to say who they are; all ways to take small words away are tried.
_LONGEST = 16
_PARTS = re.compile(r"[\s,，。;；、]+")


class ClarifyError(ValueError):
    """The file is wrong; the message names what to mend."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Meaning(_Strict):
    """One thing a word may mean: a service to start, a question to answer, or another intent.

    Attributes:
        start: code of a service.
        ask: a question about the plan.
        intent: an intent of the classifier.
        title: what is read on the choice; a service's own name and the question do where it is
            left out.
        words: what else names it as an answer.
    """

    start: str | None = None
    ask: str | None = None
    intent: str | None = None
    title: str | None = None
    words: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(map(bool, (self.start, self.ask, self.intent))) != 1:
            raise ValueError("a meaning needs exactly one of start, ask, intent")
        if self.intent and not self.title:
            raise ValueError("an intent needs a title")
        return self

    def choice(self, catalogue: Catalogue) -> Choice:
        """Return the meaning as it is offered."""
        if self.start is not None:
            service = catalogue.service(self.start)
            return Choice(self.title or service.name, f"/{service.start_intent}", self.words)
        if self.ask is not None:
            payload = f'/ask_policy{{"choice": "{self.ask}"}}'
            return Choice(self.title or self.ask, payload, self.words)
        return Choice(str(self.title), f"/{self.intent}", self.words)


class _Asked(_Strict):
    """A question, and what may be meant.

    Attributes:
        question: what is asked.
        meanings: the answers, as they are offered.
    """

    question: str
    meanings: tuple[Meaning, ...] = Field(min_length=2, max_length=9)


class Unclear(_Asked):
    """Words that may mean several things, and the question that settles it.

    Attributes:
        words: what has to be asked back when it is said alone.
        within: what leads here from inside a question that nothing answers.
        without_subject: whether they leave out what they are about (「在哪办」): behind an answer
            that is what was answered.
        takes_offer: whether they name nothing but a wish (「我想申请」): behind an offer they are a
            yes to it.
    """

    words: tuple[str, ...] = Field(min_length=1)
    within: tuple[str, ...] = ()
    without_subject: bool = False
    takes_offer: bool = False


class Kind(_Asked):
    """What people say of themselves, and what people of that kind come for.

    Attributes:
        words: what they call themselves; none for those who only say where they are.
    """

    words: tuple[str, ...] = ()


class OfOneself(_Strict):
    """What people say of themselves alone, and the small words that may stand around it."""

    before: tuple[str, ...]
    behind: tuple[str, ...]
    kinds: tuple[Kind, ...]


class Clarifications(_Strict):
    """Everything that has to be asked back, and the small words that may stand around it."""

    before: tuple[str, ...]
    behind: tuple[str, ...]
    unclear: tuple[Unclear, ...]
    of_oneself: OfOneself

    def problems(self, catalogue: Catalogue) -> Iterator[str]:
        """Return what cannot be served: unknown services, words given twice."""
        for many in (self.unclear, self.of_oneself.kinds):
            seen: set[str] = set()
            for one in many:
                for word in one.words:
                    if bare(word) in seen:
                        yield f"the word {word!r} is given twice"
                    seen.add(bare(word))
                for meaning in one.meanings:
                    if meaning.start is not None and meaning.start not in catalogue:
                        yield f"{one.question}: no service {meaning.start!r}"

    def about(self, text: str) -> Unclear | None:
        """Return what has to be asked back when `text` is nothing but an unclear word."""
        whole = bare(text)
        said = {whole, _without(whole, self.before, self.behind)}
        return next((one for one in self.unclear if said & set(map(bare, one.words))), None)

    def inside(self, question: str) -> Unclear | None:
        """Return what a question that nothing answers may still be about."""
        said = bare(question)
        return next((one for one in self.unclear if any(w in said for w in one.within)), None)

    def who(self, text: str) -> Kind | None:
        """Return what kind of person speaks when `text` says that, or where they are, alone."""
        parts = [self._kind(part) for part in _PARTS.split(bare(text)) if part]
        if not parts or None in parts:
            return None
        return next((one for one in parts if one is not None and one.words), parts[0])

    def named(self, text: str) -> Kind | None:
        """Return the kind that a longer sentence about oneself names (「从工地回来的农民工」)."""
        said = bare(text)
        named = [
            (len(word), number)
            for number, one in enumerate(self.of_oneself.kinds)
            for word in map(bare, one.words)
            if len(word) > 1 and word in said
        ]
        # The longest name tells most; of equals the kind that stands first.
        number = max(named, key=lambda one: (one[0], -one[1]))[1] if named else None
        return None if number is None else self.of_oneself.kinds[number]

    def _kind(self, said: str) -> Kind | None:
        if len(said) > _LONGEST:
            return None
        small = (self.of_oneself.before, self.of_oneself.behind)
        left = said
        for start, end in reversed(named_places(said)):
            left = left[:start] + left[end:]
        called = {*_bared(said, *small), *_bared(left, *small)}
        for one in self.of_oneself.kinds:
            if called & set(map(bare, one.words)):
                return one
        is_place = left != said and called & {"", *self.of_oneself.before, *self.of_oneself.behind}
        return next((one for one in self.of_oneself.kinds if not one.words and is_place), None)


@cache
def clarifications() -> Clarifications:
    """Read the file, once for a process.

    Raises:
        ClarifyError: the file does not hold what it should.
    """
    try:
        return Clarifications.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ClarifyError(f"{FILE.name}: {error}") from error


def check(catalogue: Catalogue) -> None:
    """See at start that every meaning can be served.

    Raises:
        ClarifyError: one cannot.
    """
    problems = list(clarifications().problems(catalogue))
    if problems:
        raise ClarifyError("\n".join(f"{FILE.name}: {one}" for one in problems))


def says_who(text: str) -> bool:
    """Whether `text` says who or where somebody is, and nothing of what they want."""
    return clarifications().who(text) is not None


def is_unclear(text: str) -> bool:
    """Whether `text` has to be asked back."""
    return clarifications().about(text) is not None


def lacks_subject(text: str) -> bool:
    """Whether `text` is a question that leaves out what it is about."""
    unclear = clarifications().about(text)
    return unclear is not None and unclear.without_subject


def takes_offer(text: str) -> bool:
    """Whether `text` is a wish that names nothing: behind an offer it takes that up."""
    unclear = clarifications().about(text)
    return unclear is not None and unclear.takes_offer


def clarify(catalogue: Catalogue, text: str) -> Reply | None:
    """Return the one question that settles what is meant. None where nothing is unclear."""
    unclear = clarifications().about(text)
    return _asked(catalogue, unclear) if unclear is not None else None


def clarify_inside(catalogue: Catalogue, question: str) -> Reply | None:
    """Return what to ask of somebody whose question nothing answers. None where no word tells."""
    unclear = clarifications().inside(question)
    return _asked(catalogue, unclear) if unclear is not None else None


def clarify_wish(catalogue: Catalogue, text: str) -> Reply | None:
    """Return what to ask of somebody who only says who or where they are. None where it is more."""
    kind = clarifications().who(text)
    return _asked(catalogue, kind) if kind is not None else None


def clarify_teller(catalogue: Catalogue, text: str) -> Reply | None:
    """Return what to ask of somebody who tells of themselves and wants nothing yet.

    None where nothing tells what kind of person speaks.
    """
    kind = clarifications().named(text)
    return _asked(catalogue, kind) if kind is not None else None


def _asked(catalogue: Catalogue, unclear: _Asked) -> Reply:
    choices = tuple(meaning.choice(catalogue) for meaning in unclear.meanings)
    return Reply(unclear.question, (*choices, human_choice()))


def _bared(said: str, before: tuple[str, ...], behind: tuple[str, ...]) -> set[str]:
    """Return `said` with any of the small words around it taken away, and as it is."""
    forms, new = {said}, [said]
    while new:
        one = new.pop()
        shorter = {one.removeprefix(word) for word in before}
        shorter |= {one.removesuffix(word) for word in behind}
        new += shorter - forms
        forms |= shorter
    return forms


def _without(said: str, before: tuple[str, ...], behind: tuple[str, ...]) -> str:
    """Return `said` without the small words around it; something always stays."""
    previous = None
    while said != previous:
        previous = said
        for word in before:
            if len(said) > len(word) + 1:
                said = said.removeprefix(word)
        for word in behind:
            if len(said) > len(word) + 1:
                said = said.removesuffix(word)
    return said
