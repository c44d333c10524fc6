"""The pages inside WeChat: who looks at them, and their signature for the JS-SDK.

Somebody who comes from the talk is known without signing in by hand: WeChat tells who it is, and
the page shows what was begun in the talk. Off unless ``WECHAT_PAGE_SIGN_IN`` is set: it needs a
verified service account and our domain in its console.
"""

import hmac
import secrets
import time
from typing import Any

import requests
import structlog
from flask import current_app, redirect, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from wechatpy.exceptions import WeChatClientException
from werkzeug.wrappers import Response

from webhook import visitor
from webhook.current import database, services
from webhook.errors import refuse
from webhook.mobile.blueprint import bp
from webhook.wechat.account_client import AccountClient, TokenError
from webhook.wechat.miniprogram import (
    CodeRefusedError,
    MiniProgramUnreachableError,
    TooOftenError,
)
from webhook.wechat.page_user import authorize_address, is_ours, page_user, signed_page

log = structlog.get_logger()

_INSIDE_WECHAT = "MicroMessenger"
# Where WeChat did not tell who it is, the page opens as for anybody; not asked again for a while.
_ASK_AGAIN_AFTER = 600


@bp.before_request
def _ask_who_it_is() -> Response | None:
    """Send a browser of WeChat's to be named, before the first page it looks at."""
    is_page = request.method == "GET" and request.endpoint not in (
        "mobile.static", "mobile.enter", "mobile.entered", "mobile.wechat_config",
        "mobile.sent_file",
    )  # fmt: skip
    is_inside = _INSIDE_WECHAT in request.headers.get("User-Agent", "")
    asked_lately = session.get("wechat_asked", 0) > time.time() - _ASK_AGAIN_AFTER
    if not is_page or not is_inside or visitor.openid() or asked_lately:
        return None
    return _to_be_named(request.full_path.rstrip("?"))


@bp.get("/enter")
def enter() -> Response:
    """Open a page of ours (``to``) as the person who comes from the talk."""
    to = _local(request.args.get("to", ""))
    return (None if visitor.openid() else _to_be_named(to)) or redirect(to)


@bp.get("/entered")
def entered() -> Response:
    """Take the code WeChat sends along, and open the page."""
    to = _local(request.args.get("to", ""))
    state = str(session.pop("wechat_state", ""))
    code = request.args.get("code", "")
    # A state that is not this browser's own would sign it in as somebody else.
    sent = request.args.get("state", "")
    is_mine = state and hmac.compare_digest(state.encode(), sent.encode("utf-8", "replace"))
    if is_mine and 0 < len(code) <= 128:
        try:
            named = page_user(services().settings, code)
            with database().unit_of_work() as work:
                visitor.sign_in(work, named.openid, named.union_id)
        except (CodeRefusedError, TooOftenError, MiniProgramUnreachableError) as error:
            log.warning("page.not_named", error=type(error).__name__)
        except SQLAlchemyError as error:
            log.error("page.database_away", error=type(error).__name__)
    return redirect(to)


@bp.get("/wechat-config")
def wechat_config() -> dict[str, Any]:
    """Return what the JS-SDK needs on the page at ``url``."""
    address = request.args.get("url", "")
    settings = services().settings
    if not settings.wechat_page_sign_in:
        refuse(404, "no_js_sdk", "这里没有开通微信网页功能。")
    if not is_ours(address, settings.public_url):
        refuse(422, "not_our_page", "只能给本站的页面签名。")
    account: AccountClient = current_app.extensions["wechat_account"]
    try:
        return signed_page(account, address)
    except (TokenError, WeChatClientException, requests.RequestException, KeyError) as error:
        log.warning("page.not_signed", error=type(error).__name__)
        refuse(424, "wechat_unavailable", "微信没有回答，请过一会儿再试。")


def _to_be_named(to: str) -> Response | None:
    settings = services().settings
    if not settings.wechat_page_sign_in:
        return None
    session["wechat_asked"] = int(time.time())
    session["wechat_state"] = secrets.token_urlsafe(16)
    back = f"{settings.public_url}{url_for('mobile.entered', to=to)}"
    return redirect(authorize_address(settings, back, session["wechat_state"]))


def _local(address: str) -> str:
    """Return an address of ours, or the first page: nobody is sent elsewhere by a link of ours."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else url_for("mobile.home")
