"""Web pages: the text of the article, without what is around it."""

from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from models.knowledge.readers import rows
from models.knowledge.readers.text import decode
from models.knowledge.readers.unreadable import Unreadable

_AROUND = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "header",
        "footer",
        "aside",
        "form",
        "iframe",
        "svg",
        "object",
        "button",
        "select",
        "head",
        "title",
    )
)
_INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "bdi",
        "big",
        "cite",
        "code",
        "del",
        "em",
        "font",
        "i",
        "ins",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "var",
        "wbr",
    )
)
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_SPAN_LIMIT = 50


def read(data: bytes) -> str:
    """Return the article's text: one line a paragraph, heading, list item or table row.

    Raises:
        Unreadable: it is in no known encoding, or cannot be parsed.
    """
    text = decode(data).encode()
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("这个网页读不出文字，请把正文复制出来再导入。") from error
    articles = page.xpath("//article | //main | //*[@role='main']") or page.xpath("//body")
    article = articles[0] if articles else page
    return "\n".join(line for line in _lines(article) if line) + "\n"


def _lines(element: HtmlElement) -> Iterator[str]:
    """Yield the lines of a block; running text between blocks is a line, too."""
    running = [element.text or ""]
    for child in element:
        if _is_shown(child):
            if child.tag in _INLINE and not _holds_blocks(child):
                running.append(_inline(child))
            elif child.tag == "br":
                yield from _flush(running)
            else:
                yield from _flush(running)
                yield from _block(child)
        running.append(child.tail or "")
    yield from _flush(running)


def _block(element: HtmlElement) -> Iterator[str]:
    tag = element.tag
    if tag in _HEADINGS:
        heading = _inline(element).strip()
        yield _HEADINGS[tag] + " ".join(heading.split()) if heading else ""
    elif tag == "table":
        yield from _table(element)
    elif tag in ("ul", "ol"):
        yield from _items(element)
    else:
        yield from _lines(element)


def _items(element: HtmlElement) -> Iterator[str]:
    number = int(start) if (start := element.get("start", "1")).isdecimal() else 1
    for child in element:
        if not _is_shown(child):
            continue
        mark = f"{number}. " if element.tag == "ol" else "- "
        for line in _lines(child):
            yield mark + line
            mark = ""
        number += child.tag == "li"


def _table(table: HtmlElement) -> Iterator[str]:
    """Yield the rows of a table, or the text of one that only lays a page out."""
    table_rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    if table.find(".//table") is None and any(len(row) > 1 for row in table_rows):
        yield from rows.lines_of(_grid(table_rows))
        return
    for row in table_rows:
        for cell in row:
            yield from _lines(cell)


def _grid(table_rows: list[HtmlElement]) -> list[list[str]]:
    """Return the cells of a table; a cell over several rows is repeated in each."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in table_rows:
        cells: list[str] = []
        for cell in row.xpath("./td | ./th"):
            _hang(cells, hanging)
            text = " ".join(_lines(cell))
            rows_left = _span(cell, "rowspan") - 1
            for offset in range(_span(cell, "colspan")):
                if rows_left:
                    hanging[len(cells)] = (rows_left, text if offset == 0 else "")
                cells.append(text if offset == 0 else "")
        _hang(cells, hanging)
        grid.append(cells)
    return grid


def _hang(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Put in the cells that hang down from rows above."""
    while len(cells) in hanging:
        left, text = hanging.pop(len(cells))
        if left > 1:
            hanging[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1")
    return min(max(int(value), 1), _SPAN_LIMIT) if value.isdecimal() and len(value) < 6 else 1


def _flush(running: list[str]) -> Iterator[str]:
    line = " ".join("".join(running).split())
    running.clear()
    if line:
        yield line


def _inline(element: HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element:
        if _is_shown(child):
            parts.append(" " if child.tag == "br" else _inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _holds_blocks(element: HtmlElement) -> bool:
    return any(child.tag not in _INLINE for child in element.iterdescendants())


def _is_shown(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _AROUND:
        return False
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" not in style and element.get("hidden") is None
