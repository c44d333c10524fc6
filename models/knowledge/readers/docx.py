"""Word files (.docx): paragraphs, the numbers Word counts itself, and tables.

Read from the parts of the package: a document is a ZIP archive of XML files (ECMA-376).
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

from models.knowledge.readers import rows
from models.knowledge.readers.numbering import Numbering
from models.knowledge.readers.ooxml import W, attribute, parse
from models.knowledge.readers.unreadable import Unreadable

# A report of 200 pages has a few MB of XML; a bomb has thousands.
_PART_BYTES = 60 * 1024 * 1024
_PARTS = 5_000
_ENCRYPTED = 0x1
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WRAPPERS = frozenset((f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}smartTag"))
_BREAKS = frozenset((f"{W}tab", f"{W}br", f"{W}cr"))


def read(data: bytes) -> str:
    """Return the text: one line a paragraph or table row.

    Raises:
        Unreadable: the package is broken, protected or built to do harm.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            _check(package)
            body = parse(package.read("word/document.xml")).find(f"{W}body")
            numbering = Numbering(_part(package, "numbering"), _part(package, "styles"))
    except (
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        KeyError,
        OSError,
        ValueError,
        zlib.error,
    ) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("这份 Word 文件是坏的，请重新保存一份再导入。") from error
    if body is None:
        raise Unreadable("这份 Word 文件里没有正文。")
    return "\n".join(line for line in _lines(body, numbering) if line) + "\n"


def _check(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Unreadable("这份文件加了密码，请去掉密码再导入。")
    texts = [part for part in parts if part.filename.endswith(".xml")]
    if len(parts) > _PARTS or sum(part.file_size for part in texts) > _PART_BYTES:
        raise Unreadable("文件解开后太大，不像正常的 Word 文件，没有导入。")


def _part(package: zipfile.ZipFile, name: str) -> etree._Element | None:
    path = f"word/{name}.xml"
    return parse(package.read(path)) if path in package.namelist() else None


def _lines(container: etree._Element, numbering: Numbering) -> Iterator[str]:
    for element in container:
        if element.tag == f"{W}p":
            yield _paragraph(element, numbering)
        elif element.tag == f"{W}tbl":
            yield from rows.lines_of(_grid(element, numbering))
        elif element.tag in _WRAPPERS:
            yield from _lines(element, numbering)


def _paragraph(paragraph: etree._Element, numbering: Numbering) -> str:
    text = " ".join(_text(paragraph).split())
    if not text:
        return ""
    level = numbering.heading_level(paragraph)
    heading = "#" * level + " " if level else ""
    return heading + numbering.mark(paragraph) + text


def _text(element: etree._Element) -> str:
    """Return what a paragraph shows; deleted text and the twins of text boxes are not shown."""
    parts = []
    for child in element:
        if child.tag == f"{W}t":
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(" ")
        elif child.tag != _FALLBACK:
            parts.append(_text(child))
    return "".join(parts)


def _grid(table: etree._Element, numbering: Numbering) -> list[list[str]]:
    """Return the cells of a table; a cell over several rows is repeated in each."""
    grid: list[list[str]] = []
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl")) is not table:
            continue
        cells: list[str] = []
        for cell in row.iterfind(f"{W}tc"):
            text = " ".join(line for line in _lines(cell, numbering) if line)
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            if merged is not None and attribute(merged) != "restart" and grid:
                above = grid[-1]
                text = above[len(cells)] if len(cells) < len(above) else ""
            span = attribute(cell.find(f"{W}tcPr/{W}gridSpan")) or "1"
            width = min(int(span), 50) if span.isdecimal() and len(span) < 4 else 1
            cells += [text] + [""] * (width - 1)
        grid.append(cells)
    return grid
