"""Hears people in danger or in need by rule, before every other step (DESIGN section 9).

No classifier has a say here: whoever says that life is too much is told who helps, whatever form
is open. The words are data, in ``distress.yml``.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.wording import fold
from models.reply import Reply

_FILE = Path(__file__).with_name("distress.yml")


@cache
def _told() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return told


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            kind,
            re.compile("|".join(about["words"])),
            re.compile("|".join(about["never"])) if about["never"] else None,
        )
        for kind, about in _told()["kinds"].items()
    )


def distress_in(text: str) -> tuple[str, ...]:
    """Return the kinds of distress that `text` speaks of, in the order of the answer."""
    said = fold(text).replace(" ", "")
    found = []
    for kind, words, never in _patterns():
        left = never.sub("", said) if never else said
        if words.search(left):
            found.append(kind)
    return tuple(found)


def is_unpaid(text: str) -> bool:
    """Return whether `text` says that somebody's wages are not paid."""
    said = fold(text).replace(" ", "")
    return any(re.search(words, said) for words in _told()["wages"]["unpaid"])


def unpaid_reply() -> str:
    """Return who helps to get wages that are not paid."""
    said: str = _told()["wages"]["say"]
    return said


def distress_reply(text: str, *, form_is_open: bool) -> Reply:
    """Return who helps with the distress in `text`. An open form waits, and asks nothing now."""
    told = _told()
    said = [told["kinds"][kind]["say"] for kind in distress_in(text)]
    if re.search(told["wages"]["words"], fold(text)):
        said.append(told["wages"]["say"])
    if form_is_open:
        said.append(told["form_waits"])
    return Reply("\n".join(said))
