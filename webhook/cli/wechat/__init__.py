"""``jct wechat``: the official account's menu and codes, and a simulator to talk with."""

import click

from webhook.cli.wechat.menu import menu
from webhook.cli.wechat.qr import qr
from webhook.cli.wechat.simulate import simulate


@click.group()
def wechat() -> None:
    """WeChat: menu, QR codes, and a simulator for those without an account."""


for _command in (menu, qr, simulate):
    wechat.add_command(_command)
