"""PDF files that hold text: lines of the page become paragraphs again."""

import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from models.knowledge.hierarchy import begins_part
from models.knowledge.readers.unreadable import Unreadable

_PAGES = 1_000
_CHARACTERS_OF_A_PAGE = 10
_BROKEN = "这份 PDF 是坏的，打不开，请重新保存一份再导入。"
_PAGE_NUMBER = re.compile(
    r"第\s*\d+\s*页[，,/\s]*(?:共\s*\d+\s*页)?|[-—–―\s]*\d{1,4}(?:\s*/\s*\d{1,4})?[-—–―\s]*"
)
_ENDS = "。！？!?；;：:"
# A line of this share of the page's width runs on in the next; a shorter one ends its paragraph.
_FULL = 0.8
_HAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’]"
_SPACE_BETWEEN_HAN = re.compile(rf"(?<={_HAN})[ \u3000]+(?={_HAN})")
# Some fonts give radicals for the characters that look like them.
_RADICAL = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff]")


def read(data: bytes) -> str:
    """Return the text: one line a paragraph.

    Raises:
        Unreadable: it is protected, broken, scanned, or has too many pages.
    """
    try:
        pages = _pages(data)
    except Unreadable:
        raise
    # pypdf promises no more than this: broken files raise errors of every kind inside it.
    except (PyPdfError, Exception) as error:
        raise Unreadable(_BROKEN) from error
    letters = sum(len("".join(page.split())) for page in pages)
    if letters < _CHARACTERS_OF_A_PAGE * len(pages):
        raise Unreadable("这份 PDF 是扫描的图片，读不出文字，请导入带文字的文件。")
    lines = [line for page in pages for line in _page_lines(page)]
    return "\n".join(_paragraphs(lines)) + "\n"


def _pages(data: bytes) -> list[str]:
    reader = PdfReader(BytesIO(data))
    # Many offices only lock printing or editing: such a file opens without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("这份 PDF 加了密码，请去掉密码再导入。")
    if len(reader.pages) > _PAGES:
        raise Unreadable(f"这份 PDF 超过 {_PAGES} 页，请拆开再导入。")
    if not reader.pages:
        raise Unreadable(_BROKEN)
    return [page.extract_text() for page in reader.pages]


def _page_lines(page: str) -> list[str]:
    """Return the lines of a page without its page number."""
    lines = [_plain(line) for line in page.splitlines()]
    lines = [line for line in lines if line]
    while lines and _PAGE_NUMBER.fullmatch(lines[-1]):
        lines.pop()
    while lines and _PAGE_NUMBER.fullmatch(lines[0]):
        lines.pop(0)
    return lines


def _plain(line: str) -> str:
    line = _RADICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), line)
    return _SPACE_BETWEEN_HAN.sub("", line).strip()


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Join the lines that one paragraph was broken into."""
    full = max((len(line) for line in lines), default=0) * _FULL
    paragraph = ""
    runs_on = False
    for line in lines:
        if paragraph and (not runs_on or begins_part(line)):
            yield paragraph
            paragraph = ""
        gap = " " if paragraph and paragraph[-1].isascii() and line[0].isascii() else ""
        paragraph += gap + line
        runs_on = len(line) >= full and line[-1] not in _ENDS
    if paragraph:
        yield paragraph
