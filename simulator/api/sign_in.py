"""Who looks at a page or opens a mini-program (网页授权, code2Session)."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, request

from simulator.api.endpoint import endpoint, world
from simulator.errors import ApiError

bp = Blueprint("sign_in", __name__)

PHONE_COOKIE = "phone"
_CODE_LASTS = 300.0
_codes: dict[str, tuple[str, float]] = {}
_used: set[str] = set()
# 小程序登录: a user a hundred times a minute.
_A_MINUTE = 100
_signed_in: dict[str, list[float]] = {}


def issue_code(openid: str) -> str:
    """Return a code that names a person once, within five minutes."""
    code = secrets.token_hex(16)
    _codes[code] = (openid, world().clock.now() + _CODE_LASTS)
    return code


@bp.get("/connect/oauth2/authorize")
def authorize() -> Response:
    """Send the person back to the page with a code; ``snsapi_base`` asks them nothing."""
    asked = request.args
    if asked.get("appid") != world().account.app_id or asked.get("response_type") != "code":
        abort(400)
    if asked.get("scope") not in ("snsapi_base", "snsapi_userinfo"):
        abort(400)
    address = asked.get("redirect_uri", "")
    if urlsplit(address).scheme not in ("http", "https"):
        abort(400)
    openid = request.cookies.get(PHONE_COOKIE, "")
    if openid not in world().phones:
        return Response("请在微信客户端打开链接", 200, mimetype="text/plain")
    back = urlencode({"code": issue_code(openid), "state": asked.get("state", "")})
    return redirect(f"{address}{'&' if '?' in address else '?'}{back}")  # type: ignore[return-value]


@bp.get("/sns/oauth2/access_token")
@endpoint(token=False)
def access_token() -> dict[str, Any]:
    """通过 code 换取网页授权 access_token."""
    openid = _redeem(request.args.get("code", ""))
    return {
        "access_token": f"web_{secrets.token_hex(16)}",
        "expires_in": 7200,
        "refresh_token": f"ref_{secrets.token_hex(16)}",
        "openid": openid,
        "scope": "snsapi_base",
    }


@bp.get("/sns/jscode2session")
@endpoint(token=False)
def code_to_session() -> dict[str, Any]:
    """小程序登录."""
    openid = _redeem(request.args.get("js_code", ""), is_miniprogram=True)
    return {"openid": openid, "session_key": secrets.token_urlsafe(18)}


def _redeem(code: str, *, is_miniprogram: bool = False) -> str:
    told = request.args
    if not is_miniprogram and told.get("appid") != world().account.app_id:
        raise ApiError(40013)
    if not is_miniprogram and told.get("secret") != world().account.secret:
        raise ApiError(40125)
    if not told.get("appid"):
        raise ApiError(40013)
    if not told.get("secret"):
        raise ApiError(41004)
    if told.get("grant_type") != "authorization_code":
        raise ApiError(40035)
    if code in _used:
        raise ApiError(40163)
    openid, until = _codes.pop(code, ("", 0.0))
    if until <= world().clock.now():
        raise ApiError(40029)
    _used.add(code)
    if is_miniprogram:
        now = world().clock.now()
        lately = [at for at in _signed_in.get(openid, []) if at > now - 60]
        if len(lately) >= _A_MINUTE:
            raise ApiError(45011)
        _signed_in[openid] = [*lately, now]
    return openid
