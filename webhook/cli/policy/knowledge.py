"""The knowledge of this installation, opened for a command."""

import getpass
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from models import sealed
from models.database import Database
from models.knowledge.embedder import Embedder, EmbedderError, build_embedder
from models.knowledge.vectors import Progress
from models.settings import Settings

_REPORT_SECONDS = 5.0

T = TypeVar("T")


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Database]:
    """Open the database of this installation, brought up to date."""
    settings = settings or Settings()
    sealed.use_key(settings)
    database = Database(settings.database_url)
    database.migrate()
    try:
        yield database
    finally:
        database.dispose()


def busy_embedder() -> Embedder:
    """Return the embedder for an import, which is alone at its work: it may use every core."""
    return build_embedder(Settings(), threads=os.cpu_count() or 1, shares=False)


def with_progress(label: str, work: Callable[[Progress], T]) -> T:
    """Do `work`, showing how far it is: a bar on a terminal, plain lines elsewhere.

    Raises:
        click.ClickException: the embedder cannot be used; nothing was stored.
    """
    try:
        if not sys.stderr.isatty():
            return work(_plain_lines())
        with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

            def tell(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            return work(tell)
    except EmbedderError as error:
        raise click.ClickException(
            "语义模型用不了，没有导入。请运行 `jct doctor` 查看缺什么。"
        ) from error


def editor() -> str:
    """Return who is at the terminal, for the record of changes."""
    return f"jct ({getpass.getuser()})"


def _plain_lines() -> Progress:
    told_at = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= _REPORT_SECONDS or done == total:
            told_at = now
            click.echo(f"{done}/{total}", err=True)

    return tell
