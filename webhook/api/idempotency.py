"""``Idempotency-Key``: every write of the API may be sent again and takes effect once."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import abort
from flask import current_app, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import idempotency
from models.database import Database
from webhook.api.sign_in import auth

HEADER = "Idempotency-Key"
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[ -~]+$"},
    "description": "客户端为这次写入起的唯一名字；重发时不变，结果就只生效一次",
}

Answer = tuple[dict[str, Any], int]


def once(write: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a view take effect once for each key.

    The view is called as ``write(session, contact_id, **its own arguments)`` inside one unit of
    work, and returns its answer and status. What it aborts with is not kept: a refused write has
    no effect and may be mended and sent again under the same key.
    """

    @wraps(write)
    def answered(**arguments: Any) -> Answer:
        key = request.headers.get(HEADER, "")
        if not 8 <= len(key) <= 128:
            abort(400, "idempotency_key", detail={HEADER: ["请带上 8 到 128 个字符的唯一值。"]})
        contact_id: int = auth.current_user
        call = json.dumps(
            [request.method, request.path, arguments], sort_keys=True, default=str
        )
        database: Database = current_app.extensions["database"]
        try:
            with database.unit_of_work() as session:
                known = _recalled(session, contact_id, key, call)
                if known is not None:
                    return known
                answer, status = write(session, contact_id, **arguments)
                idempotency.keep(session, contact_id, key, call, answer, status)
                return answer, status
        except IntegrityError:
            # The same write came a second time while the first was at work.
            with database.unit_of_work() as session:
                known = _recalled(session, contact_id, key, call)
            if known is None:
                raise
            return known

    return answered


def _recalled(session: Session, contact_id: int, key: str, call: str) -> Answer | None:
    try:
        return idempotency.recall(session, contact_id, key, call)
    except idempotency.OtherCallError:
        abort(422, "idempotency_key", detail={HEADER: ["这个值已经用在别的请求上，请换一个。"]})
