"""Restoring a backup into an empty place, and seeing that all of it has arrived."""

import json
import os
import tarfile
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table, func, insert, select, update

from models.backup.archive import (
    FILES,
    KEYS,
    BackupError,
    Manifest,
    Progress,
    read_manifest,
)
from models.backup.rows import tables_of, to_row
from models.database import Database

_BATCH = 500


def restore(path: Path, database: Database, var_dir: Path, tell: Progress) -> Manifest:
    """Restore a backup.

    The rows come in one transaction: either all of them are there afterwards, or none.

    Args:
        path: the backup.
        database: an empty one, of either kind.
        var_dir: where this machine keeps its things; nothing may have been uploaded there yet.
        tell: told how many of how many tables and files are done.

    Raises:
        BackupError: the place is not empty, the key is another one, or the backup is damaged.
    """
    manifest = read_manifest(path)
    manifest.check_key()
    _must_be_empty(database, var_dir)
    database.migrate(manifest.revision)
    with tarfile.open(path, "r:gz") as tar, database.engine.begin() as connection:
        tables = {table.name: table for table in tables_of(connection)}
        missing = manifest.rows.keys() ^ tables.keys()
        if missing:
            raise BackupError(f"备份里的表和这个版本对不上：{'、'.join(sorted(missing))}。")
        # In the order of the tables, which is not that of the archive where a version was skipped.
        for done, table in enumerate(tables.values(), 1):
            with _member(tar, f"tables/{table.name}.jsonl") as lines:
                _fill(connection, table, lines)
            tell(done, len(manifest.digests))
        _check_counts(connection, tables, manifest)
        if not database.is_sqlite:
            _go_on_counting(connection, tables)
    _put_files(path, var_dir, manifest, tell)
    database.migrate()
    return manifest


def keys_in(path: Path) -> dict[str, str]:
    """Return the keys of a backup that was written with them."""
    with tarfile.open(path, "r:gz") as tar, _member(tar, KEYS) as content:
        keys: dict[str, str] = json.load(content)
        return keys


def _must_be_empty(database: Database, var_dir: Path) -> None:
    with database.engine.connect() as connection:
        filled = [
            table.name
            for table in tables_of(connection)
            if connection.scalar(select(func.count()).select_from(table))
        ]
    if filled:
        raise BackupError(
            "这里的数据库不是空的，不能恢复到上面去。"
            "请换一个空的数据库（DATABASE_URL 或 VAR_DIR）。"
        )
    if any((var_dir / "uploads").glob("*/*")):
        raise BackupError(f"{var_dir / 'uploads'} 里已经有文件了。请换一个空的 VAR_DIR。")


def _fill(connection: Connection, table: Table, lines: IO[bytes]) -> None:
    """Insert a table's rows; a row that speaks of a later one of its own table waits for it."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    later: list[tuple[Any, str, Any]] = []
    batch: list[dict[str, Any]] = []
    for line in lines:
        row = to_row(table, json.loads(line))
        for name in own:
            if row[name] is not None and row[name] > row["id"]:
                later.append((row["id"], name, row[name]))
                row[name] = None
        batch.append(row)
        if len(batch) >= _BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)
    for row_id, name, value in later:
        connection.execute(update(table).where(table.c.id == row_id).values({name: value}))


def _check_counts(connection: Connection, tables: dict[str, Table], manifest: Manifest) -> None:
    for name, table in tables.items():
        count = connection.scalar(select(func.count()).select_from(table))
        if count != manifest.rows[name]:
            raise BackupError(f"{name}：备份里有 {manifest.rows[name]} 行，只恢复了 {count} 行。")


def _go_on_counting(connection: Connection, tables: dict[str, Table]) -> None:
    """Let PostgreSQL number new rows behind those that came with their numbers."""
    for table in tables.values():
        if "id" not in table.c:
            continue
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
        highest = connection.scalar(select(func.max(table.c.id)))
        if sequence is not None and highest is not None:
            connection.execute(select(func.setval(sequence, highest)))


def _put_files(path: Path, var_dir: Path, manifest: Manifest, tell: Progress) -> None:
    done = len(manifest.rows)
    with tarfile.open(path, "r:gz") as tar:
        for member in tar:
            is_ours = member.name in FILES or member.name.startswith("uploads/")
            # The digests were checked; that a name stays inside is checked here.
            place = (var_dir / member.name).resolve()
            if not is_ours or not place.is_relative_to(var_dir.resolve()):
                continue
            content = tar.extractfile(member)
            if content is None:
                continue
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content.read())
            done += 1
            tell(done, len(manifest.digests))


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    content = tar.extractfile(name)
    if content is None:
        raise BackupError(f"备份里没有 {name}。")
    return content
