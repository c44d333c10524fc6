"""Small numbers are hidden where they are told by place: a village of one must not be read off.

One to four are shown as ``<5``. Where the sum would give away what is hidden, the next smallest
number is hidden too: where one alone is, or where all that are can only be ones, or only fours.
Where there is no such number, the noughts are hidden as well: nobody sees where the few are.
"""

from collections.abc import Mapping
from typing import TypeVar

SMALL = 5
FEW = "<5"
HIDDEN = "*"
"""Hidden although it is not small, so that the sum does not tell the other hidden one."""

Place = TypeVar("Place")


def shown(counts: Mapping[Place, int]) -> dict[Place, str]:
    """Return the numbers of one column as they may be shown, by place."""
    few = [place for place, count in counts.items() if 0 < count < SMALL]
    beside: list[Place] = []
    together = sum(counts[place] for place in few)
    if few and (len(few) == 1 or together in (len(few), len(few) * (SMALL - 1))):
        others = [place for place, count in counts.items() if count >= SMALL]
        if not others:
            return dict.fromkeys(counts, HIDDEN)
        beside = sorted(others, key=lambda place: counts[place])[:1]
    return {
        place: FEW if place in few else HIDDEN if place in beside else str(count)
        for place, count in counts.items()
    }
