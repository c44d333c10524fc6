"""Passive replies: what WeChat takes as an answer to a callback, and what it does not.

Source: 被动回复用户消息. An empty body or ``success`` is no answer, and fine. Everything else has
to be XML of a known kind, addressed the right way round; WeChat tells the person otherwise that the
account is out of service.
"""

from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from simulator.account import Account, Mode
from simulator.envelope import BrokenEnvelopeError, open_reply

# 2,048 bytes of UTF-8; the longest text people have seen WeChat take.
MOST_BYTES = 2048


class BrokenReplyError(Exception):
    """WeChat does not understand the answer."""


def read_reply(account: Account, openid: str, status: int, body: bytes) -> dict[str, Any] | None:
    """Return what the answer shows (`kind` and its content); None where it shows nothing.

    Raises:
        BrokenReplyError: people see 「该公众号暂时无法提供服务」.
    """
    if status != 200:
        raise BrokenReplyError(f"HTTP {status}")
    if body.strip() in (b"", b"success"):
        return None
    fields = _fields(body)
    if account.mode is Mode.SAFE or "Encrypt" in fields:
        try:
            fields = _fields(open_reply(account, fields).encode())
        except BrokenEnvelopeError as error:
            raise BrokenReplyError(f"envelope: {error}") from error
    if fields.get("ToUserName") != openid or fields.get("FromUserName") != account.original_id:
        raise BrokenReplyError("sender and receiver")
    if not str(fields.get("CreateTime")).isdecimal():
        raise BrokenReplyError("CreateTime")
    return _content(str(fields.get("MsgType")), fields)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = xmltodict.parse(body)["xml"]
    except (ExpatError, KeyError, TypeError, ValueError) as error:
        raise BrokenReplyError("not XML") from error
    if not isinstance(fields, dict):
        raise BrokenReplyError("empty XML")
    return fields


def _content(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    if kind == "text":
        text = fields.get("Content")
        if not text:
            raise BrokenReplyError("no Content")
        if len(text.encode()) > MOST_BYTES:
            raise BrokenReplyError("Content too long")
        return {"kind": "text", "text": text}
    if kind in ("image", "voice", "video"):
        inner = fields.get(kind.capitalize())
        if not isinstance(inner, dict) or not inner.get("MediaId"):
            raise BrokenReplyError("no MediaId")
        return {"kind": kind, "media": inner["MediaId"]}
    if kind == "news":
        articles = fields.get("Articles")
        items = articles.get("item") if isinstance(articles, dict) else None
        one = items[0] if isinstance(items, list) else items
        if not isinstance(one, dict):
            raise BrokenReplyError("no Articles")
        return {
            "kind": "news",
            "title": one.get("Title") or "",
            "description": one.get("Description") or "",
            "url": one.get("Url") or "",
            "picture": one.get("PicUrl") or "",
        }
    if kind == "transfer_customer_service":
        return {"kind": "note", "text": "已转到公众号的人工客服"}
    raise BrokenReplyError(f"MsgType {kind}")
