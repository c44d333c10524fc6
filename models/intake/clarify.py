"""One clarifying question for a word that may mean several things (「补贴」): never a guess.

Which words those are, and what they may mean, is data: ``clarify.yml``.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.catalogue.loader import Catalogue
from models.intake.form import human_choice
from models.intake.wording import bare
from models.reply import Choice, Reply

FILE = Path(__file__).with_name("clarify.yml")


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


class Unclear(_Strict):
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
    question: str
    meanings: tuple[Meaning, ...] = Field(min_length=2, max_length=9)


class Clarifications(_Strict):
    """Everything that has to be asked back, and the small words that may stand around it."""

    before: tuple[str, ...]
    behind: tuple[str, ...]
    unclear: tuple[Unclear, ...]

    def problems(self, catalogue: Catalogue) -> Iterator[str]:
        """Return what cannot be served: unknown services, words given twice."""
        seen: set[str] = set()
        for one in self.unclear:
            for word in one.words:
                if bare(word) in seen:
                    yield f"the word {word!r} is given twice"
                seen.add(bare(word))
            for meaning in one.meanings:
                if meaning.start is not None and meaning.start not in catalogue:
                    yield f"{one.words[0]}: no service {meaning.start!r}"

    def about(self, text: str) -> Unclear | None:
        """Return what has to be asked back when `text` is nothing but an unclear word."""
        whole = bare(text)
        said = {whole, _without(whole, self.before, self.behind)}
        return next((one for one in self.unclear if said & set(map(bare, one.words))), None)

    def inside(self, question: str) -> Unclear | None:
        """Return what a question that nothing answers may still be about."""
        said = bare(question)
        return next((one for one in self.unclear if any(w in said for w in one.within)), None)


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


def _asked(catalogue: Catalogue, unclear: Unclear) -> Reply:
    choices = tuple(meaning.choice(catalogue) for meaning in unclear.meanings)
    return Reply(unclear.question, (*choices, human_choice()))


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
