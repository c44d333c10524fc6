"""``jct wechat``: the official account's menu and codes, and a simulator to talk with."""

import click

from webhook.cli.wechat.simulate import simulate


@click.group()
def wechat() -> None:
    """WeChat: menu, QR codes, and a simulator for those without an account."""


wechat.add_command(simulate)
