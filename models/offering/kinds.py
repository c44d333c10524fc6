"""The kinds of things on offer, as ``kinds.yml`` names them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.wording import fold

_FILE = Path(__file__).with_name("kinds.yml")
CALENDAR, DIRECTORY = "calendar", "directory"


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        code: its name in the database and in files.
        name: what people call it.
        page: ``calendar`` or ``directory``.
        clause: the clause of the plan it rests on.
        service: code of the service that takes a sign-up; None where there is none.
        instead: code of the service offered where nothing is entered, besides `service`.
        topics: what it may be about, in the words of the service's choices.
        words: what names it in a sentence.
        keeps_log: whether staff keep a short log of each meeting.
    """

    code: str
    name: str
    page: str
    clause: str
    service: str | None = None
    instead: str | None = None
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    keeps_log: bool = False

    @property
    def leads_to(self) -> str | None:
        """The service to go on with where nothing is on offer."""
        return self.service or self.instead


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind by its code, in the order of the file."""
    data: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {code: _kind(code, about) for code, about in data.items()}


def _kind(code: str, about: dict[str, Any]) -> Kind:
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in about.items()}
    return Kind(code=code, **told)


def kind_called(text: str) -> Kind | None:
    """Return the kind of this code or name, as a file or an address names it."""
    return next((one for one in kinds().values() if text in (one.code, one.name)), None)


def kind_in(text: str) -> Kind | None:
    """Return the kind that a sentence speaks of: what is said last is what it is about."""
    said = fold(text).replace(" ", "")
    named = [match[0] for match in _any_word().finditer(said)]
    if not named:
        return None
    return next(one for one in kinds().values() if named[-1] in one.words)


@cache
def _any_word() -> re.Pattern[str]:
    words = sorted({w for one in kinds().values() for w in one.words}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
