"""``jct wechat qr``: a code that opens a service, to print and hang up."""

from pathlib import Path

import click
import segno

from models.catalogue.loader import load_catalogue
from models.settings import Settings
from webhook.cli.wechat.account import account_of
from webhook.wechat.scene import make_code


@click.command()
@click.argument("service")
@click.option("--days", type=click.IntRange(1, 30), help="How long it holds; for ever if left out.")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the picture goes (png or svg); SERVICE.png if left out.",
)
def qr(service: str, days: int | None, target: Path | None) -> None:
    """Make a QR code that opens SERVICE (its code, as in `jct catalogue list`).

    Who follows the account already is in the service at once; who does not yet, after following.
    """
    catalogue = load_catalogue()
    if service not in catalogue:
        known = "、".join(sorted(one.code for one in catalogue))
        raise click.ClickException(f"没有「{service}」这项服务。有：{known}")
    path = target or Path(f"{service}.png")
    if path.suffix not in (".png", ".svg"):
        raise click.ClickException("图片只能是 .png 或 .svg。")
    with account_of(Settings()) as account:
        code = make_code(account, service, days)
    segno.make(code.address, error="m").save(str(path), scale=12, border=4)
    lasts = "长期有效" if code.lasts is None else f"{code.lasts // 86_400} 天内有效"
    click.echo(f"{catalogue.service(service).name}：{path}（{lasts}）")
