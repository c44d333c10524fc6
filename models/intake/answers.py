"""Reads one message as answers to a form: to the question asked, and to others at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Service, ServiceField
from models.intake.fields import FIELD_TYPES
from models.intake.fields.base import FieldType, Partly, Refused, Said, Taken
from models.intake.wording import error_text, words
from models.private_value import TOKEN, open_token

_WORDLESS = re.compile(r"[^\w\u3400-\u9fff]|_")


@dataclass(frozen=True)
class Answers:
    """What a message answers.

    Attributes:
        found: readings by field name, in the order of the form.
        rest: what of the message is no answer and no filler, as one string.
    """

    found: Mapping[str, Taken | Partly] = field(default_factory=dict)
    rest: str = ""


def type_of(asked: ServiceField) -> FieldType:
    """Return the type of a field (the loader has seen to it that there is one)."""
    return FIELD_TYPES[asked.type]


def hear(session: Session, contact_id: int, text: str) -> Said:
    """Return a message with its private tokens opened, as far as they are this person's."""
    opened = {}
    for match in TOKEN.finditer(text):
        value = open_token(session, contact_id, match[0])
        if value is not None:
            opened[match[0]] = value
    return Said(text, opened)


def gather(service: Service, said: Said, asked: str | None) -> Answers:
    """Find the answers to any of the service's fields in one message.

    Args:
        service: whose fields.
        said: the message.
        asked: the name of the field whose question is open, if one is.
    """
    text = said.text
    taken: list[tuple[int, int]] = []
    found: dict[str, Taken | Partly] = {}
    for one in service.fields:
        hit = type_of(one).find(said)
        if hit is None or any(a < d and c < b for a, b in hit.spans for c, d in taken):
            continue
        found[one.name] = hit.reading
        taken += hit.spans
    if len(found) == 1 and asked not in found:
        (name,) = found
        spoken = sum(end - start for start, end in taken)
        if type_of(service.field(name)).is_loose and (len(text) - spoken > 1 or spoken < 3):
            return Answers({}, _without_fillers(TOKEN.sub("", text)))
    rest = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in taken))
    return Answers(found, _without_fillers(TOKEN.sub("", rest)))


def read_asked(asked: ServiceField, said: Said, known: Any) -> Taken | Partly | Refused:
    """Read the whole message as the answer to one question."""
    return type_of(asked).read(said, known)


def error_of(asked: ServiceField, refused: Refused) -> str:
    """Return the words for a mistake: the service's own, or else the type's."""
    own = asked.errors.get(refused.error)
    if own is not None:
        return own.format(**refused.values)
    return error_text(type_of(asked).code, refused.error, **refused.values)


def _without_fillers(text: str) -> str:
    text = _WORDLESS.sub("", text)
    for filler in words("fillers"):
        text = text.replace(filler, "")
    return text
