"""What has to fit together in a service file, and between files, beyond the shape of each value.

A condition may only look at answers that are asked, and compare them with words that can be
chosen; a question may only depend on earlier ones; a shared field means the same everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter

from models.catalogue.conditions import UNSURE, Condition
from models.catalogue.service import Service
from models.intake.fields import problems as field_problems
from models.intake.wording import bare

Place = tuple[str | int, ...]

_LISTED = ("slot", "offering")
_DONE_VALUES = frozenset({"number", "code"})
_NOTICE_VALUES = frozenset({"number", "service", "reason", "field"})


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


def _about_condition(
    service: Service, condition: Condition, place: Place, asked: Iterable[str]
) -> Iterator[tuple[Place, str]]:
    asked = list(asked)
    for name in condition.fields():
        if name not in asked:
            yield place, f"looks at {name!r}, which is not asked (before): {', '.join(asked)}"
    for name, word in condition.words():
        choices = _choices(service, name) if name in asked else None
        if choices is not None and word not in choices:
            yield place, f"{word!r} is no choice of {name}: {', '.join(choices)}"
        if word in UNSURE:
            yield place, f"{word!r} answers nothing: no condition can rest on it"


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
