"""Reads the services from their files and refuses what could not be served.

A mistake is reported with the file, the line and the path to the value, so that somebody who
writes YAML and no Python can mend it. All mistakes of all files are found at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from models.catalogue.consistency import problems_between, problems_in
from models.catalogue.service import Offer, Service
from models.catalogue.strict import MisplacedError
from models.intake.wording import bare

FOLDER = Path(__file__).parent

Place = tuple[str | int, ...]


class CatalogueError(ValueError):
    """A service file is wrong; the message names file, line, path and what to mend."""


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, and what to mend.

    Attributes:
        file: name of the service file.
        line: counted from 1.
        path: the value's place in the file, such as ``fields.2.type``; empty for the file itself.
        why: what is wrong.
    """

    file: str
    line: int
    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path + ': ' if self.path else ''}{self.why}"


class Catalogue:
    """The services in force, by code.

    Args:
        services: valid services, as `load_catalogue` reads them.
    """

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = dict(services)
        self._by_name = {bare(name): one for one in self for name in one.names}

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

    def recorded(self) -> Iterator[Service]:
        """Return the services that store something: guides do not."""
        return (service for service in self if service.record is not None)

    def named(self, text: str) -> Service | None:
        """Return the service that `text` is the very name of."""
        return self._by_name.get(bare(text))

    def mentioned(self, text: str) -> Service | None:
        """Return the service whose name stands in `text`, the one with the longest name."""
        said = bare(text)
        names = [name for name in self._by_name if name in said]
        return self._by_name[max(names, key=len)] if names else None

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
    services, problems = read_folder(folder)
    if problems:
        raise CatalogueError("\n".join(map(str, problems)))
    return Catalogue(services)


def read_folder(folder: Path) -> tuple[dict[str, Service], list[Problem]]:
    """Read every service file of `folder`; return the valid services and every mistake found."""
    files = [ServiceFile(path) for path in sorted(folder.glob("*.yml"))]
    problems = [problem for file in files for problem in file.problems()]
    for path in sorted(folder.glob("*.yaml")):
        problems.append(Problem(path.name, 1, "", "a service file ends in .yml"))
    services = {file.service.code: file.service for file in files if file.service is not None}
    by_code = {file.path.stem: file for file in files}
    for code, place, why in problems_between(services):
        problems.append(by_code[code].problem(place, why))
    return services, problems


class _Reader(yaml.SafeLoader):
    """YAML in which no key stands twice, and a date is a text: who takes it says if it is none."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; of two values under one key YAML would silently take the last."""
        keys: set[str] = set()
        for key, _ in node.value:
            if key.value in keys:
                why = f"{key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, why, key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)


def _as_written(reader: _Reader, node: yaml.ScalarNode) -> str:
    return str(reader.construct_scalar(node))


_Reader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


class ServiceFile:
    """One file of the catalogue while it is read.

    Attributes:
        path: the file.
        service: what it describes; None until `problems` found none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.service: Service | None = None
        self._tree: yaml.Node | None = None

    def problems(self) -> Iterator[Problem]:
        """Read the file and return what is wrong with it."""
        try:
            text = self.path.read_text(encoding="utf-8")
            self._tree = yaml.compose(text, _Reader)
            data = yaml.load(text, _Reader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            yield Problem(self.path.name, line, "", f"not YAML: {error.problem}")
            return
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            yield Problem(self.path.name, 1, "", f"not YAML: {str(error).splitlines()[0]}")
            return
        if not isinstance(data, dict):
            yield self.problem((), "a service is a mapping of names to values")
            return
        found = list(self._mistakes(data))
        yield from (self.problem(place, why) for place, why in found)
        if not found:
            self.service = Service.model_validate(data)

    def problem(self, place: Place, why: str) -> Problem:
        """Return a mistake at a place of this file."""
        return Problem(self.path.name, _line(self._tree, place), ".".join(map(str, place)), why)

    def _mistakes(self, data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
        try:
            service = Service.model_validate(data)
        except ValidationError as error:
            for one in error.errors():
                cause = one.get("ctx", {}).get("error")
                below = cause.place if isinstance(cause, MisplacedError) else ()
                yield (*one["loc"], *below), one["msg"].removeprefix("Value error, ")
            return
        if service.code != self.path.stem:
            yield ("code",), f"code {service.code!r} has to be the file's name"
        yield from problems_in(service)


def _line(tree: yaml.Node | None, place: Place) -> int:
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
