"""Customer-service messages and the typing sign (客服消息)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from simulator.api.endpoint import OK, body, endpoint, text_in, world
from simulator.errors import ApiError
from simulator.phone import Phone
from simulator.reply import MOST_BYTES

bp = Blueprint("messages", __name__)

_TYPING_NEEDS_WORD_WITHIN = 30.0
_TYPING_LASTS = 15.0


@bp.post("/cgi-bin/message/custom/send")
@endpoint()
def send() -> dict[str, Any]:
    """发送客服消息."""
    told = body()
    phone = _follower(told)
    shown = _content(told)
    now = world().clock.now()
    with world().lock:
        window = phone.window(now)
        if window is None:
            raise ApiError(45015)
        if window.used >= window.allows:
            raise ApiError(45047)
        window.used += 1
        world().show(phone, "account", way="customer_service", **shown)
    return dict(OK)


@bp.post("/cgi-bin/message/custom/typing")
@endpoint()
def typing() -> dict[str, Any]:
    """客服输入状态."""
    told = body()
    phone = _follower(told)
    command = told.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(45072)
    now = world().clock.now()
    if phone.last_message_at < now - _TYPING_NEEDS_WORD_WITHIN:
        raise ApiError(45080)
    if command == "Typing" and phone.typing_until > now:
        raise ApiError(45081)
    phone.typing_until = now + _TYPING_LASTS if command == "Typing" else 0.0
    return dict(OK)


def _follower(told: Mapping[str, Any]) -> Phone:
    phone = world().phones.get(text_in(told, "touser"))
    if phone is None:
        raise ApiError(40003)
    if not phone.follows:
        raise ApiError(43004)
    return phone


def _content(told: Mapping[str, Any]) -> dict[str, Any]:
    kind = told.get("msgtype")
    inner = told.get(str(kind))
    if kind not in _READERS:
        raise ApiError(40008)
    if not isinstance(inner, dict):
        raise ApiError(47001)
    return _READERS[kind](inner)


def _text(inner: Mapping[str, Any]) -> dict[str, Any]:
    text = inner.get("content")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(44004)
    _fits(text)
    return {"kind": "text", "text": text}


def _menu(inner: Mapping[str, Any]) -> dict[str, Any]:
    entries = inner.get("list")
    if not isinstance(entries, list) or not entries:
        raise ApiError(47003, "list")
    for entry in entries:
        if not isinstance(entry, dict) or not entry.get("id") or not entry.get("content"):
            raise ApiError(47003, "list")
    head, tail = str(inner.get("head_content") or ""), str(inner.get("tail_content") or "")
    _fits(head + tail + "".join(str(entry["content"]) for entry in entries))
    return {"kind": "msgmenu", "text": head, "tail": tail, "choices": entries}


def _media(kind: str, inner: Mapping[str, Any]) -> dict[str, Any]:
    media = text_in(inner, "media_id")
    if world().files.find(media).kind != kind:
        raise ApiError(40007)
    return {"kind": kind, "media": media}


def _news(inner: Mapping[str, Any]) -> dict[str, Any]:
    articles = inner.get("articles")
    if not isinstance(articles, list) or not articles:
        raise ApiError(47003, "articles")
    if len(articles) > 1:
        raise ApiError(45008)
    one = articles[0]
    return {
        "kind": "news",
        "title": text_in(one, "title"),
        "description": str(one.get("description") or ""),
        "url": str(one.get("url") or ""),
        "picture": str(one.get("picurl") or ""),
    }


def _card(inner: Mapping[str, Any]) -> dict[str, Any]:
    thumb = text_in(inner, "thumb_media_id")
    world().files.find(thumb)
    text_in(inner, "appid")
    return {
        "kind": "miniprogrampage",
        "title": text_in(inner, "title"),
        "page": text_in(inner, "pagepath"),
        "media": thumb,
    }


def _fits(text: str) -> None:
    if len(text.encode()) > MOST_BYTES:
        raise ApiError(45002)


_READERS = {
    "text": _text,
    "msgmenu": _menu,
    "image": lambda inner: _media("image", inner),
    "voice": lambda inner: _media("voice", inner),
    "video": lambda inner: _media("video", inner),
    "news": _news,
    "miniprogrampage": _card,
}
