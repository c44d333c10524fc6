"""What has to fit together in a service file, and between files, beyond the shape of each value.

A condition may only look at answers that are asked, and compare them with words that can be
chosen; a question may only depend on earlier ones; a shared field means the same everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from models.catalogue.conditions import UNSURE, Condition
from models.catalogue.service import Service
from models.intake.fields import problems as field_problems
from models.intake.wording import bare

Place = tuple[str | int, ...]

_LISTED = ("slot", "offering")
_DONE_VALUES = frozenset({"number", "code"})
_NOTICE_VALUES = frozenset({"number", "service", "reason", "field"})

_FITTING = {
    "at_least": ("count", "money"),
    "at_most": ("count", "money"),
    "months_ago_at_least": ("date",),
    "months_ago_at_most": ("date",),
    "lacks": ("text",),
    "pays": ("money",),
}
"""The types of answers that a test can look at; `is` and `is_not` look at all others, too."""


def problems_in(service: Service) -> Iterator[tuple[Place, str]]:
    """Return the mistakes inside one service, each with its place in the file."""
    for number, field in enumerate(service.fields):
        for place, why in field_problems(field):
            yield ("fields", number, *place), why
        earlier = [one.name for one in service.fields[:number]]
        for option in ("topic", "place"):
            name = field.options.get(option)
            if field.type in _LISTED and name is not None and name not in earlier:
                why = f"looks at {name!r}, which is not asked before"
                yield ("fields", number, "options", option), why
        if field.ask_if is not None:
            at: Place = ("fields", number, "ask_if")
            yield from _about_condition(service, field.ask_if, at, earlier)
    yield from _about_conditions(service)
    yield from _about_parts(service)
    yield from _about_papers(service)
    for number, name in enumerate(service.distinct_by):
        if name not in _names(service):
            yield ("distinct_by", number), f"no field is called {name!r}"
    yield from _about_words(service)


def problems_between(services: Mapping[str, Service]) -> Iterator[tuple[str, Place, str]]:
    """Return the mistakes between services: the code of the later one, the place, and why."""
    shared: dict[str, tuple[str, tuple[object, ...]]] = {}
    names: dict[str, str] = {}
    for code, service in services.items():
        for name in service.names:
            owner = names.setdefault(bare(name), code)
            if owner != code:
                yield code, ("name",), f"{name!r} is a name of {owner} too"
        for number, field in enumerate(service.fields):
            if not field.shared:
                continue
            meaning = (field.type, field.private, repr(field.options))
            owner, first = shared.setdefault(field.name, (code, meaning))
            if meaning != first:
                why = f"shared with {owner}, but its type, privacy or options differ"
                yield code, ("fields", number, "shared"), why


def _about_parts(service: Service) -> Iterator[tuple[Place, str]]:
    codes = {part.code for part in service.parts}
    for number, part in enumerate(service.parts):
        if part.goes_with is not None and part.goes_with not in codes - {part.code}:
            yield ("parts", number, "goes_with"), f"there is no other part {part.goes_with!r}"


def _about_conditions(service: Service) -> Iterator[tuple[Place, str]]:
    names = _names(service)
    for place, rule in service.rules():
        yield from _about_condition(service, rule.needs, (*place, "needs"), names)
    if service.anonymous_if is not None:
        yield from _about_condition(service, service.anonymous_if, ("anonymous_if",), names)
    for number, one in enumerate(service.materials):
        if one.ask_if is not None:
            place = ("materials", number, "ask_if")
            yield from _about_condition(service, one.ask_if, place, names)
    for part_number, part in enumerate(service.parts):
        for number, one in enumerate(part.materials):
            if one.ask_if is not None:
                place = ("parts", part_number, "materials", number, "ask_if")
                yield from _about_condition(service, one.ask_if, place, names)


def _about_papers(service: Service) -> Iterator[tuple[Place, str]]:
    """Return papers that share a name and would be taken for one another."""
    labels = {one.name: one.label for one in service.materials}
    for part_number, part in enumerate(service.parts):
        for number, one in enumerate(part.materials):
            if labels.setdefault(one.name, one.label) != one.label:
                place = ("parts", part_number, "materials", number, "name")
                yield place, f"{one.name!r} is {labels[one.name]} already"


def _about_condition(
    service: Service, condition: Condition, place: Place, asked: Iterable[str]
) -> Iterator[tuple[Place, str]]:
    asked = list(asked)
    for name in condition.fields():
        if name not in asked:
            yield place, f"looks at {name!r}, which is not asked (before): {', '.join(asked)}"
    for name, test, value in condition.comparisons():
        if name in asked:
            yield from ((place, why) for why in _about_comparison(service, name, test, value))


def _about_comparison(service: Service, name: str, test: str, value: Any) -> Iterator[str]:
    """Return why an answer can never be compared like this: it would decide nothing, silently."""
    kind = service.field(name).type
    fitting = _FITTING.get(test)
    if fitting is not None:
        if kind not in fitting:
            yield f"{test} looks at {' or '.join(fitting)}, and {name} is a {kind}"
        return
    choices = _choices(service, name)
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, bool) != (kind == "yes_no"):
            yield f"{name} is a {kind}: it is never {one!r}"
        elif one in UNSURE:
            yield f"{one!r} answers nothing: no condition can rest on it"
        elif choices is not None and one not in choices:
            yield f"{one!r} is no choice of {name}: {', '.join(choices)}"


def _choices(service: Service, name: str) -> list[str] | None:
    """Return the values that can be chosen in a field; None where there is no list."""
    choices = service.field(name).options.get("choices")
    if not isinstance(choices, list):
        return None
    return [
        str(one.get("value", one.get("title"))) if isinstance(one, dict) else str(one)
        for one in choices
    ]


def _about_words(service: Service) -> Iterator[tuple[Place, str]]:
    """Return words with places to fill in that nobody fills."""
    for name in ("done", "updated"):
        yield from _placeholders((name,), getattr(service, name), _DONE_VALUES)
    for state, text in service.life.notices.items():
        yield from _placeholders(("life", "notices", state.value), text, _NOTICE_VALUES)


def _placeholders(
    place: Place, text: str | None, known: frozenset[str]
) -> Iterator[tuple[Place, str]]:
    try:
        used = {name for _, name, _, _ in Formatter().parse(text or "") if name is not None}
    except ValueError as error:
        yield place, f"braces that do not match: {error}"
        return
    if used - known:
        yield place, f"nobody fills in {', '.join(sorted(used - known))}; known: {sorted(known)}"


def _names(service: Service) -> list[str]:
    return [field.name for field in service.fields]
