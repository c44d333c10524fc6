"""Template messages and subscribe messages: notices outside the window.

Whether one was shown is told later, in an event (模板消息事件推送, 订阅通知事件推送).
"""

import itertools
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from simulator.api.endpoint import OK, body, endpoint, text_in, world
from simulator.errors import ApiError
from simulator.phone import Phone

bp = Blueprint("notices", __name__)
_ids = itertools.count(int(time.time()) * 1000)


@bp.post("/cgi-bin/message/template/send")
@endpoint()
def template() -> dict[str, Any]:
    """发送模板消息."""
    told = body()
    phone, title = _addressed(told)
    if not phone.follows:
        raise ApiError(43004)
    message_id = next(_ids)
    _show(phone, "template", title, told)
    world().courier.send(
        phone,
        "event",
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": "success"},
    )
    return {**OK, "msgid": message_id}


@bp.post("/cgi-bin/message/subscribe/bizsend")
@endpoint()
def subscribe() -> dict[str, Any]:
    """发送订阅通知: one for each time the person has allowed it."""
    told = body()
    phone, title = _addressed(told)
    template_id = str(told["template_id"])
    with world().lock:
        if template_id in phone.muted or phone.grants[template_id] < 1:
            raise ApiError(43101)
        phone.grants[template_id] -= 1
    message_id = next(_ids)
    _show(phone, "subscribe", title, told)
    sent = {
        "TemplateId": template_id,
        "MsgID": message_id,
        "ErrorCode": 0,
        "ErrorStatus": "success",
    }
    fields = {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": sent}}
    world().courier.send(phone, "event", fields)
    return {**OK, "msgid": message_id}


def _addressed(told: Mapping[str, Any]) -> tuple[Phone, str]:
    phone = world().phones.get(text_in(told, "touser"))
    if phone is None:
        raise ApiError(40003)
    known = world().templates.get(text_in(told, "template_id"))
    if known is None:
        raise ApiError(40037)
    data = told.get("data")
    if not isinstance(data, dict) or any(
        not isinstance(one, dict) or not str(one.get("value", "")) for one in data.values()
    ):
        raise ApiError(47003, "data")
    missing = set(known["fields"]) - set(data)
    if missing:
        raise ApiError(47003, f"data.{sorted(missing)[0]}.value is empty")
    return phone, str(known["title"])


def _show(phone: Phone, way: str, title: str, told: Mapping[str, Any]) -> None:
    lines = [f"{name}：{one['value']}" for name, one in told["data"].items()]
    world().show(
        phone,
        "account",
        kind="notice",
        way=way,
        title=title,
        lines=lines,
        url=str(told.get("url") or told.get("page") or ""),
    )
