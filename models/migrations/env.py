"""Alembic's door to our tables; run through `models.database.Database.migrate`."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Engine, Enum

from models.database import UtcDateTime
from models.sealed import SealedJson, SealedText
from models.tables import metadata


def _plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write migrations in plain types: they must still run when our own types have changed."""
    if kind != "type":
        return False
    if isinstance(item, Enum):
        return f"sa.String({item.length})"
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.Text()" if isinstance(item, SealedText | SealedJson) else False


def run(engine: Engine) -> None:
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=_plain_type,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Two processes that start together must not both migrate.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7158002)")
            context.run_migrations()


run(context.config.attributes["engine"])
