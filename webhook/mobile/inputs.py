"""A field as it is drawn on a page: its control, what stands in it, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from models.catalogue.service import ServiceField
from models.intake.answers import type_of
from models.intake.form import OpenForm
from models.intake.listing import is_listed
from models.intake.wording import title
from webhook.api.sheet_schema import widget

KEEP = title("keep")
OTHER = ".other"
"""What the name of the line for an answer that is not on the list ends in."""


@dataclass(frozen=True)
class Input:
    """What a template draws.

    Attributes:
        field: the field of the service.
        prompt: its question, or that there is nothing to choose.
        widget: ``radio``, ``checkbox``, ``textarea``, ``tel`` or ``text``.
        choices: what can be ticked, as it is sent.
        titles: how a choice is read, where that differs.
        ticked: which of them are.
        other: what stands in the line for an answer that is not listed; None where none is taken.
        text: what stands in the line to write on; never a private answer.
        kept: a private answer that is there already, masked.
        offered: a private answer given elsewhere that may be taken over, masked.
        longest: how many characters may be written on a line.
        error: what is wrong.
    """

    field: ServiceField
    prompt: str
    widget: str
    choices: tuple[str, ...]
    titles: Mapping[str, str]
    ticked: frozenset[str]
    other: str | None
    text: str
    kept: str
    offered: str
    longest: int
    error: str


def inputs(
    fields: list[ServiceField],
    form: OpenForm | None,
    known: Mapping[str, Any],
    errors: Mapping[str, str],
    written: "MultiDict[str, str] | None" = None,
    offered: Mapping[str, Any] | None = None,
) -> list[Input]:
    """Return the fields of a section as they are drawn.

    Args:
        fields: which.
        form: the draft so far, if it is begun.
        known: what else may be offered, by field name.
        errors: by field name.
        written: what was just sent, where it is shown again because of an error.
        offered: what can be chosen in fields about something on offer, by field name.
    """
    return [
        _input(one, form, known, errors.get(one.name, ""), written, (offered or {}).get(one.name))
        for one in fields
    ]


def texts(fields: list[ServiceField], written: "MultiDict[str, str]") -> dict[str, str | None]:
    """Return what was written into a section, by field name; several ticks are one answer."""
    found: dict[str, str | None] = {}
    for field in fields:
        ticks = [one for one in written.getlist(field.name) if one.strip()]
        own = written.get(field.name + OTHER, "").strip()
        if own:
            # One answer of several, or instead of the only one.
            ticks = [*ticks, own] if widget(field) == "checkbox" else [own]
        found[field.name] = "、".join(ticks)
    return found


def _input(
    field: ServiceField,
    form: OpenForm | None,
    known: Mapping[str, Any],
    error: str,
    written: "MultiDict[str, str] | None",
    offered: Any,
) -> Input:
    kind = type_of(field)
    given = form.answer(field) if form is not None else None
    is_answered = form is not None and field.name in form.answers
    elsewhere = None if is_answered else known.get(field.name)
    titles: dict[str, str] = {}
    choices = [one.title for one in kind.choices()] if widget(field) in _TICKED else []
    if is_listed(field):
        titles = {one.payload: one.title for one in kind.choices(offered)}
        choices = list(titles)
    if field.type == "many_choices" and kind.options.min == 0:
        choices.append(kind.options.none)
    value = given if is_answered else elsewhere
    shown = "" if value is None else kind.show(value)
    ticked = frozenset(shown.split("、")) if choices else frozenset()
    if is_listed(field) and value is not None:
        ticked = frozenset({kind.written(value)})
        if kind.written(value) not in titles:
            # What was chosen stays there, although it is not among what fits best.
            titles = {kind.written(value): shown, **titles}
            choices = list(titles)
    if field.type == "yes_no":
        ticked = frozenset({"不是" if value is False else shown})
    other = None
    if field.type == "work_kinds" or (choices and getattr(kind.options, "other", False)):
        other = "、".join(sorted(ticked - set(choices) - {""}))
    text = "" if field.private or choices or value is None else kind.written(value)
    if written is not None:
        ticked = frozenset(written.getlist(field.name))
        text = written.get(field.name, "")
        other = None if other is None else written.get(field.name + OTHER, "")
    return Input(
        field=field,
        prompt=(kind.half_question(offered) if is_listed(field) else None) or field.prompt,
        widget=widget(field),
        choices=tuple(choices),
        titles=titles,
        ticked=ticked,
        other=other,
        text=text,
        kept=shown if field.private and is_answered else "",
        offered=shown if field.private and not is_answered else "",
        longest=kind.longest,
        error=error,
    )


_TICKED = ("radio", "checkbox")
