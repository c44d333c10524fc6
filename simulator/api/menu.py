"""The menu below the talk (自定义菜单)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint

from simulator.api.endpoint import OK, body, endpoint, world
from simulator.errors import ApiError

bp = Blueprint("menu", __name__)

_MOST_BUTTONS, _MOST_BELOW = 3, 5
# Bytes of UTF-8: 16 for a button, 60 for an entry below one.
_LONGEST_NAME, _LONGEST_NAME_BELOW = 16, 60
_LONGEST_KEY, _LONGEST_URL = 128, 1024
_WITH_KEY = {
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
    "pic_weixin", "location_select",
}  # fmt: skip


@bp.post("/cgi-bin/menu/create")
@endpoint()
def create() -> dict[str, Any]:
    """创建接口: replaces the whole menu."""
    told = body()
    buttons = told.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise ApiError(40016)
    for button in buttons:
        below = button.get("sub_button") or []
        if not below:
            _check(button, _LONGEST_NAME, 40018)
            continue
        if not _named(button, _LONGEST_NAME):
            raise ApiError(40018)
        if len(below) > _MOST_BELOW:
            raise ApiError(40016)
        for entry in below:
            _check(entry, _LONGEST_NAME_BELOW, 40025)
    world().keep_menu({"button": buttons})
    return dict(OK)


@bp.get("/cgi-bin/menu/get")
@endpoint()
def get() -> dict[str, Any]:
    """查询接口."""
    menu = world().menu
    if menu is None:
        raise ApiError(46003)
    # WeChat gives every button a list of its entries back, be it empty.
    buttons = [{**one, "sub_button": one.get("sub_button") or []} for one in menu["button"]]
    return {"menu": {"button": buttons}}


@bp.get("/cgi-bin/menu/delete")
@endpoint()
def delete() -> dict[str, Any]:
    """删除接口."""
    world().keep_menu(None)
    return dict(OK)


def _named(button: Mapping[str, Any], longest: int) -> bool:
    name = button.get("name")
    return isinstance(name, str) and 0 < len(name.encode()) <= longest


def _check(button: Mapping[str, Any], longest: int, wrong_name: int) -> None:
    if not _named(button, longest):
        raise ApiError(wrong_name)
    kind = button.get("type")
    if kind in _WITH_KEY:
        key = button.get("key")
        if not isinstance(key, str) or not 0 < len(key.encode()) <= _LONGEST_KEY:
            raise ApiError(40019)
    elif kind in ("view", "miniprogram"):
        url = str(button.get("url", ""))
        if urlsplit(url).scheme not in ("http", "https") or len(url.encode()) > _LONGEST_URL:
            raise ApiError(40020)
        if kind == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
            raise ApiError(47003, "appid and pagepath")
    else:
        raise ApiError(40017)
