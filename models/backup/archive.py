"""The file of a backup: a gzipped tar of tables, uploads and a manifest that can be checked."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text

from models.backup.rows import VERSIONS, line_of, read_rows, tables_of
from models.database import Database, utc_now
from models.sealed import SealError, lookup_hash, seal, unseal
from models.settings import Settings

MANIFEST = "manifest.json"
KEYS = "keys.json"
SETTINGS = ("DATA_KEY", "SECRET_KEY", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN",
            "WECHAT_ENCODING_AES_KEY", "MINIPROGRAM_APP_ID", "MINIPROGRAM_APP_SECRET")  # fmt: skip
"""What goes into a backup with its keys, and nowhere else."""

# Files of var/ beside the database and the uploads that people made.
FILES = ("office_hours.yml",)
_FORMAT = 1
_PROBE = "jct backup"
_IN_MEMORY = 32 * 1024 * 1024

Progress = Callable[[int, int], None]


class BackupError(RuntimeError):
    """A backup cannot be written, read or restored; the text is for people."""


@dataclass
class Manifest:
    """What is in a backup.

    Attributes:
        revision: of the schema it was taken from.
        rows: how many of each table.
        digests: SHA-256 of every member.
        probe: a word sealed with the key, to see whether a machine can read what is sealed.
        fingerprint: of the key that look-ups are made with.
        has_keys: whether the keys are in it.
    """

    taken_at: str
    revision: str
    probe: str
    fingerprint: str
    has_keys: bool = False
    format: int = _FORMAT
    rows: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def uploads(self) -> int:
        """How many uploaded files are in it."""
        return sum(name.startswith("uploads/") for name in self.digests)

    def check_key(self) -> None:
        """See that this machine can read what is sealed in the backup.

        Raises:
            BackupError: its ``DATA_KEY`` is another one.
        """
        try:
            is_readable = unseal(self.probe) == _PROBE
        except SealError:
            is_readable = False
        if not is_readable or lookup_hash(_PROBE) != self.fingerprint:
            raise BackupError(
                "这台机器的 DATA_KEY 不是备份时的那个，恢复了也读不出个人信息。"
                "请把原来的 DATA_KEY 写进 .env（或拷来原来的 var/settings.json），再恢复。"
            )


def write_backup(
    settings: Settings, database: Database, path: Path, tell: Progress, *, with_keys: bool = False
) -> Manifest:
    """Write the whole installation into `path`; it is there complete or not at all.

    Args:
        settings: of this installation.
        database: its database; people may go on writing.
        path: the file to write, readable by its owner only.
        tell: told how many of how many tables and files are done.
        with_keys: whether ``DATA_KEY`` and the other secrets go along.

    Raises:
        BackupError: the database was never migrated.
        OSError: the file cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            packer = _Packer(tar)
            manifest = _pack(packer, settings, database, tell, with_keys)
        raw.flush()
        os.fsync(raw.fileno())
    os.replace(draft, path)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Read what is in a backup, having checked every byte of it.

    Raises:
        BackupError: it is no backup, of a newer format, or damaged.
    """
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(path, "r:gz") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    continue
                if member.name == MANIFEST:
                    manifest = Manifest(**json.load(content))
                else:
                    found[member.name] = _digest(content)
    except (tarfile.TarError, EOFError, OSError, ValueError, TypeError) as error:
        raise BackupError(f"读不了这个备份：{type(error).__name__}。文件可能没传完。") from error
    if manifest is None:
        raise BackupError("这不是本产品的备份，或者没写完。")
    if manifest.format > _FORMAT:
        raise BackupError("这个备份是更新的版本做的，请先升级。")
    if found != manifest.digests:
        raise BackupError("备份坏了：内容和清单对不上。请换一份。")
    return manifest


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := content.read(1024 * 1024):
        digest.update(block)
    return digest.hexdigest()


class _Packer:
    """Puts members into the archive and remembers their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: Any, size: int, digest: str) -> None:
        """Put one member in, readable by its owner only."""
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(utc_now().timestamp())
        self._tar.addfile(member, content)
        if name != MANIFEST:
            self.digests[name] = digest

    def add_bytes(self, name: str, content: bytes) -> None:
        """Put one small member in."""
        self.add(name, io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest())


def _pack(
    packer: _Packer, settings: Settings, database: Database, tell: Progress, with_keys: bool
) -> Manifest:
    # The snapshot first, then the files: one that a row speaks of is older than the row.
    with _snapshot(database) as connection:
        tables = tables_of(connection)
        manifest = Manifest(
            taken_at=utc_now().isoformat(timespec="seconds"),
            revision=_revision(connection),
            probe=seal(_PROBE),
            fingerprint=lookup_hash(_PROBE),
            has_keys=with_keys,
        )
        files = _files(settings.var_dir)
        total = len(tables) + len(files)
        for done, table in enumerate(tables, 1):
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
                digest, count = hashlib.sha256(), 0
                for values in read_rows(connection, table):
                    line = line_of(values)
                    digest.update(line)
                    spool.write(line)
                    count += 1
                size = spool.tell()
                spool.seek(0)
                packer.add(f"tables/{table.name}.jsonl", spool, size, digest.hexdigest())
            manifest.rows[table.name] = count
            tell(done, total)
    for done, file in enumerate(files, len(tables) + 1):
        # Files never change; one that was forgotten meanwhile belongs to nobody any more.
        if file.exists():
            packer.add_bytes(file.relative_to(settings.var_dir).as_posix(), file.read_bytes())
        tell(done, total)
    if with_keys:
        packer.add_bytes(KEYS, json.dumps(_keys(settings), indent=2).encode())
    manifest.digests = packer.digests
    packer.add_bytes(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False).encode())
    return manifest


def _snapshot(database: Database) -> Connection:
    """Open a connection that sees the database as it stands now, whatever is written meanwhile."""
    connection = database.engine.connect()
    if database.is_sqlite:
        return connection.execution_options(jct_read_only=True)
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _revision(connection: Connection) -> str:
    try:
        found = connection.scalar(text(f"SELECT version_num FROM {VERSIONS}"))
    except Exception as error:
        raise BackupError("数据库还没有建好，没什么可备份的。先运行 make run。") from error
    return str(found)


def _files(var_dir: Path) -> list[Path]:
    uploads = sorted(one for one in (var_dir / "uploads").glob("*/*") if not one.suffix)
    return [*(var_dir / name for name in FILES if (var_dir / name).exists()), *uploads]


def _keys(settings: Settings) -> dict[str, str]:
    values = {name: getattr(settings, name.lower()) for name in SETTINGS}
    return {
        name: value if isinstance(value, str) else value.get_secret_value()
        for name, value in values.items()
    }
