"""Errors as clients see them: the JSON of DESIGN section 6, or a short page for a browser."""

from collections.abc import Mapping
from typing import Any, NoReturn

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, jsonify, render_template, request
from sqlalchemy.exc import DataError, NoResultFound
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

_TOLD = {
    400: ("bad_request", "请求看不懂，请检查后再试。"),
    401: ("unauthorized", "请先登录。"),
    403: ("forbidden", "没有权限。"),
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "这个地址不支持这种请求。"),
    409: ("conflict", "现在做不了这一步。"),
    413: ("too_large", "内容太大了。"),
    415: ("unsupported_media_type", "不支持这种格式。"),
    422: ("invalid", "有内容填得不对，请看 fields。"),
    429: ("too_many_requests", "操作太快了，请过一会儿再试。"),
    500: ("internal", "系统出了点问题，请过一会儿再试。"),
}


ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "给机器看的名字"},
                "message": {"type": "string", "description": "给人看的中文说明"},
                "fields": {"type": "object", "description": "哪一项有什么问题"},
            },
        }
    },
}


def init_app(app: APIFlask) -> None:
    """Give every failure of `app` the same shape."""
    app.error_processor(_from_apiflask)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(NoResultFound, _not_there)
    app.register_error_handler(DataError, _not_storable)
    app.register_error_handler(Exception, _unexpected)


def refuse(
    status: int, code: str, message: str, fields: Mapping[str, Any] | None = None
) -> NoReturn:
    """End a call of the API with a reason for machines and one for people.

    Raises:
        HTTPError: always.
    """
    raise HTTPError(status, message, dict(fields or {}), extra_data={"code": code})


def _told(status: int) -> tuple[str, str]:
    return _TOLD.get(status, _TOLD[500] if status >= 500 else _TOLD[400])


def _from_apiflask(error: HTTPError) -> tuple[dict[str, Any], int, Any]:
    code, message = _told(error.status_code)
    if "code" in error.extra_data:
        code, message = error.extra_data["code"], error.message or message
    detail = error.detail if isinstance(error.detail, dict) else {}
    body = {"code": code, "message": message, "fields": _named(detail)}
    return {"error": body}, error.status_code, error.headers


def _named(detail: Any) -> Any:
    """Return what is told of fields with words for names: a part of a form may come without one."""
    if isinstance(detail, dict):
        return {str(name or ""): _named(told) for name, told in detail.items()}
    return detail


def _from_werkzeug(error: HTTPException) -> HTTPException | Response | tuple[str, int]:
    if error.response is not None:  # a redirect made by routing
        return error
    return _answer(error.code or 500, dict(error.get_headers()))


def _not_there(_error: NoResultFound) -> Response | tuple[str, int]:
    """Say so where an address names a row that does not exist."""
    return _answer(404, {})


def _not_storable(_error: DataError) -> Response | tuple[str, int]:
    """Refuse what no column can hold, such as text with NUL, which PostgreSQL does not take."""
    return _answer(400, {})


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    # The exception's text may quote what a person wrote, so only its kind and place are logged.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    # The rule, not the path: what stands in an address (a number, a key) belongs to somebody.
    rule = request.url_rule.rule if request.url_rule is not None else ""
    log.error("web.unexpected", error=type(error).__name__, where=where, rule=rule)
    return _answer(500, {})


def _answer(status: int, headers: dict[str, str]) -> Response | tuple[str, int]:
    code, message = _told(status)
    wants = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wants == "text/html" and not request.path.startswith("/api/"):
        return render_template("error.html", message=message), status
    answer = jsonify({"error": {"code": code, "message": message, "fields": {}}})
    answer.status_code = status
    for name in ("Allow", "Retry-After"):
        if name in headers:
            answer.headers[name] = headers[name]
    return answer
