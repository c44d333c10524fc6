"""A service as JSON schema: what its sheet takes, with hints for whoever draws it.

Every field takes what a person would write. A client that knows a field's kind may send a list for
several choices, true or false for a yes or no, and a number for a count.
"""

from collections.abc import Mapping
from typing import Any

from models.catalogue.conditions import Condition
from models.catalogue.service import Service, ServiceField
from models.intake.answers import type_of
from models.intake.listing import is_listed

_SEVERAL = ("many_choices", "work_kinds")


def schema_of(service: Service, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of a service's answers.

    Its ``x-ui`` names the order; each property's the question, help, example, widget and, in
    ``ask_if``, the condition under which it is asked at all. ``required`` lists what is asked of
    everybody. Where something on offer is chosen, ``options`` lists the soonest of it with the
    code to send: a client that wants others asks ``/offerings``.

    Args:
        service: whose answers.
        offered: what can be chosen in fields about something on offer, by field name.
    """
    always = [one.name for one in service.fields if one.required and one.ask_if is None]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": service.name,
        "type": "object",
        "properties": {one.name: _property(one, offered.get(one.name)) for one in service.fields},
        "required": always,
        "additionalProperties": False,
        "x-ui": {"order": [one.name for one in service.fields]},
    }


def widget(field: ServiceField) -> str:
    """Return how a field is drawn: ``radio``, ``checkbox``, ``textarea``, ``tel`` or ``text``."""
    if field.type in ("choice", "yes_no") or is_listed(field):
        return "radio"
    if field.type in _SEVERAL:
        return "checkbox"
    if field.type == "text":
        return "textarea"
    return "tel" if field.type == "mobile" else "text"


def _property(field: ServiceField, offered: Any) -> dict[str, Any]:
    ui: dict[str, Any] = {
        "widget": widget(field),
        "kind": field.type,
        "prompt": field.prompt,
        "help": field.help,
        "required": field.required,
        "private": field.private,
    }
    if field.why:
        ui["why"] = field.why
    if field.ask_if is not None:
        ui["ask_if"] = _condition(field.ask_if)
    choices = [one.title for one in type_of(field).choices()]
    if is_listed(field):
        listed = type_of(field).choices(offered)
        choices = [one.payload for one in listed]
        ui["options"] = [{"value": one.payload, "title": one.title} for one in listed]
        ui["hangs_on"] = [
            one for one in (field.options.get("topic"), field.options.get("place")) if one
        ]
    if choices:
        ui["choices"] = choices
    return {**_shape(field, choices), "title": field.label, "examples": [field.example], "x-ui": ui}


def _shape(field: ServiceField, choices: list[str]) -> dict[str, Any]:
    text = {"type": "string", "maxLength": type_of(field).longest}
    if field.type == "yes_no":
        return {"anyOf": [{"type": "boolean"}, {"enum": choices}]}
    if field.type == "count":
        return {"anyOf": [{"type": "integer"}, text]}
    if field.type in _SEVERAL:
        return {"anyOf": [{"type": "array", "items": text}, text]}
    return text


def _condition(condition: Condition) -> dict[str, Any]:
    return condition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
