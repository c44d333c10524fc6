"""Ways through the forms of the catalogue, so that every field of every service is met."""

from collections.abc import Iterator
from itertools import product

from models.catalogue.service import Service, ServiceField
from models.intake.answers import type_of
from models.intake.fields.base import Said, Taken

Path = dict[str, str]
"""What is answered to each field, by its name."""


def paths_of(service: Service) -> list[Path]:
    """Return ways through a form that together meet all of its fields; examples come first."""
    plain = {field.name: field.example for field in service.fields}
    paths = [plain]
    met = _met(service, plain)
    for field in service.fields:
        if field.name not in met:
            path = _path_to(service, field, plain)
            paths.append(path)
            met |= _met(service, path)
    return paths


def _path_to(service: Service, field: ServiceField, plain: Path) -> Path:
    names = sorted(_hangs_on(service, field))
    for answers in product(*(_answers_to(service.field(name)) for name in names)):
        path = {**plain, **dict(zip(names, answers, strict=True))}
        if field.name in _met(service, path):
            return path
    raise AssertionError(f"no answers lead to {service.code}.{field.name}")


def _hangs_on(service: Service, field: ServiceField) -> set[str]:
    """Return the names of the fields that decide, directly or not, whether this one is asked."""
    names = set(field.ask_if.fields()) if field.ask_if is not None else set()
    return names.union(*(_hangs_on(service, service.field(name)) for name in names))


def _answers_to(field: ServiceField) -> Iterator[str]:
    yield field.example
    yield from (choice.payload for choice in type_of(field).choices() if choice.payload)


def _met(service: Service, path: Path) -> set[str]:
    """Return the fields that are asked on this way."""
    answers: dict[str, object] = {}
    for field in service.fields:
        if field.applies(answers):
            reading = type_of(field).read(Said(path[field.name]))
            answers[field.name] = reading.value if isinstance(reading, Taken) else None
    return set(answers)
