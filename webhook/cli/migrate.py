"""``jct migrate``: the database as this version needs it, before any part starts."""

import os

import click

from models import sealed
from models.database import Database
from models.knowledge.embedder import EmbedderError, build_embedder
from models.knowledge.plan import ensure_plan
from models.knowledge.vectors import embed_missing
from models.settings import Settings


@click.command()
def migrate() -> None:
    """Bring the database up to date, with the shipped texts in it.

    `jct run` does it by itself; where each part is a container, this one goes first. Several may
    run at once: they take turns.
    """
    settings = Settings()
    sealed.use_key(settings)
    database = Database(settings.database_url)
    prepare(database, settings)
    database.dispose()


def prepare(database: Database, settings: Settings) -> None:
    """Migrate, import the shipped plan once, and give vectors to clauses that have none yet."""
    click.secho("· 数据库", fg="green")
    database.migrate()
    click.secho("· 政策文件", fg="green")
    embedder = build_embedder(settings, threads=os.cpu_count() or 1, shares=False)
    try:
        ensure_plan(database, embedder)
        embed_missing(database, embedder)
    except EmbedderError as error:
        click.secho(f"  words alone will answer: {error}", fg="yellow")
