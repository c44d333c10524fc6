"""Cut a policy text along its own hierarchy into the pieces that can be quoted.

Chinese policy texts number their parts 附件, 编/章/节, 第…条, 一、, (一), 1., (1). A piece is one
sentence or one row of a table; it knows the path by which it is cited (``三(八)``), the heading it
stands under, and its exact character range: ``piece.text == text[piece.start:piece.end]`` always
holds.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

OPENING = "开头"
"""Path of what stands before the first numbered part."""

RESPONSIBLE = "责任单位"
"""How the line that names the responsible bodies begins."""

_CHINESE = "[一二三四五六七八九十百零〇两]"
# 「第一章总则」 is a heading, 「第一章规定的申请人，应当……」 a sentence about one.
_HEADS = r"(?=[ \u3000\t]|[^，,。；;：:、！？]{0,20}$)"
_LEVELS = (
    (-1, re.compile(r"附件[ \u3000]*\d{0,2}(?:[：:]|$)")),
    (0, re.compile(rf"第(?:{_CHINESE}+|\d+)编{_HEADS}")),
    (1, re.compile(rf"第(?:{_CHINESE}+|\d+)章{_HEADS}")),
    (2, re.compile(rf"第(?:{_CHINESE}+|\d+)节{_HEADS}")),
    (3, re.compile(rf"第(?:{_CHINESE}+|\d+)条(?:之{_CHINESE}+)?")),
    (4, re.compile(rf"{_CHINESE}+[、．.]")),
    (5, re.compile(rf"[（(]{_CHINESE}+[）)][、．.]?")),
    (6, re.compile(r"\d{1,3}(?:[、．]|\.(?!\d))")),
    (7, re.compile(r"[（(]\d{1,3}[）)][、．.]?|[①-⑳]")),
)
_ATTACHMENT = -1
_ARTICLE = 3
_PART = 4
_ROW = re.compile(r"\|[ \t]+")
_MARKDOWN = re.compile(r"#{1,6}[ \t]+|[-*+][ \t]+|>[ \t]?")
_MARKDOWN_HEADING = re.compile(r"#{1,6}[ \t]+")
_DECORATION = re.compile(r"^[#*\s]+|[#*\s]+$")
_UNNUMBERED = 8

# A sentence ends at its full stop, with the closing marks that belong to it.
_SENTENCE = re.compile(r"[^。！？!?]*(?:[。！？!?]+[”’」』）)]*|$)")
_RESPONSIBLE_LINE = re.compile(rf"[（(]({RESPONSIBLE}[：:][^（）()]*)[）)]")
_HEADING_LENGTH = 30
_PIECE_LENGTH = 400
_PATH_LENGTH = 100
_HEADING_COLUMN = 300
_ENDS_SENTENCE = "。！？!?；;：:，,、"


@dataclass(frozen=True)
class Piece:
    """One quotable piece: `text` stands at `start`..`end` of the text that was cut."""

    path: str
    heading: str
    text: str
    start: int
    end: int

    @property
    def names_responsible(self) -> bool:
        """Whether this is the line of responsible bodies, kept apart from what is promised."""
        return self.text.startswith(RESPONSIBLE)


@dataclass(frozen=True)
class _Line:
    """A line without its margin, at `start` of the text."""

    text: str
    start: int


def cut(text: str) -> list[Piece]:
    """Return the pieces of `text` in their order.

    Markers and headings are not pieces: a marker is part of the path, a heading is context of the
    sentences under it; one with nothing under it is an item, and a piece. Everything else but
    white space is in exactly one piece.

    Args:
        text: the published text; numbered parts begin on lines of their own.
    """
    numbers: dict[int, str] = {}
    headings: dict[int, str] = {}
    pieces: list[Piece] = []
    bare: tuple[int, Piece] | None = None  # the last heading, while nothing stands under it

    for line in _lines(text):
        rest, marker_level, marker = _marker(line)
        if marker_level is not None:
            if bare and marker_level <= bare[0]:
                pieces.append(bare[1])
            bare = None
            for level in [known for known in numbers if known >= marker_level]:
                del numbers[level]
                headings.pop(level, None)
            numbers[marker_level] = marker
            start = rest.start
            heading, rest = _heading(rest, marker_level)
            if heading:
                start = text.index(heading, start)
                above = _deepest(headings)
                headings[marker_level] = heading
                item = Piece(_path(numbers), above, heading, start, start + len(heading))
                bare = marker_level, item
        base = Piece(_path(numbers), _deepest(headings), "", 0, 0)
        under = [replace(base, text=text[a:b], start=a, end=b) for a, b in _spans(rest)]
        if under:
            bare = None
        pieces += under
    if bare:
        pieces.append(bare[1])
    return pieces


def begins_part(line: str) -> bool:
    """Whether a line begins with the marker of a numbered part."""
    return any(pattern.match(line) for _, pattern in _LEVELS)


def anchors(paths: Iterable[str]) -> list[str]:
    """Return a name for each piece of a document that no other piece has.

    It is the path and the piece's number in it, so it holds while other parts change:
    ``三(五)-2`` is the second sentence of 三(五).
    """
    seen: Counter[str] = Counter()
    named = []
    for path in paths:
        seen[path] += 1
        named.append(f"{path}-{seen[path]}")
    return named


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            yield _Line(stripped, start + raw.index(stripped))
        start += len(raw)


def _marker(line: _Line) -> tuple[_Line, int | None, str]:
    """Split a line into what follows its marker, the marker's level, and its citation form."""
    is_heading = _MARKDOWN_HEADING.match(line.text) is not None
    decoration = _MARKDOWN.match(line.text)
    if decoration:
        line = _after(line, decoration.end())
    for level, pattern in _LEVELS:
        match = pattern.match(line.text)
        if match:
            return _after(line, match.end()), level, _cited(match[0])
    if is_heading and line.text:
        return line, _UNNUMBERED, _undecorated(line.text)
    return line, None, ""


