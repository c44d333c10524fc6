"""``jct backup``: the whole installation in one file, while it runs."""

from pathlib import Path

import click

from models.backup import BackupError, write_backup
from models.database import utc_now
from models.settings import Settings
from models.working_days import CHINA
from webhook.cli.installation import opened
from webhook.cli.progress import showing


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-keys", is_flag=True, help="Put DATA_KEY and the other secrets in as well.")
def backup(file: Path | None, with_keys: bool) -> None:
    """Write database and uploads into FILE (without it: jct-backup-DAY-TIME.tar.gz).

    People may go on writing meanwhile. What is sealed stays sealed: keep DATA_KEY elsewhere.
    """
    settings = Settings()
    path = file or Path(f"jct-backup-{utc_now().astimezone(CHINA):%Y%m%d-%H%M%S}.tar.gz")
    if path.exists():
        raise click.ClickException(f"{path} 已经在了，请换个名字。")
    with opened(settings) as database:
        try:
            manifest = showing(
                "备份",
                lambda tell: write_backup(settings, database, path, tell, with_keys=with_keys),
            )
        except (BackupError, OSError) as error:
            raise click.ClickException(str(error)) from error
    rows = sum(manifest.rows.values())
    size = path.stat().st_size / 1024**2
    click.echo(
        f"已备份：{path}（{size:.1f} MB，{len(manifest.rows)} 张表 {rows} 行，"
        f"{manifest.uploads} 个文件）"
    )
    if with_keys:
        click.secho("这个文件里有密钥：谁拿到它，谁就能读全部个人信息。请锁好。", fg="yellow")
    else:
        click.secho(
            "DATA_KEY 不在里面。没有它，备份里的个人信息谁也读不出："
            f"请另外存好 {settings.var_dir / 'settings.json'} 或 .env。",
            fg="yellow",
        )
    click.echo("不在备份里：训练好的模型（make train 重做）、Redis 里的临时数据、日志。")
