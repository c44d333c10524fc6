"""Temporary media: upload and download (新增临时素材, 获取临时素材)."""

import time
from typing import Any

from flask import Blueprint, Response, request

from simulator.api.endpoint import endpoint, world
from simulator.errors import ApiError

bp = Blueprint("media", __name__)


@bp.post("/cgi-bin/media/upload")
@endpoint()
def upload() -> dict[str, Any]:
    """Take a file; it is good for three days."""
    file = request.files.get("media")
    if file is None:
        raise ApiError(41005)
    kind = request.args.get("type", "")
    media = world().files.keep(kind, file.read(), file.mimetype)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media, "created_at": int(time.time())}


@bp.get("/cgi-bin/media/get")
@endpoint()
def get() -> Response:
    """Return a file."""
    stored = world().files.find(request.args.get("media_id", ""))
    answer = Response(stored.content, mimetype=stored.media_type)
    answer.headers["Content-Disposition"] = 'attachment; filename="media"'
    return answer
