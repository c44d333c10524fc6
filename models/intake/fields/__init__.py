"""The kinds of answers a service can ask for, by the name a service file calls them."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from models.intake.fields.address import Address
from models.intake.fields.appointment import Appointment
from models.intake.fields.availability import Availability
from models.intake.fields.bank_card import BankCard
from models.intake.fields.base import FieldType
from models.intake.fields.choice import OneOf
from models.intake.fields.count import Count
from models.intake.fields.date import Date
from models.intake.fields.id_number import IdNumber
from models.intake.fields.many_choices import ManyOf
from models.intake.fields.mobile import Mobile
from models.intake.fields.money import Money
from models.intake.fields.offered import OfferingField, SlotField
from models.intake.fields.person_name import PersonName
from models.intake.fields.place import Place
from models.intake.fields.text import Text
from models.intake.fields.work_kinds import WorkKinds
from models.intake.fields.yes_no import YesNo

if TYPE_CHECKING:
    from models.catalogue.service import ServiceField

FIELD_TYPES: dict[str, type[FieldType]] = {
    kind.code: kind
    for kind in (
        PersonName,
        Mobile,
        IdNumber,
        BankCard,
        Address,
        Place,
        WorkKinds,
        Availability,
        OneOf,
        ManyOf,
        YesNo,
        Date,
        Appointment,
        Money,
        Count,
        SlotField,
        OfferingField,
        Text,
    )
}


def field_type(code: str, options: Mapping[str, Any]) -> FieldType:
    """Return the type of this name with these options; the same object for the same ones.

    Raises:
        KeyError: there is no such type.
        pydantic.ValidationError: the options are not those of the type.
    """
    return _built(code, json.dumps(options, ensure_ascii=False, default=str) if options else "{}")


@lru_cache(maxsize=1024)
def _built(code: str, options: str) -> FieldType:
    return FIELD_TYPES[code](json.loads(options))


def problems(field: "ServiceField") -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Return what is wrong with a field of a service file: the place below it, and why."""
    kind = FIELD_TYPES.get(field.type)
    if kind is None:
        yield ("type",), f"no field type {field.type!r}; known: {', '.join(FIELD_TYPES)}"
        return
    if kind.always_private and not field.private:
        yield ("private",), f"{field.type} needs private: true"
    if field.private and kind.token_kind is None:
        yield ("private",), f"{field.type} cannot be private; take text"
    try:
        built = field_type(field.type, field.options)
    except ValidationError as error:
        for one in error.errors():
            yield ("options", *one["loc"]), one["msg"].removeprefix("Value error, ")
        return
    for name in sorted(field.errors.keys() - built.errors):
        known = ", ".join(sorted(built.errors))
        yield ("errors", name), f"{field.type} has no such error: {known}"
    if not built.accepts(field.example):
        yield ("example",), f"{field.type} does not take its own example"
