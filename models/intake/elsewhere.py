"""Says who handles what this assistant does not: the housing fund, medical insurance, marriage.

The words and the hotlines are data, in ``elsewhere.yml``.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.wording import fold

_FILE = Path(__file__).with_name("elsewhere.yml")


@dataclass(frozen=True)
class _Desk:
    """Another counter: what it is for, the words that lead there, and how it is reached."""

    about: str
    words: tuple[str, ...]
    who: str
    call: str


@cache
def _read() -> tuple[str, tuple[_Desk, ...]]:
    content: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    desks = tuple(_Desk(**{**one, "words": tuple(one["words"])}) for one in content["handled"])
    return content["say"], desks


def who_handles(text: str) -> str | None:
    """Return who handles what `text` asks for, with the hotline; None if no word of it says so."""
    said = fold(text).replace(" ", "")
    say, desks = _read()
    for desk in desks:
        if any(word in said for word in desk.words):
            return say.format(about=desk.about, who=desk.who, call=desk.call)
    return None
