"""The words of the spreadsheets (``words.yml``), read once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
    )
    return words


def says(name: str, **values: object) -> str:
    """Return one of the sentences, filled in."""
    return str(_words()["says"][name]).format(**values)


def headings(service: str, field: str) -> tuple[str, ...]:
    """Return further headings of a field's column."""
    return tuple(_words()["headings"].get(service, {}).get(field, ()))


def kind_headings() -> tuple[str, ...]:
    """Return the headings of a column that says what a line is."""
    return tuple(_words()["kind"]["headings"])


def kind_words(service: str) -> tuple[str, ...]:
    """Return what stands in that column for a service."""
    return tuple(_words()["kind"][service])


def cell_error(field_type: str, error: str, **values: object) -> str | None:
    """Return a spreadsheet's own words for a mistake, where it has some."""
    told = _words()["errors"].get(field_type, {}).get(error)
    return None if told is None else str(told).format(**values)
