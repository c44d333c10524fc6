"""Rows of a table as lines that can be quoted on their own."""

from collections.abc import Sequence

ROW = "| "
"""How the line of a table row begins; `hierarchy.cut` keeps such a line in one piece."""

_HEADER_LENGTH = 20


def lines_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line for each row: ``| 列名：值；列名：值``.

    A row is quoted alone, so it carries the names of its columns where the first row holds them.
    A table of one column only lays text out: its cells are ordinary lines.
    """
    width = max((len(row) for row in rows), default=0)
    table = [[_one_line(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    filled = [column for column in range(width) if any(row[column] for row in table)]
    table = [[row[column] for column in filled] for row in table if any(row)]
    if len(filled) < 2:
        return [row[0] for row in table]
    names = _column_names(table)
    if names:
        return [_line(names, row) for row in table[1:]]
    return [ROW + "；".join(filter(None, row)) for row in table]


def _column_names(table: list[list[str]]) -> list[str]:
    """Return the names of the columns, or nothing where the first row holds none."""
    if len(table) < 2 or not table[0][0] or any(len(cell) > _HEADER_LENGTH for cell in table[0]):
        return []
    names: list[str] = []
    for cell in table[0]:
        names.append(cell or names[-1])  # a name that spans columns
    return names


def _line(names: list[str], row: list[str]) -> str:
    cells = zip(names, row, strict=True)
    return ROW + "；".join(f"{name}：{cell.rstrip('；;。')}" for name, cell in cells if cell)


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
