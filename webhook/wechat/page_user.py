"""Who looks at one of our pages inside WeChat (网页授权), and signing those pages for the JS-SDK.

Source: developers.weixin.qq.com/doc/offiaccount — 网页授权 (snsapi_base asks the person nothing and
tells their openid only), JS-SDK 说明文档 附录1.
"""

import hashlib
import secrets
import time
from urllib.parse import urlencode, urlsplit

from models.settings import Settings
from webhook.wechat.account_client import AccountClient
from webhook.wechat.miniprogram import Named, named_behind

_API, _OPEN = "api.weixin.qq.com", "open.weixin.qq.com"
_RESOURCES = "res.wx.qq.com"


def authorize_address(settings: Settings, back_to: str, state: str) -> str:
    """Return where to send the browser, so that WeChat sends it to `back_to` with a code.

    The server that asks people is the API's neighbour; a simulator is both.
    """
    asked = urlencode(
        {
            "appid": settings.wechat_app_id,
            "redirect_uri": back_to,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
    )
    base = settings.wechat_api_base_url.rstrip("/").replace(_API, _OPEN)
    return f"{base}/connect/oauth2/authorize?{asked}#wechat_redirect"


def page_user(settings: Settings, code: str) -> Named:
    """Return who is behind a code that WeChat sent along with the browser.

    Raises:
        CodeRefusedError, TooOftenError, MiniProgramUnreachableError: as for a mini-program.
    """
    asked = {
        "appid": settings.wechat_app_id,
        "secret": settings.wechat_app_secret.get_secret_value(),
        "code": code,
        "grant_type": "authorization_code",
    }
    return named_behind(settings, "oauth2/access_token", asked)


def script_address(settings: Settings) -> str:
    """Return where WeChat's script for pages is (JS-SDK 步骤二); a simulator has it as well."""
    base = settings.wechat_api_base_url.rstrip("/").replace(_API, _RESOURCES)
    return f"{base}/open/js/jweixin-1.6.0.js"


def signed_page(account: AccountClient, address: str) -> dict[str, object]:
    """Return what ``wx.config`` takes for a page. Raises as `AccountClient.ask`.

    Args:
        account: the account.
        address: the page's own address, as its browser shows it.
    """
    page = address.partition("#")[0]
    nonce, stamp = secrets.token_hex(8), int(time.time())
    signed = f"jsapi_ticket={account.ticket()}&noncestr={nonce}&timestamp={stamp}&url={page}"
    return {
        "appId": account.appid,
        "timestamp": stamp,
        "nonceStr": nonce,
        "signature": hashlib.sha1(signed.encode()).hexdigest(),
    }


def is_ours(address: str, public_url: str) -> bool:
    """Whether an address is one of our own pages."""
    try:
        asked, ours = urlsplit(address), urlsplit(public_url)
    except ValueError:  # half an IPv6 address, say
        return False
    return (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
