"""WeChat's API as we use it: the shared access token, and customer-service messages.

Source: developers.weixin.qq.com/doc/offiaccount — 获取稳定版接口调用凭据 (stable_token), 客服消息.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from models import access_token as tokens
from models.database import Database
from models.settings import Settings

_TIMEOUT = (3.05, 10.0)
_TOKEN_REFUSED = {40001, 40014, 42001}
_BUSY = {-1, 45009, 45011}
_NOTICES = {"template": "message/template/send", "subscribe": "message/subscribe/bizsend"}
_CANNOT_PUSH = {45015, 45047, 48001, 43004}


class Outcome(StrEnum):
    """What became of a push."""

    SENT = "sent"
    TRY_AGAIN = "try_again"  # it surely did not arrive
    CANNOT_PUSH = "cannot_push"  # window closed, quota used up, no right, not a follower
    REFUSED = "refused"  # will never be taken
    UNKNOWN = "unknown"  # the answer was lost: it may have arrived


class TokenError(Exception):
    """No access token is to be had now; nothing has been sent."""


class WeChatApi:
    """Pushes texts to followers of one account.

    Args:
        settings: app id, secret and base address.
        database: where the shared token lives.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._client = _Client(settings, database)

    def push(
        self, openid: str, text: str, content: dict[str, Any] | None = None
    ) -> tuple[Outcome, str]:
        """Send one customer-service message, or its plain text where it has no richer form.

        Returns:
            The outcome with WeChat's id of the message where it gives one, or with its error
            code or the kind of failure (never the text).
        """
        try:
            told = self._client.repeated(lambda: self._send(openid, text, content))
        except TokenError as error:
            return Outcome.TRY_AGAIN, f"no access token: {error}"
        except WeChatClientException as error:
            return self._judged(error)
        except requests.RequestException as error:
            # A connection that stood may have carried the message before it broke.
            outcome = Outcome.TRY_AGAIN if _never_stood(error) else Outcome.UNKNOWN
            return outcome, type(error).__name__
        # wechatpy hands over what is not JSON as it came: a page of something in between.
        if not isinstance(told, dict):
            return Outcome.UNKNOWN, "not JSON"
        return Outcome.SENT, str(told.get("msgid") or "")

    def show_typing(self, openid: str) -> None:
        """Let a person who waits see somebody typing; where that fails they just wait."""
        asked = {"touser": openid, "command": "Typing"}
        with suppress(TokenError, WeChatClientException, requests.RequestException):
            self._client.post("message/custom/typing", data=asked)

    def _send(self, openid: str, text: str, content: dict[str, Any] | None) -> Any:
        if content is None:
            return self._client.message.send_text(openid, text)
        notice = _NOTICES.get(content["msgtype"])
        if notice is not None:
            return self._client.post(notice, data={"touser": openid, **content["notice"]})
        return self._client.post("message/custom/send", data={"touser": openid, **content})

    def close(self) -> None:
        """Close the connections to WeChat."""
        self._client.close()

    def _judged(self, error: WeChatClientException) -> tuple[Outcome, str]:
        code = error.errcode
        if code in _TOKEN_REFUSED or code in _BUSY:
            return Outcome.TRY_AGAIN, str(code)
        if code in _CANNOT_PUSH:
            return Outcome.CANNOT_PUSH, str(code)
        if code is None:  # an HTTP status instead of WeChat's JSON
            status = getattr(error.response, "status_code", 0)
            return (Outcome.UNKNOWN if status >= 500 else Outcome.REFUSED), f"HTTP {status}"
        return Outcome.REFUSED, str(code)


class _Client(WeChatClient):
    """wechatpy's client with our token, a time limit on every call and no retry of its own."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(
            settings.wechat_app_id,
            settings.wechat_app_secret.get_secret_value(),
            timeout=_TIMEOUT,
            auto_retry=False,
        )
        self._base = settings.wechat_api_base_url.rstrip("/")
        self.API_BASE_URL = f"{self._base}/cgi-bin/"
        self._database = database
        self._used = threading.local()

    @property
    def access_token(self) -> str:
        """The token all processes share; one of them fetches a new one when it is needed."""
        for _ in range(50):
            with self._database.unit_of_work() as session:
                token = tokens.current_token(session, self.appid)
                if token:
                    self._used.token = token
                    return token
                mine = tokens.claim_fetch(session, self.appid, timedelta(seconds=15))
            if mine:
                try:
                    self._used.token = self._fetch()
                except TokenError:
                    with self._database.unit_of_work() as session:
                        tokens.release_fetch(session, self.appid)
                    raise
                return self._used.token
            time.sleep(0.2)
        raise TokenError("another process did not get one in time")

    def repeated(self, call: Callable[[], Any]) -> Any:
        """Make a call; where WeChat has taken the token back, once more with a new one."""
        try:
            return call()
        except WeChatClientException as error:
            if error.errcode not in _TOKEN_REFUSED:
                raise
            self.reject_token()
            return call()

    def _fetch(self) -> str:
        with self._database.reading() as session:
            is_forced = tokens.has_to_force(session, self.appid)
        asked = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": is_forced,
        }
        try:
            answer = self._http.post(
                f"{self._base}/cgi-bin/stable_token", json=asked, timeout=_TIMEOUT
            )
            told = answer.json()
            token, lasts = str(told["access_token"]), int(told.get("expires_in", 7200))
        except (requests.RequestException, ValueError) as error:
            raise TokenError(type(error).__name__) from error
        except (KeyError, TypeError) as error:
            # WeChat's errcode tells what to mend: 40164 this address is not on the white list,
            # 40125 and 40013 secret or app id are wrong.
            code = told.get("errcode") if isinstance(told, dict) else None
            raise TokenError(f"WeChat says {code}") from error
        with self._database.unit_of_work() as session:
            tokens.store_token(session, self.appid, token, timedelta(seconds=lasts))
        return token

    def close(self) -> None:
        """Close the HTTP session."""
        self._http.close()

    def reject_token(self) -> None:
        """Make the next call fetch a new token, unless another process already has one."""
        with self._database.unit_of_work() as session:
            tokens.reject_token(session, self.appid, self._used.token)


def _never_stood(error: requests.RequestException) -> bool:
    """Whether there was no connection at all, so that nothing can have arrived."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
