"""``jct wechat menu``: what is below the talk in WeChat."""

import difflib
import sys
from typing import Any
from urllib.parse import urlsplit

import click

from models.catalogue.loader import load_catalogue
from models.settings import Settings
from webhook.cli.wechat.account import account_of
from webhook.wechat import menu as menus


@click.group()
def menu() -> None:
    """Show, compare, or change the menu (webhook/wechat/menu.yml or var/wechat/menu.yml)."""


@menu.command()
def show() -> None:
    """Show the menu people see in WeChat now."""
    with account_of(Settings()) as account:
        there = menus.menu_there(account)
    click.echo("\n".join(menus.lines(there)) or "还没有菜单。")


@menu.command()
def diff() -> None:
    """Show what `push` would change; ends with 1 where something would."""
    settings = Settings()
    wanted = _wanted(settings)
    with account_of(settings) as account:
        changes = _changes(menus.menu_there(account), wanted)
    click.echo("\n".join(changes) or "和微信里的一样。")
    sys.exit(1 if changes else 0)


@menu.command()
def push() -> None:
    """Put the menu of the file into WeChat; people see it within 24 hours."""
    settings = Settings()
    wanted = _wanted(settings)
    with account_of(settings) as account:
        changes = _changes(menus.menu_there(account), wanted)
        if not changes:
            click.echo("和微信里的一样，不用改。")
            return
        menus.put_menu(account, wanted)
    click.echo("\n".join(changes))
    click.secho("菜单已更新。", fg="green")


def _wanted(settings: Settings) -> dict[str, Any]:
    catalogue = load_catalogue()
    try:
        found = menus.load_menu(settings.var_dir, catalogue)
    except menus.MenuError as error:
        raise click.ClickException(str(error)) from error
    is_ours = urlsplit(settings.public_url).hostname in ("127.0.0.1", "localhost")
    if is_ours and "api.weixin.qq.com" in settings.wechat_api_base_url:
        raise click.ClickException("请先设置 PUBLIC_URL：别人的手机打不开 127.0.0.1 上的页面。")
    return found.as_wechat(catalogue, settings.public_url)


def _changes(there: dict[str, Any] | None, wanted: dict[str, Any]) -> list[str]:
    compared = difflib.unified_diff(menus.lines(there), menus.lines(wanted), n=1, lineterm="")
    return [line for line in compared if not line.startswith(("---", "+++"))]
