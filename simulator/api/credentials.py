"""Access tokens and the ticket of the JS-SDK."""

from typing import Any

from flask import Blueprint, request

from simulator.api.endpoint import body, endpoint, text_in, world
from simulator.errors import ApiError

bp = Blueprint("credentials", __name__)


@bp.post("/cgi-bin/stable_token")
@endpoint(token=False)
def stable_token() -> dict[str, Any]:
    """获取稳定版接口调用凭据."""
    told = body()
    app_id, secret = text_in(told, "appid"), text_in(told, "secret")
    return world().tokens.issue(app_id, secret, force=told.get("force_refresh") is True)


@bp.get("/cgi-bin/token")
@endpoint(token=False)
def token() -> dict[str, Any]:
    """获取接口调用凭据: each call ends the token before it."""
    return world().tokens.issue(
        request.args.get("appid", ""), request.args.get("secret", ""), force=True
    )


@bp.get("/cgi-bin/ticket/getticket")
@endpoint()
def ticket() -> dict[str, Any]:
    """Return the ticket with which pages sign for the JS-SDK."""
    if request.args.get("type") != "jsapi":
        raise ApiError(40035)
    return world().tokens.ticket()
