"""Plain text and Markdown, in the encodings offices use."""

import re
from collections.abc import Iterator

from models.knowledge.readers import rows
from models.knowledge.readers.unreadable import Unreadable

_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")


def decode(data: bytes) -> str:
    """Return the text of `data`.

    Raises:
        Unreadable: it is in no known encoding, or no text.
    """
    encodings = ("utf-16",) if data.startswith(_UTF16_MARKS) else _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise Unreadable("读不出文字，请存成 UTF-8 编码的文本再导入。")


def read(data: bytes) -> str:
    """Return the text as it stands; only rows of Markdown tables are written anew.

    Raises:
        Unreadable: it is in no known encoding, or no text.
    """
    text = decode(data)
    lines = text.split("\n")
    if not any(_is_rule(line) for line in lines):
        return text
    return "\n".join(_with_tables(lines))


def _with_tables(lines: list[str]) -> Iterator[str]:
    """Yield the lines, with the rows of each table (two rows and a rule at least) written anew."""
    table: list[str] = []
    for line in [*lines, ""]:
        if line.strip().startswith("|"):
            table.append(line)
            continue
        if any(_is_rule(row) for row in table):
            yield from rows.lines_of([_cells(row) for row in table if not _is_rule(row)])
        else:
            yield from table
        table = []
        yield line


def _is_rule(line: str) -> bool:
    return _RULE.fullmatch(line.strip()) is not None


def _cells(line: str) -> list[str]:
    return line.strip().strip("|").split("|")
