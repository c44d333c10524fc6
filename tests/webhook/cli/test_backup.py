"""`jct backup` and `jct restore`: from one machine to a fresh one."""

from pathlib import Path

import pytest
from sqlalchemy import select

from models import sealed
from models.database import Database
from models.gig import GigRegistration
from models.settings import Settings
from tests.models.person.life import NAME, live
from tests.webhook.cli.conftest import Jct

KEYS = ("DATA_KEY", "SECRET_KEY")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Another machine: nothing is set and nothing is kept there yet."""
    return tmp_path / "fresh"


def _move(monkeypatch: pytest.MonkeyPatch, fresh: Path, *, with_keys: bool) -> None:
    monkeypatch.setenv("VAR_DIR", str(fresh))
    monkeypatch.setenv("DATABASE_URL", "")
    if not with_keys:
        for name in KEYS:
            monkeypatch.setenv(name, "")


def test_a_fresh_machine_with_the_keys_in_the_backup(
    jct: Jct, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, fresh: Path,
) -> None:  # fmt: skip
    live(database, settings.var_dir / "uploads")
    path = tmp_path / "all.tar.gz"
    told = jct("backup", path, "--with-keys")
    assert told.exit_code == 0, told.output
    assert "里有密钥" in told.output
    assert jct("backup", path).exit_code == 1
    _move(monkeypatch, fresh, with_keys=False)
    told = jct("restore", path)
    assert told.exit_code == 0, told.output
    assert "核对过" in told.output
    monkeypatch.setenv("VAR_DIR", str(fresh))
    restored_settings = Settings(_env_file=None)
    sealed.use_key(restored_settings)
    restored = Database(restored_settings.database_url)
    with restored.reading() as session:
        assert session.scalars(select(GigRegistration.name)).all() == [NAME]
    restored.dispose()
    assert jct("restore", path).exit_code == 1


def test_without_the_key_nothing_is_restored(
    jct: Jct, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, fresh: Path,
) -> None:  # fmt: skip
    live(database, settings.var_dir / "uploads")
    path = tmp_path / "all.tar.gz"
    told = jct("backup", path)
    assert "DATA_KEY 不在里面" in told.output
    assert "备份完好" in jct("restore", path, "--check").output
    _move(monkeypatch, fresh, with_keys=False)
    told = jct("restore", path)
    assert told.exit_code == 1
    assert "DATA_KEY" in told.output
    assert not (fresh / "jct.sqlite3").exists()


def test_what_is_no_backup_is_told(jct: Jct, tmp_path: Path) -> None:
    path = tmp_path / "photo.tar.gz"
    path.write_bytes(b"not a backup")
    told = jct("restore", path, "--check")
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
