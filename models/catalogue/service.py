"""What a service is: the shape every file of the catalogue has (DESIGN section 5).

The chat asks these fields one by one, a page shows the same ones as a form, staff read the same
request: one definition, three doors.
"""

import hashlib
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]

RESERVED_NAMES = frozenset({"consent", "confirm"})
"""Words `Draft.asked` uses for questions that are not fields."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Offer(_Strict):
    """When a policy answer leads to this service: its clause, and words of the quoted sentence."""

    clause: Text
    words: tuple[Text, ...] = Field(min_length=1)
    title: Text
    say: Text

    def fits(self, clause_path: str, sentence: str) -> bool:
        """Whether a quoted sentence of this clause speaks of the service."""
        return clause_path == self.clause and any(word in sentence for word in self.words)


class Consent(_Strict):
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


class ServiceField(_Strict):
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
        required: whether it can be skipped.
        private: whether the answer is swapped for a token before Rasa sees it.
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


class Service(_Strict):
    """One service of the plan."""

    code: Name
    name: Text
    clauses: tuple[Text, ...] = Field(min_length=1)
    audience: Text
    offers: tuple[Offer, ...] = ()
    consent: Consent
    fields: tuple[ServiceField, ...] = Field(min_length=1)
    confirm: Text
    done: Text
    updated: Text
    record: Name

    @model_validator(mode="after")
    def _words_are_clear(self) -> Self:
        _refuse_repeats("field name", [field.name for field in self.fields])
        _refuse_repeats("label or alias", [name for f in self.fields for name in f.names])
        for text in (self.done, self.updated):
            if "{number}" not in text:
                raise ValueError("done and updated have to tell the {number}")
        return self

    @property
    def start_intent(self) -> str:
        """The intent that starts this service."""
        return f"start_{self.code}"

    def field(self, name: str) -> ServiceField:
        """Return a field by its name.

        Raises:
            KeyError: this service does not ask it.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def position(self, name: str) -> int:
        """Return the place of a field among the questions, from 1."""
        return 1 + next(i for i, field in enumerate(self.fields) if field.name == name)


def _refuse_repeats(what: str, words: list[str]) -> None:
    repeated = sorted({word for word in words if words.count(word) > 1})
    if repeated:
        raise ValueError(f"{what} given twice: {', '.join(repeated)}")
