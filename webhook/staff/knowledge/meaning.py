"""Giving a clause its meaning while the editor waits; what fails now the worker does later."""

from contextlib import suppress

from models.knowledge.embedder import EmbedderError
from models.knowledge.vectors import embed_clause
from webhook.current import database, services


def give_meaning(clause_id: int) -> None:
    """Make the vectors of a clause whose questions have changed; words find it in any case."""
    with suppress(EmbedderError):
        embed_clause(database(), services().embedder, clause_id)
