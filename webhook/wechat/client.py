"""What we push to one person: customer-service messages, notices, the typing sign.

Source: developers.weixin.qq.com/doc/offiaccount — 客服消息, 模板消息, 订阅通知, 全局返回码.
"""

import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from wechatpy.exceptions import WeChatClientException

from models.database import Database
from models.settings import Settings
from webhook.wechat.account_client import TOKEN_REFUSED, AccountClient, TokenError, told_by

_BUSY = {-1, 45009, 45011}
_NOTICES = {"template": "message/template/send", "subscribe": "message/subscribe/bizsend"}
# Window closed, quota used up, no right, not a follower.
_CANNOT_PUSH = {45015, 45047, 48001, 43004}
# The person wants no such notice (any more).
_NOT_WANTED = 43101
# 520 × 416, as WeChat advises. It keeps an upload for three days.
_CARD_PICTURE = Path(__file__).with_name("miniprogram_card.png")
_CARD_PICTURE_LASTS = 24 * 3600.0


class Outcome(StrEnum):
    """What became of a push."""

    SENT = "sent"
    TRY_AGAIN = "try_again"  # it surely did not arrive
    CANNOT_PUSH = "cannot_push"  # window closed, quota used up, no right, not a follower
    NOT_WANTED = "not_wanted"  # a notice the person has not allowed, or no longer
    REFUSED = "refused"  # will never be taken
    UNKNOWN = "unknown"  # the answer was lost: it may have arrived


class WeChatApi:
    """Pushes to followers of one account.

    Args:
        settings: app id, secret and base address.
        database: where the shared token lives.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.account = AccountClient(settings, database)
        self._card_picture = ("", 0.0)

    def push(
        self, openid: str, text: str, content: dict[str, Any] | None = None
    ) -> tuple[Outcome, str]:
        """Send one customer-service message, or its plain text where it has no richer form.

        Returns:
            The outcome with WeChat's id of the message where it gives one, or with its error
            code or the kind of failure (never the text).
        """
        try:
            told = self.account.ask(_path(content), **_message(openid, text, content))
        except TokenError as error:
            return Outcome.TRY_AGAIN, f"no access token: {error}"
        except WeChatClientException as error:
            return _judged(error)
        except requests.RequestException as error:
            # A connection that stood may have carried the message before it broke.
            outcome = Outcome.TRY_AGAIN if _never_stood(error) else Outcome.UNKNOWN
            return outcome, type(error).__name__
        return Outcome.SENT, str(told.get("msgid") or "")

    def upload_picture(self, content: bytes, media_type: str) -> tuple[Outcome, str]:
        """Give WeChat a picture that a message is to show.

        Returns:
            The outcome, with the id of the picture where it is `SENT`; else with the reason. What
            is lost on the way was shown to nobody: it is tried again.
        """
        name = f"picture.{media_type.partition('/')[2]}"
        try:
            return Outcome.SENT, self.account.upload("image", name, content, media_type)
        except TokenError as error:
            return Outcome.TRY_AGAIN, f"no access token: {error}"
        except WeChatClientException as error:
            outcome, why = _judged(error)
            return Outcome.TRY_AGAIN if outcome is Outcome.UNKNOWN else outcome, why
        except (requests.RequestException, KeyError) as error:
            return Outcome.TRY_AGAIN, type(error).__name__

    def card_picture(self) -> tuple[Outcome, str]:
        """Return the id of the picture on cards of the mini-program, uploaded once a day."""
        media_id, until = self._card_picture
        if until > time.monotonic():
            return Outcome.SENT, media_id
        outcome, told = self.upload_picture(_CARD_PICTURE.read_bytes(), "image/png")
        if outcome is Outcome.SENT:
            self._card_picture = told, time.monotonic() + _CARD_PICTURE_LASTS
        return outcome, told

    def show_typing(self, openid: str) -> None:
        """Let a person who waits see somebody typing; where that fails they just wait."""
        with suppress(TokenError, WeChatClientException, requests.RequestException):
            self.account.ask("message/custom/typing", touser=openid, command="Typing")

    def close(self) -> None:
        """Close the connections to WeChat."""
        self.account.close()


def _path(content: dict[str, Any] | None) -> str:
    return _NOTICES.get((content or {}).get("msgtype", ""), "message/custom/send")


def _message(openid: str, text: str, content: dict[str, Any] | None) -> dict[str, Any]:
    if content is None:
        return {"touser": openid, "msgtype": "text", "text": {"content": text}}
    if content["msgtype"] in _NOTICES:
        return {"touser": openid, **content["notice"]}
    return {"touser": openid, **content}


def _judged(error: WeChatClientException) -> tuple[Outcome, str]:
    code = error.errcode
    if code in TOKEN_REFUSED or code in _BUSY:
        outcome = Outcome.TRY_AGAIN
    elif code in _CANNOT_PUSH:
        outcome = Outcome.CANNOT_PUSH
    elif code == _NOT_WANTED:
        outcome = Outcome.NOT_WANTED
    elif code is None and getattr(error.response, "status_code", 0) >= 500:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.REFUSED
    return outcome, told_by(error)


def _never_stood(error: requests.RequestException) -> bool:
    """Whether there was no connection at all, so that nothing can have arrived."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
