"""QR codes with scenes (生成带参数的二维码)."""

import io
import secrets
from typing import Any
from urllib.parse import quote

import segno
from flask import Blueprint, Response, abort, request

from simulator.api.endpoint import body, endpoint, world
from simulator.errors import ApiError

bp = Blueprint("codes", __name__)

_LONGEST_LIFE = 2_592_000
_LONGEST_SCENE = 64


@bp.post("/cgi-bin/qrcode/create")
@endpoint()
def create() -> dict[str, Any]:
    """Make a code that tells its scene when it is scanned."""
    told = body()
    name = told.get("action_name")
    info = told.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if name not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise ApiError(47003, "action_name")
    if not isinstance(scene, dict):
        raise ApiError(47003, "scene")
    key = scene.get("scene_str" if "STR" in str(name) else "scene_id")
    if not key or len(str(key)) > _LONGEST_SCENE:
        raise ApiError(47003, "scene")
    ticket = secrets.token_urlsafe(64)
    code: dict[str, Any] = {"scene": str(key), "expires_at": None}
    answer: dict[str, Any] = {
        "ticket": ticket,
        "url": f"{world().base_url}/q/{ticket[:24]}",
    }
    if "LIMIT" not in str(name):
        lasts = told.get("expire_seconds", 60)
        if not isinstance(lasts, int) or not 1 <= lasts <= _LONGEST_LIFE:
            raise ApiError(47003, "expire_seconds")
        code["expires_at"] = world().clock.now() + lasts
        answer["expire_seconds"] = lasts
    world().codes[ticket] = code
    return answer


@bp.get("/cgi-bin/showqrcode")
def show() -> Response:
    """Return a code as a picture."""
    ticket = request.args.get("ticket", "")
    if ticket not in world().codes:
        abort(404)
    drawn = io.BytesIO()
    segno.make(f"{world().base_url}/q/{quote(ticket[:24])}").save(drawn, kind="png", scale=8)
    return Response(drawn.getvalue(), mimetype="image/png")
