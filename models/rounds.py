"""Rounds: work that comes round every few seconds and looks at many rows, or takes many steps.

What goes wrong with one of them must not keep the others waiting, in this round or in all that
follow: it is logged, and tried again the next time.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

log = structlog.get_logger()

Item = TypeVar("Item")


def each(
    items: Iterable[Item],
    act: Callable[[Item], int],
    event: str,
    name: Callable[[Item], object] = lambda item: item,
) -> int:
    """Do something to each item, whatever becomes of the one before; returns the sum of it all.

    Args:
        items: what is due.
        act: what is done to one; it opens a unit of work of its own.
        event: what the log calls a failure; the kind of the error is told, never its words.
        name: how the log names an item: by its number, nothing personal.
    """
    done = 0
    for item in items:
        try:
            done += act(item)
        except Exception as error:
            log.error(event, which=name(item), error=type(error).__name__)
    return done


def every_step(event: str, *steps: Callable[[], object]) -> None:
    """Take each step, whatever becomes of the one before."""

    def take(step: Callable[[], object]) -> int:
        step()
        return 1

    each(steps, take, event, step_name)


def step_name(step: Callable[..., object]) -> str:
    """Return how the log names a step."""
    return step.__name__
