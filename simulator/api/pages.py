"""What a page has of WeChat: the script, its signature, the button that allows notices.

Sources: JS-SDK 说明文档 (附录1), 微信开放标签 (wx-open-subscribe). WeChat's app does this inside
itself; here the script asks by further scripts, since a page's policy may let in nothing else.
"""

import hashlib
import hmac
import json

from flask import Blueprint, Response, current_app, request

from simulator import deeds
from simulator.api.endpoint import world
from simulator.api.sign_in import PHONE_COOKIE

bp = Blueprint("pages", __name__)


@bp.get("/open/js/jweixin-1.6.0.js")
def script() -> Response:
    """Return the script that pages load."""
    return current_app.send_static_file("jweixin.js")


@bp.get("/sim/pages/config.js")
def config() -> Response:
    """Check what ``wx.config`` was given."""
    told = request.args
    signed = (
        f"jsapi_ticket={world().tokens.ticket()['ticket']}&noncestr={told.get('nonceStr', '')}"
        f"&timestamp={told.get('timestamp', '')}&url={told.get('url', '')}"
    )
    signature = hashlib.sha1(signed.encode()).hexdigest()
    is_signed = hmac.compare_digest(signature, told.get("signature", ""))
    is_ours = told.get("appId") == world().account.app_id
    said = "ok" if is_signed and is_ours else "invalid signature"
    return _calling("configured", f"config:{said}")


@bp.get("/sim/pages/allow.js")
def allow() -> Response:
    """Take the tap of the person whose phone the page is on."""
    phone = world().phones.get(request.cookies.get(PHONE_COOKIE, ""))
    answers = {}
    for template in request.args.get("template", "").split(","):
        if phone is None or template not in world().templates:
            return _calling("failed", "subscribe:fail")
        deeds.allow(world(), phone, {"template": template})
        answers[template] = json.dumps({"status": "accept"})
    return _calling("answered", json.dumps(answers))


def _calling(name: str, told: str) -> Response:
    body = f"wx.simulator.{name}({json.dumps(told)});"
    answer = Response(body, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-store"
    return answer
