"""Reads a spreadsheet saved as CSV: its encoding, its separator, where its headings stand."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.catalogue.service import Service
from models.gig_import.words import headings, kind_headings, says
from models.knowledge.readers.text import decode
from models.knowledge.readers.unreadable import Unreadable

MOST_BYTES = 50 * 1024 * 1024
ERRORS = "错误说明"
"""The heading of the column we add to the lines that have to be mended."""

# A title and a date often stand above the headings.
_HEADINGS_WITHIN = 10
_SEPARATORS = ",\t;，；"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NOTE = re.compile(r"[（(][^（）()]*[)）]")
_BLANKS = re.compile(r"[\s*＊:：_]+")


class SheetUnreadableError(ValueError):
    """The file cannot be read as a spreadsheet; the text is for people."""


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet with its headings found.

    Attributes:
        headings: as they stand in the file.
        columns: for each service's code, the columns of each of its fields, from left to right.
        kind_column: the column that says what a line is, if there is one.
        rows: the lines below the headings that are not empty, with their number in the file.
    """

    headings: tuple[str, ...]
    columns: dict[str, dict[str, tuple[int, ...]]]
    kind_column: int | None
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def unused(self) -> list[str]:
        """The headings that mean nothing to us."""
        used = {at for fields in self.columns.values() for many in fields.values() for at in many}
        used.add(-1 if self.kind_column is None else self.kind_column)
        return [
            name
            for at, name in enumerate(self.headings)
            if at not in used and name.strip() and name != ERRORS
        ]


def read_sheet(path: Path, services: Sequence[Service]) -> Sheet:
    """Read a file.

    Args:
        path: the CSV.
        services: those whose records may be in it.

    Raises:
        SheetUnreadableError: it is no CSV, in no encoding of an office, or has no headings we know.
        OSError: the file cannot be opened.
    """
    if path.stat().st_size > MOST_BYTES:
        raise SheetUnreadableError(says("too_large", mb=MOST_BYTES // 1024**2))
    lines = _lines(_text(path.read_bytes()))
    if not any(any(cells) for _, cells in lines):
        raise SheetUnreadableError(says("empty_file"))
    known = {service.code: _names(service) for service in services}
    best = max(
        range(min(_HEADINGS_WITHIN, len(lines))),
        # Of rows that hold as many headings, the first: lines below repeat words of it at most.
        key=lambda at: (_recognised(lines[at][1], known), -at),
    )
    heads = lines[best][1]
    found = {code: _columns(heads, names) for code, names in known.items()}
    enough = {one.code for one in services if _is_enough(one, found[one.code])}
    if not enough:
        raise SheetUnreadableError(_no_headings(services))
    # A heading that only a service which cannot be in this file knows is not used.
    columns = {code: fields if code in enough else {} for code, fields in found.items()}
    kinds = {_name(word) for word in kind_headings()}
    kind_column = next((at for at, head in enumerate(heads) if _name(head) in kinds), None)
    rows = tuple(
        (number, (*cells, *[""] * (len(heads) - len(cells))))
        for number, cells in lines[best + 1 :]
        if any(cells)
    )
    return Sheet(heads, columns, kind_column, rows)


def _text(data: bytes) -> str:
    if data.startswith(_WORKBOOKS):
        raise SheetUnreadableError(says("workbook"))
    try:
        return decode(data)
    except Unreadable as error:
        raise SheetUnreadableError(says("encoding")) from error


def _lines(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return the cells of every line, with the number of the line they begin on."""
    # The separator is what stands most often in the first lines: a title has none.
    first = text[:4000]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found: list[tuple[int, tuple[str, ...]]] = []
    begins = 1
    try:
        for cells in reader:
            found.append((begins, tuple(_cell(one) for one in cells)))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SheetUnreadableError(says("encoding")) from error
    return found


def _cell(text: str) -> str:
    """Drop what nobody typed: control characters, and the mark that keeps digits a text."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip().removeprefix("'").removeprefix("‘").strip()


def _names(service: Service) -> dict[str, set[str]]:
    return {
        field.name: {_name(word) for word in (*field.names, *headings(service.code, field.name))}
        for field in service.fields
    }


def _name(heading: str) -> str:
    """Return a heading as it is compared: without notes in brackets, stars, blanks."""
    plain = _NOTE.sub("", heading) or heading
    return _BLANKS.sub("", unicodedata.normalize("NFKC", plain))


def _columns(heads: Sequence[str], names: dict[str, set[str]]) -> dict[str, tuple[int, ...]]:
    found = {
        field: tuple(at for at, head in enumerate(heads) if _name(head) in words)
        for field, words in names.items()
    }
    return {field: many for field, many in found.items() if many}


def _recognised(cells: Sequence[str], known: dict[str, dict[str, set[str]]]) -> int:
    every = {word for names in known.values() for words in names.values() for word in words}
    return sum(_name(cell) in every for cell in cells if cell)


def _is_enough(service: Service, columns: dict[str, tuple[int, ...]]) -> bool:
    return all(field.name in columns for field in service.fields if field.required)


def _no_headings(services: Sequence[Service]) -> str:
    needed = {
        service.code.removeprefix("gig_"): "、".join(
            field.label for field in service.fields if field.required
        )
        for service in services
    }
    return says("no_headings", **needed)
