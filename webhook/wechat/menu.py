"""The account's menu, as data: read, checked, shown, compared with WeChat's, put there.

Source: developers.weixin.qq.com/doc/offiaccount — 自定义菜单 (创建接口, 查询接口).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import yaml
from pydantic import Field, ValidationError, model_validator
from wechatpy.exceptions import WeChatClientException

from models.catalogue.loader import Catalogue
from models.catalogue.strict import Strict, Text
from webhook.wechat.account_client import AccountClient
from webhook.wechat.incoming import COMMAND, QUESTION

SHIPPED = Path(__file__).with_name("menu.yml")
OWN = Path("wechat", "menu.yml")
"""An installation's own menu, below its ``var`` folder."""
# Bytes of UTF-8 (创建接口: 菜单标题 16 个字节, 子菜单 60 个字节; key 128).
_NAME, _ENTRY_NAME, _KEY = 16, 60, 128
_NO_MENU = 46003


class MenuError(Exception):
    """The file is no menu; the text says where and why."""


class Entry(Strict):
    """What is tapped. It has exactly one of the four meanings below its name."""

    name: Text
    service: Text | None = None
    ask: Text | None = None
    command: Text | None = Field(default=None, pattern=f"^{COMMAND.pattern}$")
    page: Text | None = Field(default=None, pattern=r"^/[\x21-\x7e]*$")

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        if sum(one is not None for one in (self.service, self.ask, self.command, self.page)) != 1:
            raise ValueError("needs one of service, ask, command, page")
        _check_length(self.name, _ENTRY_NAME)
        if self.ask is not None and not QUESTION.fullmatch(self.ask):
            raise ValueError("a question has Chinese words and does not begin with a slash")
        _check_length(self.ask or "", _KEY)
        return self

    def as_wechat(self, catalogue: Catalogue, public_url: str) -> dict[str, Any]:
        """Return it in WeChat's words."""
        if self.page is not None:
            entry = f"{public_url}/m/enter?{urlencode({'to': self.page})}"
            return {"type": "view", "name": self.name, "url": entry}
        key = self.ask or self.command
        if self.service is not None:
            key = f"/{catalogue.service(self.service).start_intent}"
        return {"type": "click", "name": self.name, "key": key}


class Button(Strict):
    """One of the three buttons, with what opens above it."""

    name: Text
    entries: tuple[Entry, ...] = Field(min_length=1, max_length=5)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_length(self.name, _NAME)
        return self


class Menu(Strict):
    """The whole menu."""

    buttons: tuple[Button, ...] = Field(min_length=1, max_length=3)

    def as_wechat(self, catalogue: Catalogue, public_url: str) -> dict[str, Any]:
        """Return what WeChat's menu/create takes."""
        return {
            "button": [
                {
                    "name": button.name,
                    "sub_button": [
                        entry.as_wechat(catalogue, public_url) for entry in button.entries
                    ],
                }
                for button in self.buttons
            ]
        }


def load_menu(var_dir: Path, catalogue: Catalogue) -> Menu:
    """Read the installation's menu, or the one that is shipped.

    Raises:
        MenuError: it is not what WeChat takes, or names a service there is none of.
    """
    own = var_dir / OWN
    path = own if own.exists() else SHIPPED
    try:
        menu = Menu(buttons=yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise MenuError(f"{path}: {error}") from error
    for button in menu.buttons:
        for entry in button.entries:
            if entry.service is not None and entry.service not in catalogue:
                raise MenuError(f"{path}: 「{entry.name}」: there is no service {entry.service}")
    return menu


def menu_there(account: AccountClient) -> dict[str, Any] | None:
    """Return the menu people see now; None where there is none. Raises as `AccountClient.ask`."""
    try:
        told = account.ask("menu/get")
    except WeChatClientException as error:
        if error.errcode == _NO_MENU:
            return None
        raise
    menu: dict[str, Any] = told["menu"]
    return menu


def put_menu(account: AccountClient, menu: Mapping[str, Any]) -> None:
    """Show this menu from now on. Raises as `AccountClient.ask`."""
    account.ask("menu/create", **menu)


def lines(menu: Mapping[str, Any] | None) -> list[str]:
    """Return a menu of WeChat's as lines to read and to compare."""
    return list(_lines((menu or {}).get("button", []), ""))


def _lines(buttons: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for one in buttons:
        meaning = one.get("key") or one.get("url") or ""
        kind = f"  {one['type']}  {meaning}" if one.get("type") else ""
        yield f"{indent}{one['name']}{kind}"
        yield from _lines(one.get("sub_button") or [], indent + "  ")


def _check_length(text: str, most: int) -> None:
    if len(text.encode()) > most:
        raise ValueError(f"「{text}」 is longer than {most} bytes")
