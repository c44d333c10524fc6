"""How far a long command is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import click

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""

_REPORT_SECONDS = 5.0
T = TypeVar("T")


def showing(label: str, work: Callable[[Progress], T]) -> T:
    """Do `work` and show how far it is, on stderr."""
    if not sys.stderr.isatty():
        return work(_plain_lines())
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        return work(tell)


def _plain_lines() -> Progress:
    told_at = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= _REPORT_SECONDS or done == total:
            told_at = now
            click.echo(f"{done}/{total}", err=True)

    return tell
