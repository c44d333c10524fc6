"""Tables as files that a spreadsheet opens: CSV for Excel, and xlsx."""

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Font

Tables = Sequence[tuple[str, Sequence[Sequence[str]]]]
"""Titles, with the rows below each; the first row holds the heads."""


def as_text(cell: str) -> str:
    """Keep a spreadsheet from running what somebody typed into a cell."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def csv_of(tables: Tables) -> bytes:
    """Return tables one below the other, with the mark by which Excel knows UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for title, rows in tables:
        writer.writerow([title])
        writer.writerows([as_text(cell) for cell in row] for row in rows)
        writer.writerow([])
    return written.getvalue().encode("utf-8-sig")


def xlsx_of(tables: Tables) -> bytes:
    """Return a workbook with a sheet for each table; whole numbers are numbers there."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in tables:
        sheet = book.create_sheet(title[:31])
        for row in rows:
            sheet.append([int(cell) if cell.isdecimal() else as_text(cell) for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.column_dimensions["A"].width = 24
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
