"""The numbers Word counts itself: 「一、」 typed by Word stands nowhere in the paragraph's text."""

import re
from dataclasses import dataclass

from lxml import etree

from models.knowledge.readers.ooxml import W, attribute

_DIGITS = "零一二三四五六七八九"
_CHINESE = ("chinese", "japanese", "ideograph", "taiwanese")
_PLACE = re.compile(r"%([1-9])")
_ANCESTORS = 20
_HEADINGS = 6


@dataclass(frozen=True)
class _Level:
    """How one level of a list is numbered: `pattern` holds ``%1`` … for the levels' numbers."""

    number_format: str
    pattern: str
    start: int


class Numbering:
    """Counts the numbered paragraphs of one document; ask for the marks in their order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._styles: dict[str, etree._Element] = {}
        for style in styles.iterfind(f"{W}style") if styles is not None else ():
            self._styles[attribute(style, "styleId") or ""] = style
        if numbering is None:
            return
        for abstract in numbering.iterfind(f"{W}abstractNum"):
            levels = {
                _number(attribute(level, "ilvl")): _level_of(level)
                for level in abstract.iterfind(f"{W}lvl")
            }
            self._levels[attribute(abstract, "abstractNumId") or ""] = levels
        for listed in numbering.iterfind(f"{W}num"):
            abstract_id = attribute(listed.find(f"{W}abstractNumId")) or ""
            self._lists[attribute(listed, "numId") or ""] = abstract_id

    def mark(self, paragraph: etree._Element) -> str:
        """Return the mark before a paragraph, e.g. ``一、`` or ``- ``; empty where it has none."""
        place = self._place(paragraph)
        if place is None:
            return ""
        abstract_id, depth = place
        levels = self._levels.get(abstract_id, {})
        level = levels.get(depth)
        if level is None or level.number_format == "none":
            return ""
        if level.number_format == "bullet":
            return "- "
        counts = self._counts.setdefault(abstract_id, {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [known for known in counts if known > depth]:
            del counts[deeper]

        def written(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            shape = levels.get(other, level)
            return _written(counts.get(other, shape.start), shape.number_format)

        return _PLACE.sub(written, level.pattern) + _gap(level.pattern)

    def heading_level(self, paragraph: etree._Element) -> int:
        """Return 1 to 6 for a heading, 0 for any other paragraph."""
        for properties in self._properties(paragraph):
            outline = attribute(properties.find(f"{W}outlineLvl"))
            if outline is not None:
                level = _number(outline) + 1
                return level if level <= _HEADINGS else 0
        return 0

    def _place(self, paragraph: etree._Element) -> tuple[str, int] | None:
        """Return list and depth of a paragraph, by itself or by its style."""
        list_id: str | None = None
        depth: str | None = None
        for properties in self._properties(paragraph):
            list_id = list_id or attribute(properties.find(f"{W}numPr/{W}numId"))
            depth = depth or attribute(properties.find(f"{W}numPr/{W}ilvl"))
        if list_id is None or list_id not in self._lists:
            return None
        return self._lists[list_id], _number(depth)

    def _properties(self, paragraph: etree._Element) -> list[etree._Element]:
        """Return the paragraph's own properties and those of its styles, the nearest first."""
        found = []
        own = paragraph.find(f"{W}pPr")
        if own is not None:
            found.append(own)
        style_id = attribute(paragraph.find(f"{W}pPr/{W}pStyle"))
        for _ in range(_ANCESTORS):
            style = self._styles.get(style_id or "")
            if style is None:
                break
            properties = style.find(f"{W}pPr")
            if properties is not None:
                found.append(properties)
            style_id = attribute(style.find(f"{W}basedOn"))
        return found


def _level_of(level: etree._Element) -> _Level:
    return _Level(
        attribute(level.find(f"{W}numFmt")) or "decimal",
        attribute(level.find(f"{W}lvlText")) or "",
        _number(attribute(level.find(f"{W}start")), 1),
    )


def _number(value: str | None, otherwise: int = 0) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 6 else otherwise


def _gap(pattern: str) -> str:
    """「第一章」 stands apart from its heading; 「一、」 does not."""
    return " " if pattern.endswith(("编", "章", "节", "条", ".")) else ""


def _written(number: int, number_format: str) -> str:
    if number_format.startswith(_CHINESE) and number < 100:
        tens, ones = divmod(number, 10)
        head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return head + (_DIGITS[ones] if ones or not tens else "")
    if number_format in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr(ord("a" if number_format == "lowerLetter" else "A") + number - 1)
    if number_format.startswith("decimalEnclosedCircle") and 0 < number <= 20:
        return chr(ord("①") + number - 1)
    return str(number)
