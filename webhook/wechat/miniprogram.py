"""The mini-program: who is behind a code of ``wx.login``, and cards that open it in the talk.

Source: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session. The session
key it returns is not kept: nothing here decrypts what a client sends.
"""

from dataclasses import dataclass

import httpx
import requests
import structlog
from wechatpy.exceptions import WeChatClientException

from models.catalogue.loader import Catalogue
from models.delivery import Piece
from models.intake.fields.mobile import VALID
from models.settings import Settings
from webhook.wechat.account_client import AccountClient, TokenError
from webhook.wording import IN_MINIPROGRAM

log = structlog.get_logger()

_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
# The code is wrong, used before, or of a user WeChat has blocked.
_CODE_REFUSED = {40029, 40163, 40226}
_TOO_OFTEN = {45011}


class ServiceCards:
    """Cards that open a service in the mini-program (客服消息: 小程序卡片).

    The mini-program has to be linked with the official account in WeChat's console.

    Args:
        app_id: the mini-program's; empty where there is none.
        page: the path of its page for a service, with ``{service}`` for the service's code.
        catalogue: the services.
    """

    def __init__(self, app_id: str, page: str, catalogue: Catalogue) -> None:
        self._app_id = app_id
        self._page = page
        self._catalogue = catalogue

    def of(self, code: str) -> Piece | None:
        """Return the card of a service; the sender adds its picture. None where there is none."""
        if not self._app_id or code not in self._catalogue:
            return None
        name = self._catalogue.service(code).name
        card = {
            "title": name,
            "appid": self._app_id,
            "pagepath": self._page.replace("{service}", code),
        }
        content = {"msgtype": "miniprogrampage", "miniprogrampage": card}
        return Piece(IN_MINIPROGRAM.format(service=name), content)


class CodeRefusedError(Exception):
    """The code tells nobody: it is wrong, too old, or was used before."""


class TooOftenError(Exception):
    """The same person signs in more often than WeChat allows."""


class MiniProgramUnreachableError(Exception):
    """WeChat does not say who it is now; the same code may be tried again."""


@dataclass(frozen=True)
class Named:
    """Whom WeChat names: in this account, and in all accounts of one owner where it tells."""

    openid: str
    union_id: str = ""


def who_is(settings: Settings, code: str) -> Named:
    """Return who is behind a code.

    Args:
        settings: app id, secret and base address.
        code: what ``wx.login`` gave the mini-program; good for one use within five minutes.

    Raises:
        CodeRefusedError: WeChat refuses it.
        TooOftenError: WeChat wants us to wait.
        MiniProgramUnreachableError: WeChat does not answer, or not in its own words.
    """
    asked = {
        "appid": settings.miniprogram_app_id,
        "secret": settings.miniprogram_app_secret.get_secret_value(),
        "js_code": code,
        "grant_type": "authorization_code",
    }
    return named_behind(settings, "jscode2session", asked)


def named_behind(settings: Settings, path: str, asked: dict[str, str]) -> Named:
    """Redeem a code at one of WeChat's sign-in addresses below ``/sns/``. Raises as `who_is`."""
    address = f"{settings.wechat_api_base_url.rstrip('/')}/sns/{path}"
    try:
        told = httpx.get(address, params=asked, timeout=_TIMEOUT, trust_env=False).json()
        errcode = int(told.get("errcode") or 0)
        named = Named(str(told.get("openid") or ""), str(told.get("unionid") or ""))
    except (httpx.HTTPError, ValueError, AttributeError, TypeError) as error:
        # The address holds the secret: only the kind of error is told.
        log.warning("miniprogram.unreachable", error=type(error).__name__)
        raise MiniProgramUnreachableError from None
    if errcode in _CODE_REFUSED:
        raise CodeRefusedError
    if errcode in _TOO_OFTEN:
        raise TooOftenError
    if errcode or not named.openid:
        log.warning("miniprogram.refused", errcode=errcode)
        raise MiniProgramUnreachableError
    return named


def phone_behind(account: AccountClient, code: str) -> str:
    """Return the mobile number behind a code of the phone-number button, as eleven digits.

    Raises:
        CodeRefusedError, TooOftenError, MiniProgramUnreachableError: as `who_is`; also where the
            number is none of mainland China.
    """
    try:
        told = account.outside("wxa/business/getuserphonenumber", code=code)
        number = str(told["phone_info"]["purePhoneNumber"])
    except WeChatClientException as error:
        if error.errcode in _CODE_REFUSED:
            raise CodeRefusedError from None
        if error.errcode in _TOO_OFTEN:
            raise TooOftenError from None
        log.warning("miniprogram.refused", errcode=error.errcode)
        raise MiniProgramUnreachableError from None
    except (TokenError, requests.RequestException, KeyError, TypeError) as error:
        log.warning("miniprogram.unreachable", error=type(error).__name__)
        raise MiniProgramUnreachableError from None
    if not VALID.match(number):
        raise CodeRefusedError
    return number
