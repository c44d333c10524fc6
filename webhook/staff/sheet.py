"""Sheet: a table of figures, shown on a page and exported as the same cells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Response

from models.database import utc_now
from webhook.spreadsheet import csv_of
from webhook.staff.formats import CHINA


@dataclass(frozen=True)
class Cell:
    """What one cell says, and which list is behind it (parameters of the list's address)."""

    text: str
    behind: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Sheet:
    """A table with its title; every row has as many cells as the head."""

    title: str
    head: tuple[str, ...]
    rows: list[list[Cell]] = field(default_factory=list)


def exported(name: str, sheets: Iterable[Sheet]) -> Response:
    """Return sheets one below the other as a CSV file that a spreadsheet opens."""
    tables = [
        (one.title, [list(one.head), *([cell.text for cell in row] for row in one.rows)])
        for one in sheets
    ]
    answer = Response(csv_of(tables), mimetype="text/csv")
    today = utc_now().astimezone(CHINA).date()
    answer.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(f'{name}-{today}.csv')}"
    )
    return answer
