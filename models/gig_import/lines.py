"""Reads one line of a spreadsheet as the answers to a service, or says what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.catalogue.service import Service, ServiceField
from models.gig_import.sheet import Sheet
from models.gig_import.words import cell_error, kind_words, says
from models.intake.answers import error_of, type_of
from models.intake.fields.base import Partly, Said, Taken

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_DECIMAL = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True)
class Line:
    """One line as it was read.

    Attributes:
        number: its place in the file, from 1.
        cells: as they stand there.
        service: what it is; None where that cannot be told.
        answers: by field name; complete where nothing is wrong.
        errors: what is wrong, in words for people, without what stands in the cells.
    """

    number: int
    cells: tuple[str, ...]
    service: Service | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def read_line(
    sheet: Sheet, services: Sequence[Service], number: int, cells: tuple[str, ...]
) -> Line:
    """Read one line of `sheet`."""
    service, why = _which(sheet, services, cells)
    if service is None:
        return Line(number, cells, errors=(why,))
    answers: dict[str, Any] = {}
    errors: list[str] = []
    columns = sheet.columns[service.code]
    for asked in service.fields:
        # 「沈阳」 and 「铁西区」 in two columns are one place.
        text = " ".join(cells[at] for at in columns.get(asked.name, ()) if cells[at])
        value, told = _read(asked, text)
        if told is None:
            answers[asked.name] = value
        else:
            errors.append(told)
    return Line(number, cells, service, answers, tuple(errors))


def _which(
    sheet: Sheet, services: Sequence[Service], cells: Sequence[str]
) -> tuple[Service | None, str]:
    """Return the service a line belongs to, or why it cannot be told."""
    if sheet.kind_column is not None and cells[sheet.kind_column]:
        said = cells[sheet.kind_column]
        for service in services:
            if said in kind_words(service.code):
                return service, ""
        return None, says("kind", label=sheet.headings[sheet.kind_column], value=said[:12])
    # Only what one service alone asks for tells: a name, or an employer.
    own = {one.code: _own(one, services) for one in services}
    filled = {
        one.code: sum(
            any(cells[at] for at in many)
            for name, many in sheet.columns[one.code].items()
            if name in own[one.code]
        )
        for one in services
    }
    best = max(filled.values())
    likely = [one for one in services if best and filled[one.code] == best]
    return (likely[0], "") if len(likely) == 1 else (None, says("which"))


def _own(service: Service, services: Sequence[Service]) -> set[str]:
    others = {one.name for other in services if other is not service for one in other.fields}
    return {one.name for one in service.fields} - others


def _read(asked: ServiceField, text: str) -> tuple[Any, str | None]:
    """Return the answer in a cell, or what is wrong with it."""
    if not text:
        return None, says("missing", label=asked.label) if asked.required else None
    kind = type_of(asked)
    if len(text) > kind.longest:
        told = says("long", label=asked.label, max=kind.longest, count=len(text))
        return None, told
    if kind.code == "mobile" and _SCIENTIFIC.fullmatch(text):
        return None, _told(asked, cell_error(kind.code, "scientific"))
    if kind.code in ("mobile", "count"):
        text = _DECIMAL.sub(r"\1", text)
    reading = kind.read(Said(text))
    if isinstance(reading, Taken):
        return reading.value, None
    if isinstance(reading, Partly):
        half = "called" if kind.code == "person_name" else "half"
        return None, _told(asked, cell_error(kind.code, half) or reading.ask)
    own = cell_error(kind.code, reading.error, **reading.values)
    return None, _told(asked, own or error_of(asked, reading))


def _told(asked: ServiceField, told: str | None) -> str:
    return says("cell", label=asked.label, told=told)
