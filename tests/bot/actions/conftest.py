"""A desk on a database of its own: migrated and with the plan imported, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.actions.topic import Desk
from models import sealed
from models.catalogue import load_catalogue
from models.database import Database
from models.knowledge.importing import import_document
from models.knowledge.plan import plan_draft
from models.knowledge.search import Knowledge
from models.settings import Settings
from tests.bot.actions.dialogue import Person, settle


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "jct.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.unit_of_work() as session:
        import_document(session, plan_draft())
    settle(database)
    return path


@pytest.fixture
def desk(tmp_path: Path, filled_database: Path) -> Iterator[Desk]:
    settings = Settings(_env_file=None, var_dir=tmp_path, redis_url="redis://127.0.0.1:9/0")
    sealed.use_key(settings)
    shutil.copy(filled_database, tmp_path / "jct.sqlite3")
    database = Database(settings.database_url)
    # These tests are about words: nobody pulls the plug, and a thousand turns take seconds.
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    yield Desk(database, load_catalogue(), Knowledge(database, None))
    database.dispose()


@pytest.fixture
def person(desk: Desk) -> Iterator[Person]:
    somebody = Person(desk)
    yield somebody
    somebody.leaves()
