"""The promise that no figure is invented: every number in our own words must come from a source."""

import re

# Digits with what belongs to them, and Chinese numerals before a unit that makes them a figure.
_FIGURE = re.compile(
    r"\d+(?:[.,:：]\d+)*(?:%|[百千万亿]+)?"
    r"|(?:百分之)[零一二三四五六七八九十百点]+"
    r"|[零一二三四五六七八九十百千万亿两半几]+(?:余|多)?"
    r"(?=元|块|万|亿|年|个月|月|日|号|天|周|小时|个工作日|人|名|家|倍|成|折)"
)
DIGITS = re.compile(r"[0-9０-９]")


class FigureError(ValueError):
    """Our own words hold a figure that no source holds."""


def figures(text: str) -> list[str]:
    """Return every number, amount and date of `text`, as written."""
    return _FIGURE.findall(text)


def check_figures(own: str, *sources: str) -> None:
    """Make sure that every figure in our own words stands in a source.

    Args:
        own: what we say ourselves, without quotation and citation.
        sources: the quotation, the citation, and facts of the document row such as its period.

    Raises:
        FigureError: a figure stands in no source.
    """
    known = {figure for source in sources for figure in figures(source)}
    if any(figure not in known for figure in figures(own)):
        raise FigureError("our own words hold a figure that no source holds")
