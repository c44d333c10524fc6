"""The restore drill: a lived-in installation comes back whole, on and across databases."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, text

from models import sealed
from models.backup import BackupError, read_manifest, restore, write_backup
from models.contact import Contact, meet_contact, merge
from models.database import Database, utc_now
from models.materials.store import MaterialStore
from models.person.portrait import portrait_of
from models.settings import Settings
from models.tables import metadata
from tests.conftest import HAS_POSTGRES, temporary_postgres
from tests.models.person.life import CATALOGUE, SECRETS, live


def _nothing(_done: int, _total: int) -> None:
    """Show no progress."""


@pytest.fixture
def backed_up(settings: Settings, database: Database, tmp_path: Path) -> Path:
    """A backup of a database in which two people have lived, one merged into a later one."""
    uploads = settings.var_dir / "uploads"
    live(database, uploads)
    live(database, uploads, "other")
    with database.unit_of_work() as session:
        first = session.scalars(select(Contact).order_by(Contact.id)).first()
        assert first is not None
        merge(session, first, meet_contact(session, "miniprogram", "app", "later"))
    path = tmp_path / "backup.tar.gz"
    write_backup(settings, database, path, _nothing)
    return path


@contextmanager
def _empty(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        opened = Database(f"sqlite:///{folder / 'empty.sqlite3'}")
        yield opened
        opened.dispose()
        return
    with temporary_postgres() as url:
        opened = Database(url)
        yield opened
        opened.dispose()


def _rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(not HAS_POSTGRES, reason="no PostgreSQL")
        ),
    ],
)
def test_all_of_it_comes_back(
    database: Database, backed_up: Path, tmp_path: Path, kind: str
) -> None:
    before = _rows(database)
    assert before["material"]
    assert before["audit_entry"]
    var_dir = tmp_path / "new"
    with _empty(kind, tmp_path) as restored:
        manifest = restore(backed_up, restored, var_dir, _nothing)
        assert _rows(restored) == before
        assert manifest.uploads == 4
        # People go on: a new row takes a number of its own.
        with restored.unit_of_work() as session:
            made = meet_contact(session, "web", "", "newcomer").id
            assert made > max(row[0] for row in before["contact"])
        # And what is sealed can be read: rows, and files.
        with restored.reading() as session:
            portrait = portrait_of(session, CATALOGUE, [1], utc_now())
        assert all(secret in str(portrait.sections) for secret in SECRETS)
        store = MaterialStore(var_dir / "uploads")
        assert all(store.content(key)[:3] == b"\xff\xd8\xff" for key, _ in portrait.files)


def test_it_is_taken_in_one_snapshot_while_people_write(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    live(database, settings.var_dir / "uploads")
    path = tmp_path / "backup.tar.gz"
    seen: list[int] = []

    def write_meanwhile(done: int, _total: int) -> None:
        seen.append(done)
        with database.unit_of_work() as session:
            meet_contact(session, "web", "", f"meanwhile-{done}")

    manifest = write_backup(settings, database, path, write_meanwhile)
    assert len(seen) > 10
    assert manifest.rows["contact"] == 1
    with _empty("sqlite", tmp_path) as restored:
        restore(path, restored, tmp_path / "new", _nothing)


def test_nothing_lies_open_and_no_key_is_in_it(
    settings: Settings, backed_up: Path, tmp_path: Path
) -> None:
    assert backed_up.stat().st_mode & 0o077 == 0
    with tarfile.open(backed_up) as tar:
        everything = b"".join(
            content.read() for member in tar if (content := tar.extractfile(member)) is not None
        )
    assert settings.data_key.get_secret_value().encode() not in everything
    # What people typed in confidence is sealed; what the safe texts say is not.
    for secret in ("欧阳春晓", "13812345678"):
        assert secret.encode() not in everything


def test_another_key_is_told_before_anything_is_written(
    settings: Settings, backed_up: Path, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"data_key": SecretStr(Fernet.generate_key().decode())})
    sealed.use_key(other)
    with _empty("sqlite", tmp_path) as restored:
        with pytest.raises(BackupError, match="DATA_KEY"):
            restore(backed_up, restored, tmp_path / "new", _nothing)
        with restored.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0


def test_a_place_that_is_not_empty_is_left_alone(
    database: Database, backed_up: Path, tmp_path: Path
) -> None:
    before = _rows(database)
    with pytest.raises(BackupError, match="不是空的"):
        restore(backed_up, database, tmp_path / "new", _nothing)
    assert _rows(database) == before
    (tmp_path / "used" / "uploads" / "ab").mkdir(parents=True)
    (tmp_path / "used" / "uploads" / "ab" / "file").write_bytes(b"x")
    with (
        _empty("sqlite", tmp_path) as restored,
        pytest.raises(BackupError, match="已经有文件"),
    ):
        restore(backed_up, restored, tmp_path / "used", _nothing)


@pytest.mark.parametrize("cut", [10, 0.5, 0.99])
def test_a_damaged_backup_is_told(backed_up: Path, cut: float) -> None:
    content = backed_up.read_bytes()
    backed_up.write_bytes(content[: int(cut if cut > 1 else len(content) * cut)])
    with pytest.raises(BackupError):
        read_manifest(backed_up)


def test_a_changed_member_is_told(backed_up: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.tar.gz"
    with tarfile.open(backed_up) as source, tarfile.open(changed, "w:gz") as into:
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "tables/contact.jsonl":
                data = data.replace(b"wechat", b"wechap")
            member.size = len(data)
            into.addfile(member, io.BytesIO(data))
    with pytest.raises(BackupError, match="对不上"):
        read_manifest(changed)


def test_the_manifest_says_what_is_in_it(backed_up: Path) -> None:
    manifest = read_manifest(backed_up)
    assert manifest.rows.keys() == {table.name for table in metadata.sorted_tables}
