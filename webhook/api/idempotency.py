"""``Idempotency-Key``: every write of the API may be sent again and takes effect once."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import Schema
from apiflask.fields import String
from apiflask.validators import Regexp
from flask import request
from werkzeug.datastructures import FileStorage

from models import idempotency
from models.contact import hold
from models.private_value import open_within
from webhook.api.sign_in import me
from webhook.current import database
from webhook.errors import refuse

HEADER = "Idempotency-Key"


class Once(Schema):
    """The header of every write."""

    key = String(
        data_key=HEADER,
        required=True,
        validate=Regexp(r"^[!-~]{8,128}$", error="请带上 8 到 128 个字符的唯一值。"),
        metadata={
            "description": "客户端为这次写入起的唯一名字；重发时不变，结果就只生效一次",
            "example": "5f1c9a52-9d0e-4f3a",
        },
    )


Answer = tuple[dict[str, Any], int]


def once(
    write: Callable[..., Answer], *, prepare: Callable[..., Any] | None = None
) -> Callable[..., Answer]:
    """Let a view take effect once for each key.

    The view is called as ``write(session, contact_id, **its own arguments)`` inside one unit of
    work, alone with the person, and returns its answer and status. `sent`, the headers of `Once`,
    is kept from it. What it refuses is not kept: a refused write has no effect and may be mended
    and sent again under the same key.

    What takes long is done by `prepare`, called with the view's own arguments before the unit of
    work is opened; the view gets what it returns as `prepared`.
    """

    @wraps(write)
    def answered(sent: dict[str, str], **arguments: Any) -> Answer:
        contact_id = me()
        told = [request.method, request.path, arguments]
        call = json.dumps(told, sort_keys=True, default=_content)
        prepared = {} if prepare is None else {"prepared": prepare(**arguments)}
        with database().unit_of_work() as session:
            hold(session, contact_id)
            try:
                known = idempotency.recall(session, contact_id, sent["key"], call)
            except idempotency.OtherCallError:
                why = {HEADER: "这个值已经用在别的请求上，请换一个。"}
                refuse(422, "idempotency_key_reused", why[HEADER], why)
            # What is kept of an answer holds tokens; its owner reads what they stand for.
            if known is not None:
                return open_within(session, contact_id, known[0]), known[1]
            answer, status = write(session, contact_id, **arguments, **prepared)
            idempotency.keep(session, contact_id, sent["key"], call, answer, status)
            return open_within(session, contact_id, answer), status

    return answered


def _content(value: object) -> str:
    """Tell a file by its content."""
    if not isinstance(value, FileStorage):
        return str(value)
    told = hashlib.file_digest(value.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    value.stream.seek(0)
    return told
