"""``jct restore``: a backup into an empty place."""

import json
import os
from pathlib import Path

import click

from models import sealed
from models.backup import BackupError, Manifest, read_manifest
from models.backup import restore as restore_backup
from models.backup.restoring import keys_in
from models.database import Database
from models.settings import Settings
from webhook.cli.progress import showing


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Only see whether the backup is whole and readable.")
def restore(file: Path, check: bool) -> None:
    """Restore FILE into the empty database and VAR_DIR of this machine, and verify it.

    Either kind of database takes a backup of either. Stop the stack first.
    """
    try:
        has_keys = read_manifest(file).has_keys
        if has_keys and not check:
            _take_keys(file)
        settings = Settings()
        sealed.use_key(settings)
        if check:
            manifest = read_manifest(file)
            manifest.check_key()
            _tell("备份完好，这台机器读得出", manifest)
            return
        database = Database(settings.database_url)
        try:
            manifest = showing(
                "恢复", lambda tell: restore_backup(file, database, settings.var_dir, tell)
            )
        finally:
            database.dispose()
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    _tell("已恢复，行数和文件都核对过", manifest)
    click.echo("接下来：make run。没有模型的话先 make train。")


def _take_keys(file: Path) -> None:
    """Take the keys out of a backup, unless this machine has some of its own."""
    path = Settings.model_fields["var_dir"].default
    path = Path(os.environ.get("VAR_DIR") or path) / "settings.json"
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        json.dump({name: value for name, value in keys_in(file).items() if value}, kept, indent=2)
    click.echo(f"备份里的密钥已放进 {path}。")


def _tell(what: str, manifest: Manifest) -> None:
    rows = sum(manifest.rows.values())
    click.echo(
        f"{what}：{manifest.taken_at} 的备份，{len(manifest.rows)} 张表 {rows} 行，"
        f"{manifest.uploads} 个文件。"
    )
