"""The one place for engines, sessions and transactions.

``unit_of_work`` is how every caller reads and writes: it commits when its block ends and rolls
back when the block raises. Functions elsewhere in ``models`` take the session and never commit.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    insert,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, sessionmaker

_MIGRATIONS = Path(__file__).parent / "migrations"


class Base(DeclarativeBase):
    """Base of all tables; names of constraints are fixed so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite gives row numbers of its own to INTEGER keys only.
BigId = BigInteger().with_variant(Integer(), "sqlite")


def one_of(kind: type[StrEnum]) -> Enum:
    """Return a column type that holds one of `kind`'s words, as plain text on both databases."""
    return Enum(
        kind, native_enum=False, length=24, values_callable=lambda words: [w.value for w in words]
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with its zone on both databases (SQLite would drop the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse moments without a zone: they would be read back as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database does not keep it."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def store(session: Session, row: Base) -> None:
    """Insert a new row at once; from then on it is the session's, as if it had been read.

    For the rows that every message writes: a flush looks for all that has changed, and costs six
    times as much. A column that was left out gets its default, and is read when it is asked for.

    Raises:
        IntegrityError: the table refuses the row.
    """
    mapper = row.__mapper__
    given = {
        attribute.columns[0].name: row.__dict__[attribute.key]
        for attribute in mapper.column_attrs
        if attribute.key in row.__dict__
    }
    stored = session.connection().execute(insert(cast(Table, mapper.local_table)), given)
    for column, value in zip(mapper.primary_key, stored.inserted_primary_key or (), strict=True):
        setattr(row, mapper.get_property_by_column(column).key, value)
    make_transient_to_detached(row)
    session.add(row)


def utc_now() -> datetime:
    """Return this moment, with its zone."""
    return datetime.now(UTC)


class Database:
    """An engine with its sessions, for one process.

    Args:
        url: ``DATABASE_URL``; ``sqlite:///file`` or ``postgresql://…`` (psycopg 3 is implied).
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.engine = (
            _sqlite_engine(parsed)
            if self.is_sqlite
            else create_engine(
                parsed, pool_size=20, max_overflow=20, pool_pre_ping=True, hide_parameters=True
            )
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """Open a transaction: committed at the end of the block, rolled back when it raises."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads; on SQLite it waits for no writer."""
        with self._sessions() as session:
            session.connection(execution_options={"jct_read_only": True})
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to the newest migration. Safe to call from several processes.

        Args:
            revision: another one to stop at, to restore a backup of that time.
        """
        # Imported here: only the process that migrates pays for it.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["engine"] = self.engine
        command.upgrade(config, revision)

    def dispose(self) -> None:
        """Close every connection (before a fork, and when a process ends)."""
        self.engine.dispose()


class _Writing:
    """The one place in line before SQLite's only writer, for all threads of all processes.

    SQLite lets those who wait sleep and try again, unfairly and for up to a tenth of a second each
    time. Here threads queue for a lock, and processes for one of the operating system's.

    Args:
        path: the database file; None or ``:memory:`` is this process's own.
    """

    def __init__(self, path: str | None) -> None:
        self._threads = threading.Lock()
        self._file = None if path in (None, "", ":memory:") else f"{path}-writer"
        self._held: int | None = None

    def acquire(self) -> None:
        """Wait for the place.

        Raises:
            OSError: the folder of the database cannot be written to.
        """
        self._threads.acquire()
        if self._file is None:
            return
        try:
            # Opened each time: a lock belongs to what was opened, and a fork would share that.
            self._held = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # A process that dies gives it back, whatever it was doing.
            fcntl.flock(self._held, fcntl.LOCK_EX)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let the next one in line write."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        self._threads.release()


def _sqlite_engine(url: Any) -> Engine:
    if url.database not in (None, "", ":memory:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # Statements in error reports must not carry what people wrote.
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": 15, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: we choose their kind below.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: what was acknowledged to WeChat must outlive a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")

    writing = _Writing(url.database)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("jct_read_only"):
            connection.exec_driver_sql("BEGIN")
            return
        writing.acquire()
        connection.info["jct_writes"] = True
        try:
            # A transaction that reads and then writes would fail at once when another writer
            # came between; taking the write lock first makes it wait its turn instead.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            _leave(connection)
            raise

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def _leave(connection: Any) -> None:
        if connection.info.pop("jct_writes", False):
            writing.release()

    return engine
