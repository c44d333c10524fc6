"""The words about seats, read from ``wording.yml``; a service's own words are in its file."""

from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_suffix(".yml")


@cache
def _words() -> dict[str, str]:
    words: dict[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def say(key: str, /, **values: object) -> str:
    """Return a sentence, filled in.

    Raises:
        KeyError: there is no such sentence, or a value for it is missing.
    """
    return _words()[key].format(**values)
