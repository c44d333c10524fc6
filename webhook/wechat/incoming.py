"""What each kind of WeChat message and event says, as one inbound message of the road.

Sources: developers.weixin.qq.com/doc/offiaccount — 接收普通消息, 接收事件推送, 自定义菜单事件推送,
模板消息事件推送, 订阅通知事件推送, 客服消息 (会话状态通知事件).

Nothing personal goes into `details`: of a place only its district is kept, of a link
or an address nothing.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from models.catalogue.loader import load_catalogue
from models.intake.nearest_place import nearest_place
from models.message import ALLOWED, SWITCHED_OFF, Inbound

_LONGEST_KEY = 240
_LONGEST_PAYLOAD = 128
COMMAND = re.compile(r"/[a-z][a-z0-9_]*")
# What tells a question from another system's key (V1001_TODAY).
QUESTION = re.compile(r"(?!/).*[\u4e00-\u9fff].*")
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file"})
# WeChat lets us push for a minute after these (客服消息: 下发条数).
_TOUCHES = frozenset({"subscribe", "scan", "click"})
# wechatpy's parser writes its own name over WeChat's for who follows by a code.
_RENAMED = {"subscribe_scan": "subscribe"}
_ASKED = "subscribe_msg_popup_event"
_WILLS = {
    _ASKED: "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
}
# What these events are about stands deeper, and several may come in one second.
_TOLD_INSIDE = (*_WILLS.values(), "SubscribeMsgSentEvent")
_SCENE_OF_FOLLOW = "qrscene_"


def inbound(data: Mapping[str, Any], kind: str, openid: str, account: str) -> Inbound:
    """Make an inbound message of a message's XML fields.

    Args:
        data: the fields, as xmltodict gives them; any may be missing or of another shape.
        kind: the lower-case MsgType.
        openid: who sent it.
        account: to whom.
    """
    identity = [account, openid, _text(data, "CreateTime")]
    if kind == "event":
        event = _text(data, "Event").lower()
        event = _RENAMED.get(event, event)
        # wechatpy gives all events the id 0; two in one second differ in what they say.
        identity += ["event", event, _text(data, "EventKey")]
        identity += [_text(data, name) for name in ("MsgID", "MsgId") if name in data]
        identity += [_digest(data[name]) for name in _TOLD_INSIDE if data.get(name)]
        return Inbound(_key(identity), "event", details=_event(data, event))
    identity += [kind, _text(data, "MsgId")]
    return Inbound(_key(identity), kind[:32], _words(data, kind), _attached(data, kind) or None)


def _words(data: Mapping[str, Any], kind: str) -> str:
    name = {"text": "Content", "voice": "Recognition"}.get(kind)
    return _text(data, name).strip() if name else ""


def _attached(data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    media = _text(data, "MediaId")
    if kind in _MEDIA and media:
        return {"media": media[:256]}
    if kind == "location":
        latitude, longitude = _degrees(data, "Location_X", 90), _degrees(data, "Location_Y", 180)
        if latitude is not None and longitude is not None:
            return {"place": nearest_place(latitude, longitude)}
    return {}


def _event(data: Mapping[str, Any], event: str) -> dict[str, Any]:
    key = _text(data, "EventKey")
    details: dict[str, Any] = {"event": event[:64]}
    if event in _TOUCHES:
        details["touch"] = True
    payload = None
    if event == "click":
        payload = _offered(key)
    elif event in ("scan", "subscribe"):
        payload = _of_scene(key.removeprefix(_SCENE_OF_FOLLOW))
    elif event == "scancode_waitmsg":
        scanned = data.get("ScanCodeInfo")
        payload = _of_scene(_text(scanned, "ScanResult") if isinstance(scanned, Mapping) else "")
    elif event in ("templatesendjobfinish", "subscribe_msg_sent_event"):
        details["receipts"] = dict(_receipts(data))
    elif event in _WILLS:
        details["notices"] = dict(_wills(data, event))
    elif event in ("kf_create_session", "kf_close_session"):
        details["kf_account"] = _text(data, "KfAccount")[:64]
    elif event == "kf_switch_session":
        details["kf_account"] = _text(data, "ToKfAccount")[:64]
    if payload:
        details["payload"] = payload
    return details


def _offered(key: str) -> str | None:
    """Return what a menu entry stands for: a command of the assistant, or a plain question.

    None for what no menu of ours holds.
    """
    told = key.strip()[:_LONGEST_PAYLOAD]
    return told if COMMAND.fullmatch(told) or QUESTION.fullmatch(told) else None


def _of_scene(scene: str) -> str | None:
    """Return the command that starts the service a scene names by its code."""
    catalogue = load_catalogue()
    return f"/{catalogue.service(scene).start_intent}" if scene in catalogue else None


def _receipts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each notice's id and why it was not shown (empty if it was)."""
    if "Status" in data:
        status = _text(data, "Status")
        yield _text(data, "MsgID")[:64], "" if status == "success" else status[:100] or "unknown"
    told = data.get("SubscribeMsgSentEvent")
    sent = told.get("List") if isinstance(told, Mapping) else None
    for one in sent if isinstance(sent, list) else [sent]:
        if isinstance(one, Mapping) and _text(one, "MsgID"):
            code = _text(one, "ErrorCode")
            yield _text(one, "MsgID")[:64], "" if code in ("0", "") else code[:20]


def _wills(data: Mapping[str, Any], event: str) -> Iterator[tuple[str, str]]:
    """Yield templates with what a person said to their notices, where it changes anything."""
    told = data.get(_WILLS[event])
    said = told.get("List") if isinstance(told, Mapping) else None
    for one in said if isinstance(said, list) else [said]:
        if not isinstance(one, Mapping) or not _text(one, "TemplateId"):
            continue
        accepts = _text(one, "SubscribeStatusString") == "accept"
        # A no in the page that asks is a no to this one; in WeChat's settings, to all.
        if event == _ASKED and accepts:
            yield _text(one, "TemplateId")[:64], ALLOWED
        elif event != _ASKED and not accepts:
            yield _text(one, "TemplateId")[:64], SWITCHED_OFF


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _degrees(data: Mapping[str, Any], name: str, most: float) -> float | None:
    try:
        value = float(_text(data, name))
    except ValueError:
        return None
    return value if -most <= value <= most else None


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _key(identity: list[str]) -> str:
    key = "wechat:" + ":".join(identity)
    if len(key) <= _LONGEST_KEY:
        return key
    return key[:150] + ":" + hashlib.sha256(key.encode()).hexdigest()
