"""OpenForm: a draft together with its service, and what the engine notes in it.

In a draft, `answers` holds the answers by field name (None for a skipped one) and notes of the
engine under the names below. Field names never begin with an underscore.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.draft import WHICH, Draft, active_draft, drafts_of
from models.intake.answers import type_of
from models.intake.wording import phrase

CONSENT = "consent"
CONFIRM = "confirm"

HALF = "_half"
"""What half answers left, by field name."""
MISSES = "_misses"
"""How often in a row the open question was missed."""
SHOWN = "_shown"
"""Which questions were shown in full."""
REPLACES = "_replaces"
"""The number of the stored record that this form changes."""
FROM = "_from"
"""The message the form was begun with."""
TOLD = "_told"
"""The messages that told the matter before consent: read once it is given, and not before."""
KNOWN = "_known"
"""What the same person answered to shared fields of other services, by field name."""
LEAVING = "_leaving"
"""What the form would be left for, while it is being asked what becomes of it."""
HEARD = "_heard"
"""What spoken answers replaced, by field name, while they are being read back."""
PICKED = "_picked"
"""What on offer was chosen before the form was begun, until it may be taken as an answer."""
OFFERED = "_offered"
"""What can be chosen in questions about something on offer, by field name."""
TOKENS = "_tokens"
"""The tokens under which private answers are shown in the summary, by field name."""


@dataclass(frozen=True)
class Leaving:
    """What a form would be left for: another service, itself begun anew, or nothing at all.

    Attributes:
        to: code of the service that was asked for, if one was.
        message_id: the message it was asked for with.
        anew: whether the form is to be begun again from the first question.
        picked: what on offer was chosen before the other service was asked for.
    """

    to: str | None = None
    message_id: int | None = None
    anew: bool = False
    picked: str | None = None

    @property
    def for_good(self) -> bool:
        """Whether the form is to be given up."""
        return self.to is None and not self.anew


@dataclass(frozen=True)
class OpenForm:
    """A draft together with the service it belongs to."""

    draft: Draft
    service: Service

    @property
    def answers(self) -> dict[str, Any]:
        """The answers given so far, by field name."""
        return {k: v for k, v in self.draft.answers.items() if not k.startswith("_")}

    @property
    def fields(self) -> tuple[ServiceField, ...]:
        """The fields that are asked, given the answers so far, in order."""
        return self.service.applicable(self.answers)

    @property
    def asking(self) -> Service:
        """The service with the fields that are asked, given the answers so far."""
        return self.service.model_copy(update={"fields": self.fields})

    @property
    def askable(self) -> Service:
        """The service with the fields that may be asked: one message may answer them at once."""
        answers = self.answers
        may_be = [
            field
            for field in self.service.fields
            if field.ask_if is None or field.ask_if.holds(answers) is not False
        ]
        return self.service.model_copy(update={"fields": tuple(may_be)})

    @property
    def total(self) -> int:
        """How many fields are asked."""
        return len(self.fields)

    def position(self, name: str) -> int:
        """Return the place of a field among those that are asked, from 1."""
        return 1 + [field.name for field in self.fields].index(name)

    @property
    def open_question(self) -> str:
        """The name of the open question: a field's, ``consent`` or ``confirm``."""
        asked = self.draft.asked
        if asked in (CONSENT, CONFIRM) or any(f.name == asked for f in self.fields):
            return str(asked)
        # The service, or an answer it hangs on, has changed since: what is missing now is asked.
        return self.next_question

    @property
    def next_question(self) -> str:
        """The first field without an answer, or ``confirm``."""
        for field in self.fields:
            if field.name not in self.draft.answers:
                return field.name
        return CONFIRM

    @property
    def asked(self) -> ServiceField | None:
        """The field whose question is open; None while consent or the summary is open."""
        name = self.open_question
        return None if name in (CONSENT, CONFIRM) else self.service.field(name)

    @property
    def half(self) -> Any:
        """What is known of the answer to the open question: half of it, or what can be chosen."""
        name = self.open_question
        left = self.draft.answers.get(HALF, {}).get(name)
        return self.draft.answers.get(OFFERED, {}).get(name) if left is None else left

    @property
    def misses(self) -> int:
        """How often in a row the open question was missed."""
        return int(self.draft.answers.get(MISSES, 0))

    @property
    def asks_which(self) -> bool:
        """Whether the open question is which answer of the summary is to be changed."""
        return self.open_question == CONFIRM and bool(self.draft.answers.get(WHICH))

    @property
    def replaces(self) -> str | None:
        """The number of the stored record that this form changes."""
        return self.draft.answers.get(REPLACES)

    @property
    def leaving(self) -> Leaving | None:
        """What the form would be left for, while it is being asked what becomes of it."""
        noted = self.draft.answers.get(LEAVING)
        return None if noted is None else Leaving(**noted)

    @property
    def heard(self) -> Mapping[str, list[Any]]:
        """The spoken answers being read back, each with what it replaced: a list of one or none."""
        noted: Mapping[str, list[Any]] = self.draft.answers.get(HEARD) or {}
        return noted

    @property
    def told(self) -> list[int]:
        """The messages that told the matter before consent, besides the one it was begun with."""
        return list(self.draft.answers.get(TOLD, ()))

    def note(self, name: str, value: Any) -> None:
        """Keep a note of the engine in the draft; None forgets it."""
        kept = {k: v for k, v in self.draft.answers.items() if k != name}
        self.draft.answers = kept if value is None else {**kept, name: value}

    def answer(self, field: ServiceField) -> Any:
        """Return the answer given to a field, None if there is none."""
        return self.draft.answers.get(field.name)

    def offered(self, field: ServiceField) -> Any:
        """Return the answer that can be kept: the one given before, or elsewhere."""
        given = self.answer(field)
        known: Mapping[str, Any] = self.draft.answers.get(KNOWN, {})
        return known.get(field.name) if given is None else given

    def shown(self, field: ServiceField) -> str:
        """Return the answer given to a field as it may be shown."""
        value = self.answer(field)
        return phrase("empty") if value is None else type_of(field).show(value)


def open_form(session: Session, catalogue: Catalogue, contact_id: int) -> OpenForm | None:
    """Return the form this person is filling right now, if any."""
    draft = active_draft(session, contact_id)
    if draft is None or draft.service not in catalogue:
        return None
    return OpenForm(draft, catalogue.service(draft.service))


def begun_forms(session: Session, catalogue: Catalogue, contact_id: int) -> list[OpenForm]:
    """Return every form this person has begun and not finished, the one touched last first."""
    drafts = sorted(
        drafts_of(session, contact_id), key=lambda one: (one.active, one.updated_at), reverse=True
    )
    return [
        OpenForm(draft, catalogue.service(draft.service))
        for draft in drafts
        if draft.service in catalogue
    ]
