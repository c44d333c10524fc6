"""Whom to ask about a clause: the desk of the body that the document makes responsible for it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).resolve().parent / "bodies.yml"


@dataclass(frozen=True)
class Desk:
    """A department that people go to, and the hotline for its matters."""

    name: str
    hotline: str


def desk_of(responsible: str) -> Desk:
    """Return the desk of the first responsible body that has one.

    Args:
        responsible: the bodies as the document lists them; empty when it names none.
    """
    desks = _desks()
    places = {known: responsible.find(known) for known in desks}
    named = [known for known, place in places.items() if known and place >= 0]
    return desks[min(named, key=places.__getitem__, default="")]


@cache
def _desks() -> dict[str, Desk]:
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {entry["body"]: Desk(entry["desk"], str(entry["hotline"])) for entry in entries}
