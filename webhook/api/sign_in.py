"""``POST /api/v1/session``: a mini-program signs its user in with a code of ``wx.login``.

The answer is a bearer token. It names our contact, nothing of WeChat's, and is signed, not stored:
any web process can read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from apiflask import APIBlueprint, HTTPTokenAuth, Schema
from apiflask.fields import DateTime, String
from apiflask.validators import Length
from flask import current_app, request
from flask_limiter.util import get_remote_address
from itsdangerous import BadSignature, URLSafeTimedSerializer

from models.contact import Contact, meet_contact
from models.joining import learn_union_id
from webhook.current import database, services
from webhook.errors import refuse
from webhook.services import MINIPROGRAM
from webhook.wechat.miniprogram import (
    CodeRefusedError,
    MiniProgramUnreachableError,
    TooOftenError,
    who_is,
)

_LASTS = timedelta(days=7)

WECHAT_MAY_REFUSE = {
    400: "请求看不懂",
    409: "没有配置小程序",
    413: "内容太大",
    424: "微信没有回答",
    429: "太频繁",
}
"""What a call may answer, besides 401, that redeems a code of WeChat's (`redeeming`)."""

bp = APIBlueprint("sign_in", __name__, tag="登录")
auth = HTTPTokenAuth(scheme="Bearer", description="登录得到的 token")


class SignIn(Schema):
    """What ``wx.login`` gave."""

    code = String(
        required=True,
        validate=Length(1, 128, error="code 要有 1 到 128 个字符。"),
        metadata={"description": "wx.login 得到的 code，只能用一次", "example": "081Kq4Ga1"},
    )


class SignedIn(Schema):
    """The token for every other call."""

    token = String(metadata={"description": "放在 Authorization: Bearer 后面"})
    expires_at = DateTime(metadata={"description": "到这时失效，失效后重新登录"})


@contextmanager
def redeeming(next_step: str) -> Iterator[None]:
    """Redeem a code of WeChat's in this block; refuse the call for whatever reason it is not.

    Args:
        next_step: how the person gets a new code where this one is of no use.
    """
    if not services().settings.miniprogram_app_id:
        refuse(409, "no_miniprogram", "这里还没有配置小程序。")
    try:
        yield
    except CodeRefusedError:
        refuse(401, "code_refused", f"code 不对，或者已经用过。{next_step}")
    except TooOftenError:
        refuse(429, "too_many_requests", "太频繁了，请过一会儿再试。")
    except MiniProgramUnreachableError:
        refuse(424, "wechat_unavailable", "微信没有回答，请过一会儿再试。")


@bp.post("/session")
@bp.input(SignIn, arg_name="given")
@bp.output(SignedIn, status_code=201)
@bp.doc(
    summary="小程序登录",
    description="用 wx.login 的 code 换 token。",
    responses={401: "code 不对或已用过", **WECHAT_MAY_REFUSE},
)
def sign_in(given: dict[str, Any]) -> dict[str, Any]:
    """Ask WeChat who it is; return our own token."""
    settings = services().settings
    with redeeming("请重新登录。"):
        named = who_is(settings, given["code"])
    with database().unit_of_work() as work:
        contact = meet_contact(work, MINIPROGRAM.name, settings.miniprogram_app_id, named.openid)
        learn_union_id(work, contact, named.union_id)
        token = _serializer().dumps(contact.id)
    return {"token": token, "expires_at": datetime.now(UTC) + _LASTS}


@auth.verify_token
def signed_in(token: str) -> int | None:
    """Return the contact a token stands for; None where it is forged or too old."""
    contact_id = _named_by(token)
    if contact_id is None:
        return None
    with database().reading() as reading:
        known = reading.get(Contact, contact_id)
    return None if known is None else known.id


def me() -> int:
    """Return the contact that is signed in; only in views that ask for a token."""
    contact_id: int | None = auth.current_user
    assert contact_id is not None
    return contact_id


def caller() -> str:
    """Name whom a limit counts: who is signed in, or else an address."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    contact_id = _named_by(token) if scheme == "Bearer" else None
    return get_remote_address() if contact_id is None else f"contact:{contact_id}"


def _named_by(token: str) -> int | None:
    try:
        contact_id = _serializer().loads(token, max_age=int(_LASTS.total_seconds()))
    except BadSignature:
        return None
    return contact_id if isinstance(contact_id, int) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="api-token")
