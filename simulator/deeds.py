"""What a person does with the phone, as messages and events of WeChat.

Sources: 接收普通消息, 接收事件推送, 自定义菜单事件推送, 订阅通知事件推送.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from simulator.phone import Phone
from simulator.world import World

_TOUCHES = ("subscribe", "SCAN", "CLICK")
_PICTURES = ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")


class RefusedDeedError(Exception):
    """A phone cannot do this."""


def say(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Write a line; one that stands for a menu's choice carries its id."""
    text = str(told["text"])
    fields: dict[str, object] = {"Content": text}
    if told.get("choice"):
        fields["bizmsgmenuid"] = str(told["choice"])
    _word(world, phone, "text", fields, {"kind": "text", "text": text})


def speak(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Say something; ``recognised`` is what WeChat understood, empty where nothing (语音识别)."""
    recognised = str(told.get("recognised", ""))
    media = world.files.receive("voice", b"#!AMR\n" + bytes(320), "audio/amr")
    fields: dict[str, object] = {"MediaId": media, "Format": "amr"}
    if recognised or told.get("has_recognition"):
        fields["Recognition"] = recognised
    shown = {"kind": "voice", "text": recognised, "media": media}
    _word(world, phone, "voice", fields, shown)


def send_file(
    world: World, phone: Phone, kind: str, content: bytes, media_type: str, name: str = ""
) -> None:
    """Send a picture, film or file."""
    media = world.files.receive(kind, content, media_type)
    address = f"{world.base_url}/sim/media/{media}"
    fields: dict[str, object] = {"MediaId": media}
    if kind == "image":
        fields = {"PicUrl": address, **fields}
    elif kind in ("video", "shortvideo"):
        fields["ThumbMediaId"] = media
    elif kind == "file":
        fields = {"Title": name, "Description": "", "FileKey": media[:32], **fields}
    else:
        raise RefusedDeedError(kind)
    _word(world, phone, kind, fields, {"kind": kind, "media": media, "text": name})


def locate(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Send a place."""
    fields = _place(told)
    shown = {"kind": "location", "text": fields["Label"] or "位置"}
    _word(world, phone, "location", fields, shown)


def link(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Share a link."""
    title, url = str(told.get("title", "")), str(told["url"])
    fields = {"Title": title, "Description": str(told.get("description", "")), "Url": url}
    _word(world, phone, "link", fields, {"kind": "text", "text": f"{title} {url}".strip()})


def follow(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Follow the account, by a code with a scene or without."""
    phone.follows = True
    fields: dict[str, object] = {"Event": "subscribe", "EventKey": ""}
    ticket = _ticket(world, str(told.get("scene", "")))
    if ticket:
        scene = world.codes[ticket]["scene"]
        fields |= {"EventKey": f"qrscene_{scene}", "Ticket": ticket}
    _event(world, phone, fields, "您关注了公众号")


def unfollow(world: World, phone: Phone, _told: Mapping[str, Any]) -> None:
    """Stop following."""
    _event(world, phone, {"Event": "unsubscribe", "EventKey": ""}, "您取消了关注")
    phone.follows = False


def scan(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Scan one of the account's codes: who does not follow yet is led to following."""
    ticket = _ticket(world, str(told["scene"]))
    if ticket is None:
        raise RefusedDeedError("no such code, or it has expired")
    if not phone.follows:
        follow(world, phone, told)
        return
    fields = {"Event": "SCAN", "EventKey": world.codes[ticket]["scene"], "Ticket": ticket}
    _event(world, phone, fields, f"您扫了码：{fields['EventKey']}")


def tap(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Tap an entry of the account's menu; ``path`` says which, counted from 0.

    What a code holds that is scanned from there is ``result``; a place chosen there is told as
    to `locate`. A picture taken there is sent behind the tap, as any picture.
    """
    entry: Mapping[str, Any] = world.menu or {}
    buttons: Any = entry.get("button", [])
    for place in told["path"]:
        entry = buttons[int(place)]
        buttons = entry.get("sub_button") or []
    kind = str(entry.get("type", ""))
    name = f"您点了菜单「{entry.get('name')}」"
    if kind == "click":
        _event(world, phone, {"Event": "CLICK", "EventKey": entry["key"]}, name)
    elif kind == "view":
        _event(world, phone, {"Event": "VIEW", "EventKey": entry["url"]}, name)
    elif kind == "miniprogram":
        fields = {"Event": "view_miniprogram", "EventKey": entry["pagepath"]}
        _event(world, phone, fields, name)
    elif kind in ("scancode_push", "scancode_waitmsg"):
        result = str(told.get("result", ""))
        found = {"ScanType": "qrcode", "ScanResult": result}
        fields = {"Event": kind, "EventKey": entry["key"], "ScanCodeInfo": found}
        _event(world, phone, fields, f"{name}，扫到：{result}")
    elif kind in _PICTURES:
        taken = {"Count": 1, "PicList": {"item": {"PicMd5Sum": secrets.token_hex(16)}}}
        fields = {"Event": kind, "EventKey": entry["key"], "SendPicsInfo": taken}
        _event(world, phone, fields, name)
    elif kind == "location_select":
        chosen = {**_place(told), "Poiname": ""}
        fields = {"Event": kind, "EventKey": entry["key"], "SendLocationInfo": chosen}
        _event(world, phone, fields, name)
        locate(world, phone, told)
    else:
        raise RefusedDeedError(kind or "not an entry")


def allow(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Allow (or refuse) one notice of a template in the page that asks for it."""
    template = str(told["template"])
    accepts = bool(told.get("accept", True))
    if template not in world.templates:
        raise RefusedDeedError("no such template")
    if accepts:
        phone.grants[template] += 1
    answer = {
        "TemplateId": template,
        "SubscribeStatusString": "accept" if accepts else "reject",
        "PopupScene": 2,
    }
    fields = {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": answer}}
    title = world.templates[template]["title"]
    _event(world, phone, fields, f"您{'允许' if accepts else '拒绝'}了通知「{title}」")


def mute(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Switch a template's notices off for good in WeChat's settings."""
    template = str(told["template"])
    phone.muted.add(template)
    answer = {"TemplateId": template, "SubscribeStatusString": "reject"}
    fields = {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": {"List": answer}}
    _event(world, phone, fields, "您关掉了这类通知")


def raw_event(world: World, phone: Phone, told: Mapping[str, Any]) -> None:
    """Send any event, field by field."""
    fields = dict(told["fields"])
    _event(world, phone, fields, f"事件 {fields.get('Event')}")


DEEDS: dict[str, Callable[[World, Phone, Mapping[str, Any]], None]] = {
    "say": say,
    "speak": speak,
    "locate": locate,
    "link": link,
    "follow": follow,
    "unfollow": unfollow,
    "scan": scan,
    "tap": tap,
    "allow": allow,
    "mute": mute,
    "event": raw_event,
}


def _place(told: Mapping[str, Any]) -> dict[str, object]:
    return {
        "Location_X": float(told["latitude"]),
        "Location_Y": float(told["longitude"]),
        "Scale": 16,
        "Label": str(told.get("label", "")),
    }


def _word(
    world: World,
    phone: Phone,
    kind: str,
    fields: Mapping[str, object],
    shown: Mapping[str, Any],
) -> None:
    if not phone.follows:
        raise RefusedDeedError("who does not follow cannot write")
    with world.lock:
        phone.note_word(world.clock.now())
        world.show(phone, "me", **shown)
    world.courier.send(phone, kind, fields)


def _event(world: World, phone: Phone, fields: Mapping[str, object], shown: str) -> None:
    with world.lock:
        if fields["Event"] in _TOUCHES:
            phone.note_touch(world.clock.now())
        world.show(phone, "wechat", kind="note", text=shown)
    world.courier.send(phone, "event", fields)


def _ticket(world: World, scene: str) -> str | None:
    """Return the newest code that holds for a scene."""
    now = world.clock.now()
    for ticket, code in reversed(world.codes.items()):
        if code["scene"] == scene and (code["expires_at"] is None or code["expires_at"] > now):
            return ticket
    return None
