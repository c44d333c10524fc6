"""What a service is: the shape every file of the catalogue has (DESIGN section 5).

The chat asks these fields one by one, a page shows the same ones as a form, staff read the same
request: one definition, three doors.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from models.catalogue.conditions import Condition
from models.catalogue.eligibility import Rule
from models.catalogue.life import Life
from models.catalogue.strict import MisplacedError, Name, Strict, Text
from models.working_days import china_today

RESERVED_NAMES = frozenset({"consent", "confirm"})
"""Words `Draft.asked` uses for questions that are not fields."""

Hotline = Literal["12333", "12345", "12348", "12315"]
"""The public hotlines we name: social security, government, legal aid, market regulation."""

RecordedBy = Literal["request", "booking", "gig_registration", "gig_posting", "gig_search"]
"""Who can store a finished form; ``models.intake.recorders`` has one of each name."""


class Kind(StrEnum):
    """What a service does with what it asks."""

    REQUEST = "request"
    SEARCH = "search"
    GUIDE = "guide"


class Offer(Strict):
    """When a policy answer leads to this service: its clause, and words of the quoted sentence."""

    clause: Text
    words: tuple[Text, ...] = Field(min_length=1)
    title: Text
    say: Text

    def fits(self, clause_path: str, sentence: str) -> bool:
        """Whether a quoted sentence of this clause speaks of the service."""
        return clause_path == self.clause and any(word in sentence for word in self.words)


class Consent(Strict):
    """What a person says yes to before the first personal question."""

    version: Text
    stores: Text
    purpose: Text
    erase: Text

    @property
    def wording(self) -> str:
        """The name of these very words: other words need another yes."""
        words = "\n".join((self.stores, self.purpose, self.erase))
        return f"{self.version}.{hashlib.sha256(words.encode()).hexdigest()[:12]}"


class ServiceField(Strict):
    """One thing a service asks.

    Attributes:
        name: key of the answer in a draft and in the request.
        type: a field type of ``models.intake.fields``.
        label: how the field is called in a summary.
        aliases: what else people call it when they correct it.
        prompt: the question.
        help: what to say to somebody who does not know what to answer.
        why: what the answer is needed for, for those who would rather not give it.
        example: a valid answer.
        required: whether it cannot be skipped.
        private: whether the answer is swapped for a token before Rasa sees it.
        shared: whether an answer given to the same field of another service is offered again.
        told_first: whether the words with which people ask for the service, or what they say
            before they consent, tell it already (「老板欠我三个月工钱」): then they are the answer,
            unless a better one is found.
        ask_if: asked only where this is true of the answers to earlier fields.
        errors: other words for a mistake than the type's own, by the type's error name.
        options: settings of the type.
    """

    name: Name
    type: Name
    label: Text
    aliases: tuple[Text, ...] = ()
    prompt: Text
    help: Text
    why: Text | None = None
    example: Text
    required: bool = True
    private: bool = False
    shared: bool = False
    told_first: bool = False
    ask_if: Condition | None = None
    errors: dict[str, Text] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _name_is_free(self) -> Self:
        if self.name in RESERVED_NAMES:
            raise ValueError(f"the name {self.name!r} is taken by a question of the form itself")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every word for this field, its label first."""
        return (self.label, *self.aliases)

    def applies(self, answers: Mapping[str, Any]) -> bool:
        """Whether the field is asked, given these answers. What is still open asks nothing yet."""
        return self.ask_if is None or self.ask_if.holds(answers) is True


