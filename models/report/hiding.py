"""Small numbers are hidden where they are told by place: a village of one must not be read off.

One to four are shown as ``<5``. Where the sum would give away what is hidden, the next smallest
number is hidden too: where one alone is, or where all that are can only be ones, or only fours.
Where there is no such number, the noughts are hidden as well: nobody sees where the few are.
Where numbers are summed up by line and by column, more may have to be hidden: see `beside`.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from typing import TypeVar

SMALL = 5
FEW = "<5"
HIDDEN = "*"
"""Hidden although it is not small, so that the sum does not tell the other hidden one."""

Place = TypeVar("Place")
Cell = tuple[str, str]
"""A number of a table: its line and its column."""
_NOUGHT = 10**9


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


def beside(counts: Mapping[Cell, int], hidden: Set[Cell]) -> set[Cell]:
    """Return what has to be hidden besides `hidden`, where every line and column has its sum told.

    Take lines and columns for the nodes of a graph and the hidden numbers for its edges: what can
    be worked out from the sums is exactly its bridges (D. Gusfield, SIAM J. Comput. 17, 1988). So
    each bridge is put on a circle of four, over the numbers that lose least; noughts come last.

    Args:
        counts: all numbers of the table.
        hidden: those that are not told.
    """
    kept = set(hidden)
    lines = sorted({line for line, _ in counts})
    columns = sorted({column for _, column in counts})
    while len(lines) > 1 and len(columns) > 1 and (found := _bridge(kept)):
        line, column = found
        circles = (
            ((line, other_column), (other_line, column), (other_line, other_column))
            for other_line in lines
            if other_line != line
            for other_column in columns
            if other_column != column
        )
        kept |= set(
            min(
                circles,
                key=lambda three: sum(counts[one] or _NOUGHT for one in three if one not in kept),
            )
        )
    return kept - set(hidden)


def _bridge(cells: Set[Cell]) -> Cell | None:
    """Return a cell that no circle of cells goes through, if there is one."""
    ways: dict[Cell, list[tuple[Cell, Cell]]] = defaultdict(list)
    for line, column in sorted(cells):
        ways["line", line].append((("column", column), (line, column)))
        ways["column", column].append((("line", line), (line, column)))
    entered: dict[Cell, int] = {}

    def earliest(node: Cell, came_by: Cell | None) -> tuple[int, Cell | None]:
        """Go on from a node; tell how far back one gets, and the first bridge behind it."""
        back = entered[node] = len(entered)
        for beyond, cell in ways[node]:
            if cell == came_by:
                continue
            if beyond in entered:
                back = min(back, entered[beyond])
                continue
            reached, bridge = earliest(beyond, cell)
            if bridge is not None or reached > entered[node]:
                return back, bridge or cell
            back = min(back, reached)
        return back, None

    for node in list(ways):
        if node not in entered and (bridge := earliest(node, None)[1]) is not None:
            return bridge
    return None
