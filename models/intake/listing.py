"""What can be chosen in a question about something on offer, looked up when it is asked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Service, ServiceField
from models.intake.answers import type_of
from models.intake.fields.base import OTHER, Partly, Said, Taken
from models.intake.fields.offered import LISTED, NONE_YET, Offered, SlotField
from models.intake.wording import phrase
from models.offering.lines import offering_line, seats_left, slot_line
from models.offering.offering import Offering, find_offering, find_slot, search, upcoming
from models.offering.seat import TAKEN, counts

SHOWN = 5
"""How many are offered in a chat."""


def is_listed(field: ServiceField) -> bool:
    """Whether the answers to a field are looked up."""
    return isinstance(type_of(field), Offered)


def listed_field(service: Service) -> ServiceField | None:
    """Return the field of a service whose answers are looked up; None where it has none."""
    return next((one for one in service.fields if is_listed(one)), None)


def listing(
    session: Session, field: ServiceField, answers: Mapping[str, Any], *, limit: int = SHOWN
) -> dict[str, Any]:
    """Return what is known of an answer before it is given: what can be chosen.

    What fits best comes first: the same district, the same city, the soonest. Where the city has
    none, other cities' are offered and said to be elsewhere; where there is none at all, that is
    said, and the answer left is to wait for one.
    """
    kind = type_of(field)
    assert isinstance(kind, Offered)
    options = kind.options
    topics = topics_wanted(field, answers)
    place = answers.get(options.place) if options.place else None
    city, district = (place["city"], place["district"]) if place else (None, None)
    found = _found(session, kind, city, district, topics, limit)
    elsewhere = not found and city is not None
    if elsewhere:
        found = _found(session, kind, None, None, topics, limit)
    where = city or "全省"
    ask = None
    if not found:
        ask = phrase("nothing_offered", place=where)
    elif elsewhere:
        ask = phrase("only_elsewhere", place=where)
    return {
        LISTED: [[code, words] for code, words, _ in found],
        "notes": {code: note for code, _, note in found if note},
        "ask": ask,
    }


def topics_wanted(field: ServiceField, answers: Mapping[str, Any]) -> list[str]:
    """Return what the offered thing should be about; empty where anything may fit.

    A wish in somebody's own words is on no list, so it leaves nothing out.
    """
    given = answers.get(str(field.options.get("topic")))
    asked = given if isinstance(given, list) else [given] if given else []
    return [one for one in asked if not one.startswith(OTHER)]


def completed(session: Session, field: ServiceField, value: Any) -> Any:
    """Return an answer with the words of what its code names; None where there is no such."""
    kind = type_of(field)
    assert isinstance(kind, Offered)
    row = kind.code_of(value)
    if row is None:
        return value
    if isinstance(kind, SlotField):
        slot = find_slot(session, row)
        if slot is None or slot.offering.kind not in kind.options.kinds:
            return None
        return kind.value(row, slot_line(slot))
    offering = find_offering(session, row)
    if offering is None or offering.kind not in kind.options.kinds:
        return None
    return kind.value(row, f"{offering.name}，{offering.place}")


def with_words(
    session: Session, service: Service, found: Mapping[str, Taken | Partly]
) -> dict[str, Taken | Partly]:
    """Return answers with the words of what was chosen by its code; what is gone is left out."""
    whole = dict(found)
    for field in service.fields:
        reading = whole.get(field.name)
        if isinstance(reading, Taken) and is_listed(field):
            del whole[field.name]
            value = completed(session, field, reading.value)
            if value is not None:
                whole[field.name] = Taken(value)
    return whole


def picked_answers(session: Session, service: Service, code: str) -> dict[str, Any]:
    """Return the answers that a choice made beforehand stands for, by field name.

    What it is about is answered too, where that is one thing: nobody is asked what they have
    just pointed at. What is gone answers nothing.
    """
    field = listed_field(service)
    value = None if field is None else completed(session, field, code)
    if field is None or value is None:
        return {}
    answers = {field.name: value}
    offering = _offering_of(session, field, value)
    asked = field.options.get("topic")
    if offering is not None and asked is not None and len(offering.topics) == 1:
        reading = type_of(service.field(asked)).read(Said(offering.topics[0]))
        if isinstance(reading, Taken):
            answers[asked] = reading.value
    return answers


def picked_texts(session: Session, service: Service, code: str) -> dict[str, str]:
    """Return the same as a page would send it."""
    return {
        name: type_of(service.field(name)).written(value)
        for name, value in picked_answers(session, service, code).items()
    }


def _offering_of(session: Session, field: ServiceField, value: Any) -> Offering | None:
    row = offered_row(field, value)
    if row is None:
        return None
    if isinstance(type_of(field), SlotField):
        slot = find_slot(session, row)
        return slot.offering if slot is not None else None
    return find_offering(session, row)


def offered_row(field: ServiceField, value: Any) -> int | None:
    """Return the row that an answer names; None where none was chosen."""
    kind = type_of(field)
    if value is None or value == NONE_YET or not isinstance(kind, Offered):
        return None
    return kind.code_of(value)


def _found(
    session: Session,
    kind: Offered,
    city: str | None,
    district: str | None,
    topics: list[str],
    limit: int,
) -> list[tuple[str, str, str]]:
    """Return code, words and what changes by the minute, of what fits."""
    codes = kind.options.kinds
    if isinstance(kind, SlotField):
        slots = upcoming(session, codes, city=city, district=district, topics=topics, limit=limit)
        taken = counts(session, [one.id for one in slots], *TAKEN)
        return [
            (
                f"{kind.word}{one.id}",
                slot_line(one),
                f"，{seats_left(one, taken.get(one.id, 0))}",
            )
            for one in slots
        ]
    found = search(session, codes, city=city, district=district, topics=topics, limit=limit)
    return [
        (
            f"{kind.word}{one.id}",
            f"{one.name}，{one.place}",
            offering_line(one).partition("）")[2],
        )
        for one in found
    ]