class Material(Strict):
    """A paper or photo that belongs to a request.

    Attributes:
        name: key of the upload.
        label: what it is.
        types: what is taken as an upload.
        most: how many files at most.
        required: whether a request can be granted without it.
        sample: a picture that shows a good one, below ``webhook/static/samples``.
        ask_if: needed only where this is true of the answers.
    """

    name: Name
    label: Text
    types: tuple[Literal["jpeg", "png", "pdf"], ...] = ("jpeg", "png", "pdf")
    most: int = Field(default=3, ge=1, le=9)
    required: bool = True
    sample: Text | None = None
    ask_if: Condition | None = None

    def applies(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is needed, as far as these answers tell: what is open may be needed."""
        return self.ask_if is None or self.ask_if.holds(answers) is not False


class Part(Strict):
    """One of several things a bundle asks for in one intake: each gets its own decision.

    `goes_with` names another part without which this one means nothing.
    """

    code: Name
    name: Text
    clauses: tuple[Text, ...] = Field(min_length=1)
    goes_with: Name | None = None
    eligibility: tuple[Rule, ...] = Field(min_length=1)
    materials: tuple[Material, ...] = ()


class Office(Strict):
    """Where somebody can go or call. Only public hotlines, and no address that we made up."""

    who: Text
    hotline: Hotline


class Step(Strict):
    """One step of a guide: what to do, and where or with what if there is more to say."""

    do: Text
    note: Text | None = None


class Guide(Strict):
    """How something is done elsewhere: steps in order, where, online, and what to bring.

    `bring` comes before every rule of a window: `bring_note` says whose word is final.
    """

    steps: tuple[Step, ...] = Field(min_length=2)
    where: Text
    online: Text | None = None
    bring: tuple[Text, ...] = ()
    bring_note: Text | None = None


class Service(Strict):
    """One service of the plan.

    Attributes:
        code: its name in the database, in intents and in the API.
        name: what it is called; `aliases` are other names people call it by.
        kind: takes a request, looks something up, or guides through steps.
        clauses: the clauses of the plan it rests on.
        audience: whom it is for.
        region: where it holds.
        open_from: the first day requests are taken, if there is one; `open_until` the last.
        urgent: whether a request goes to staff at once.
        office: where to go or call.
        offers: when a policy answer leads to it.
        consent: what is agreed to before the first question; needed where anything is stored.
        fields: what is asked, in order.
        materials: what belongs to a request.
        eligibility: the rules of its pre-check.
        checks: what staff look at before they grant it; the applicant hears of one that blocks.
        parts: what a bundle asks for in one intake; each part has rules and decisions of its own.
        anonymous_if: where this is true of the answers, the request is stored without the person
            and found again by a query code.
        distinct_by: fields in which two requests of one person may differ and both be open; where
            it is empty, one request of a person is open at a time.
        life: time limits, notices and the like.
        prefix: two letters that its numbers begin with.
        confirm: said above the summary. A search has none: it answers at once.
        done: said when it is stored; `updated` when a stored request was changed.
        next_step: what happens after that, as 「我的申请到哪了」 tells it.
        guide: the steps of a guide.
        record: who stores it, by its name in ``models.intake.recorders``.
    """

    code: Name
    name: Text
    aliases: tuple[Text, ...] = ()
    kind: Kind = Kind.REQUEST
    clauses: tuple[Text, ...] = Field(min_length=1)
    audience: Text
    region: Text = "辽宁省"
    open_from: date | None = None
    open_until: date | None = None
    urgent: bool = False
    office: Office
    offers: tuple[Offer, ...] = ()
    consent: Consent | None = None
    fields: tuple[ServiceField, ...] = ()
    materials: tuple[Material, ...] = ()
    eligibility: tuple[Rule, ...] = ()
    checks: tuple[Rule, ...] = ()
    parts: tuple[Part, ...] = ()
    anonymous_if: Condition | None = None
    distinct_by: tuple[Name, ...] = ()
    life: Life = Life()
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "SQ"
    confirm: Text | None = None
    done: Text | None = None
    updated: Text | None = None
    next_step: Text | None = None
    guide: Guide | None = None
    record: RecordedBy | None = None

    @model_validator(mode="after")
    def _words_are_clear(self) -> Self:
        fields = list(enumerate(self.fields))
        _refuse_repeats("field name", [(("fields", n, "name"), one.name) for n, one in fields])
        labels = [
            (("fields", n, "aliases" if k else "label"), name)
            for n, one in fields
            for k, name in enumerate(one.names)
        ]
        _refuse_repeats("label or alias", labels)
        parts = enumerate(self.parts)
        _refuse_repeats("part", [(("parts", n, "code"), one.code) for n, one in parts])
        papers = enumerate(self.materials)
        _refuse_repeats("material", [(("materials", n, "name"), one.name) for n, one in papers])
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Refuse a service that lacks what its kind needs, or has what it cannot use."""
        needed, unused = _BY_KIND[self.kind]
        for name in needed:
            if not getattr(self, name):
                raise ValueError(f"a {self.kind} needs {name}")
        for name in unused:
            if getattr(self, name):
                raise MisplacedError((name,), f"a {self.kind} has no {name}")
        for name in ("done", "updated"):
            if "{number}" not in (getattr(self, name) or "{number}"):
                raise MisplacedError((name,), "done and updated have to tell the {number}")
        if self.anonymous_if is not None and "{code}" not in str(self.done):
            raise MisplacedError(("done",), "done has to tell the {code} of an anonymous request")
        if self.open_from and self.open_until and self.open_from > self.open_until:
            raise MisplacedError(("open_until",), "open_until is before open_from")
        return self

    @property
    def start_intent(self) -> str:
        """The intent that starts this service."""
        return f"start_{self.code}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the service, its own first."""
        return (self.name, *self.aliases)

    def is_open(self, day: date | None = None) -> bool:
        """Whether requests are taken on a day (today)."""
        day = day or china_today()
        return (self.open_from is None or self.open_from <= day) and (
            self.open_until is None or day <= self.open_until
        )

    def is_anonymous(self, answers: Mapping[str, Any]) -> bool:
        """Whether a request with these answers is stored without who asks."""
        return self.anonymous_if is not None and self.anonymous_if.holds(answers) is True

    def field(self, name: str) -> ServiceField:
        """Return a field by its name.

        Raises:
            KeyError: this service does not ask it.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def part(self, code: str) -> Part:
        """Return a part of a bundle by its code.

        Raises:
            KeyError: it has no such part.
        """
        for part in self.parts:
            if part.code == code:
                return part
        raise KeyError(code)

    def applicable(self, answers: Mapping[str, Any]) -> tuple[ServiceField, ...]:
        """Return the fields that are asked, given these answers, in order."""
        return tuple(field for field in self.fields if field.applies(answers))

    def position(self, name: str) -> int:
        """Return the place of a field among the questions, from 1."""
        return 1 + next(i for i, field in enumerate(self.fields) if field.name == name)

    def rules(self) -> Iterator[tuple[tuple[str | int, ...], Rule]]:
        """Return every rule with its place in the file."""
        for number, rule in enumerate(self.eligibility):
            yield ("eligibility", number), rule
        for number, rule in enumerate(self.checks):
            yield ("checks", number), rule
        for place, part in enumerate(self.parts):
            for number, rule in enumerate(part.eligibility):
                yield ("parts", place, "eligibility", number), rule


_ASKED = ("fields", "record")
_BY_KIND: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Kind.REQUEST: ((*_ASKED, "consent", "confirm", "done", "updated"), ("guide",)),
    Kind.SEARCH: (_ASKED, ("guide", "confirm", "done", "updated", "parts", "materials")),
    Kind.GUIDE: (("guide",), (*_ASKED, "consent", "confirm", "done", "updated", "parts")),
}
"""What a service of each kind needs, and what it cannot have."""


def _refuse_repeats(what: str, words: Sequence[tuple[tuple[str | int, ...], str]]) -> None:
    """Refuse a word that stands in two places; the mistake lies in the second."""
    seen: set[str] = set()
    for place, word in words:
        if word in seen:
            raise MisplacedError(place, f"{what} given twice: {word}")
        seen.add(word)
