"""Commands on a machine of their own, with a database of each kind."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from models.database import Database
from models.settings import Settings
from webhook.cli import main

Jct = Callable[..., Result]


@pytest.fixture
def jct(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jct]:
    """Run ``jct`` with these words; the settings are those of the test's own machine."""
    for name, value in {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_KEY": settings.data_key.get_secret_value(),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
    }.items():
        monkeypatch.setenv(name, value)

    def run(*words: Any, typed: str = "") -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=typed)

    yield run
