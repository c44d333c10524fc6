"""The database of this installation, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from models import sealed
from models.database import Database
from models.settings import Settings


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
