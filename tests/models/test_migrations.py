"""The migrations make exactly the tables of the code, and have one head."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.database import Database
from models.settings import ROOT
from models.tables import metadata


def test_the_schema_is_what_the_code_says(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "models" / "migrations")).get_heads()) == 1


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()


def test_sqlite_writes_ahead_and_syncs(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
