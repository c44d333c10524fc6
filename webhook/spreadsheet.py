"""Tables as files that a spreadsheet opens: CSV for Excel, and xlsx."""

import csv
import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

Tables = Sequence[tuple[str, Sequence[Sequence[str]]]]
"""Titles, with the rows below each; the first row holds the heads."""


# What begins a formula; a Chinese Excel takes the wide signs for the narrow ones.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
"""What a spreadsheet's number holds exactly: 15 digits, and no zero before them."""


def as_text(cell: str) -> str:
    """Keep a spreadsheet from running what somebody typed into a cell."""
    return f"'{cell}" if cell.startswith(_RUNS) else cell


def csv_of(tables: Tables) -> bytes:
    """Return tables one below the other, with the mark by which Excel knows UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for title, rows in tables:
        writer.writerow([as_text(title)])
        writer.writerows([as_text(cell) for cell in row] for row in rows)
        writer.writerow([])
    return written.getvalue().encode("utf-8-sig")


def xlsx_of(tables: Tables) -> bytes:
    """Return a workbook with a sheet for each table; whole numbers are numbers there."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in tables:
        sheet = book.create_sheet(_sheet_name(title))
        for row in rows:
            sheet.append([_typed(cell) for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.column_dimensions["A"].width = 24
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _sheet_name(title: str) -> str:
    """Return a title as a sheet may be called."""
    # 31 characters at most; the second of a name gets a number behind it.
    allowed = _NOT_IN_A_NAME.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", title))
    return allowed[:28].strip().strip("'") or "表"


def _typed(cell: str) -> int | str:
    if _NUMBER.fullmatch(cell):
        return int(cell)
    return as_text(ILLEGAL_CHARACTERS_RE.sub("", cell))
