"""The knowledge of this installation, opened for a command."""

import getpass
import os
from collections.abc import Callable
from typing import TypeVar

import click

from models.knowledge.embedder import Embedder, EmbedderError, build_embedder
from models.knowledge.vectors import Progress
from models.settings import Settings
from webhook.cli.installation import opened
from webhook.cli.progress import showing

__all__ = ["busy_embedder", "editor", "opened", "with_progress"]

T = TypeVar("T")


def busy_embedder() -> Embedder:
    """Return the embedder for an import, which is alone at its work: it may use every core."""
    return build_embedder(Settings(), threads=os.cpu_count() or 1, shares=False)


def with_progress(label: str, work: Callable[[Progress], T]) -> T:
    """Do `work`, showing how far it is: a bar on a terminal, plain lines elsewhere.

    Raises:
        click.ClickException: the embedder cannot be used; nothing was stored.
    """
    try:
        return showing(label, work)
    except EmbedderError as error:
        raise click.ClickException(
            "语义模型用不了，没有导入。请运行 `jct doctor` 查看缺什么。"
        ) from error


def editor() -> str:
    """Return who is at the terminal, for the record of changes."""
    return f"jct ({getpass.getuser()})"