def _after(line: _Line, count: int) -> _Line:
    rest = line.text[count:]
    return _Line(rest.lstrip(), line.start + count + len(rest) - len(rest.lstrip()))


def _undecorated(heading: str) -> str:
    return _DECORATION.sub("", heading)


def _cited(marker: str) -> str:
    """Return a marker as citations write it: ``三、`` → ``三``, ``（八）`` → ``(八)``."""
    return "".join(marker.translate(str.maketrans("（）", "()")).rstrip("、．.：:").split())


def _path(numbers: dict[int, str]) -> str:
    """Join markers to a path. Articles are numbered through, so they need no chapter before."""
    first = _ARTICLE if _ARTICLE in numbers else 0
    levels = sorted(level for level in numbers if level >= first or level == _ATTACHMENT)
    return "".join(numbers[level] for level in levels)[:_PATH_LENGTH] or OPENING


def _deepest(headings: dict[int, str]) -> str:
    return headings[max(headings)][:_HEADING_COLUMN] if headings else ""


def _heading(rest: _Line, level: int) -> tuple[str, _Line]:
    """Split the heading off a numbered line.

    A heading is a short line without closing punctuation, or under 一、 and (一) a short first
    sentence without commas that other sentences follow. An article's first sentence is law.
    """
    if level == _UNNUMBERED:
        return _undecorated(rest.text), _after(rest, len(rest.text))
    if level == _ATTACHMENT and begins_part(rest.text):
        return "", rest  # 「附件：1.申请表」 begins a list, 「附件1：申请表」 is a heading
    if len(rest.text) <= _HEADING_LENGTH and rest.text and rest.text[-1] not in _ENDS_SENTENCE:
        # 「1.身份证」 is an item to be quoted, 「一、指导思想」 a heading.
        if level <= _PART + 1 and level != _ARTICLE:
            return rest.text, _after(rest, len(rest.text))
        return "", rest
    if level in (_PART, _PART + 1):
        first = _SENTENCE.match(rest.text)
        if first and first.end() < len(rest.text) and len(first[0]) <= _HEADING_LENGTH:
            heading = first[0].rstrip("。")
            if not any(mark in heading for mark in "，,；;：:！？!?"):
                return heading, _after(rest, first.end())
    return "", rest


def _spans(line: _Line) -> Iterator[tuple[int, int]]:
    """Return the ranges of the sentences of a line, and of its responsible bodies."""
    row = _ROW.match(line.text)
    if row:
        yield from _trimmed(line.text, line.start, _bearable(line.text, row.end(), len(line.text)))
        return
    done = 0
    for match in _RESPONSIBLE_LINE.finditer(line.text):
        yield from _sentences(line.text[done : match.start()], line.start + done)
        yield line.start + match.start(1), line.start + match.end(1)
        done = match.end()
    yield from _sentences(line.text[done:], line.start + done)


def _sentences(text: str, offset: int) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        yield from _trimmed(text, offset, _bearable(text, match.start(), match.end()))


def _trimmed(text: str, offset: int, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Return the ranges without the space around them, counted from `offset`; no empty ones."""
    for start, end in spans:
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            first = start + piece.index(stripped)
            yield offset + first, offset + first + len(stripped)


def _bearable(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence that no one could read in one go at its semicolons."""
    while end - start > _PIECE_LENGTH:
        stop = max(text.rfind(mark, start + 1, start + _PIECE_LENGTH) for mark in "；;")
        if stop < 0:
            break
        yield start, stop + 1
        start = stop + 1
    yield start, end
