"""Reads the services from their files and refuses what could not be served.

A mistake is reported with the file, the line and the path to the value, so that somebody who
writes YAML and no Python can mend it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.catalogue.service import Offer, Service
from models.intake.fields import FIELD_TYPES
from models.intake.recorders import RECORDERS
from models.intake.wording import bare

FOLDER = Path(__file__).parent


class CatalogueError(ValueError):
    """A service file is wrong; the message names file, line, path and what to mend."""


class Catalogue:
    """The services in force, by code.

    Args:
        services: valid services, as `load_catalogue` reads them.
    """

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = dict(services)

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    def __contains__(self, code: object) -> bool:
        return code in self._services

    def service(self, code: str) -> Service:
        """Return a service by its code.

        Raises:
            KeyError: there is no such service.
        """
        return self._services[code]

    def named(self, text: str) -> Service | None:
        """Return the service that `text` is the very name of."""
        return next((one for one in self if bare(one.name) == bare(text)), None)

    def offers(self, clause_path: str, sentence: str) -> list[tuple[Service, Offer]]:
        """Return the services that are the next step of an answer quoting `sentence`."""
        return [
            (service, offer)
            for service in self
            for offer in service.offers
            if offer.fits(clause_path, sentence)
        ]


@cache
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read every service file of `folder`, once for a process.

    Raises:
        CatalogueError: a file is not YAML, or does not describe a service we can serve.
    """
    services: dict[str, Service] = {}
    for path in sorted(folder.glob("*.yml")):
        service = read_service(path)
        if service.code != path.stem:
            raise CatalogueError(f"{path.name}: code {service.code!r} has to be the file's name")
        services[service.code] = service
    return Catalogue(services)


def read_service(path: Path) -> Service:
    """Read one service file.

    Raises:
        CatalogueError: see `load_catalogue`.
    """
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(f"{path.name}:{line}: not YAML: {error.problem}") from error
    if not isinstance(data, dict):
        raise CatalogueError(f"{path.name}:1: a service is a mapping of names to values")
    problems = list(_problems(data))
    if problems:
        raise CatalogueError(
            "\n".join(
                f"{path.name}:{_line(tree, place)}: {'.'.join(map(str, place)) or 'service'}: {why}"
                for place, why in problems
            )
        )
    return Service.model_validate(data)


def _problems(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    try:
        service = Service.model_validate(data)
    except ValidationError as error:
        for one in error.errors():
            yield one["loc"], one["msg"].removeprefix("Value error, ")
        return
    if service.record not in RECORDERS:
        yield ("record",), f"nothing records {service.record!r}; known: {', '.join(RECORDERS)}"
    for number, field in enumerate(service.fields):
        kind = FIELD_TYPES.get(field.type)
        if kind is None:
            known = ", ".join(FIELD_TYPES)
            yield ("fields", number, "type"), f"no field type {field.type!r}; known: {known}"
            continue
        for name in field.errors.keys() - kind.errors:
            known = ", ".join(sorted(kind.errors))
            yield ("fields", number, "errors", name), f"{field.type} has no such error: {known}"
        if field.private != (kind.token_kind is not None):
            yield ("fields", number, "private"), f"{field.type} needs private: {not field.private}"
        if not kind.accepts(field.example):
            yield ("fields", number, "example"), f"{field.type} does not take its own example"


def _line(tree: yaml.Node | None, place: tuple[str | int, ...]) -> int:
    """Return the line of the value at `place`, or of the nearest thing around it."""
    node = tree
    line = 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
