"""The words of a portrait (``words.yml``), read once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _words() -> dict[str, dict[str, Any]]:
    words: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
    )
    return words


def word(group: str, name: str) -> Any:
    """Return what is written under a name.

    Raises:
        KeyError: nothing is.
    """
    return _words()[group][name]


def word_of(group: str, name: str) -> str:
    """Return how something is called; its own name where nobody has worded it."""
    return str(_words()[group].get(name, name))
