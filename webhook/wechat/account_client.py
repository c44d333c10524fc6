"""The official account's API: one shared access token, every call with a time limit.

Source: developers.weixin.qq.com/doc/offiaccount — 获取稳定版接口调用凭据, 全局返回码.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from models import access_token as tokens
from models.database import Database, utc_now
from models.delivery_attempt import TAKEN, Attempt
from models.settings import Settings

TOKEN_REFUSED = frozenset({40001, 40014, 42001})
"""WeChat has taken the token back, or it has run out."""
_TIMEOUT = (3.05, 10.0)
# Who fetches a token or a ticket has given up when its lease ends. The lease of a process that was
# killed holds the others up for no longer; a second fetch at the same time would bring the same
# (stable) token.
_FETCH_TIMEOUT = (1.5, 3.0)
_LEASE = timedelta(seconds=5)
_CHUNK = 64 * 1024


class TokenError(Exception):
    """No access token is to be had now; nothing has been sent."""


class TooLargeError(Exception):
    """A file is larger than we take."""


class AccountClient(WeChatClient):
    """wechatpy's client with our token, a time limit on every call and no retry of its own.

    Args:
        settings: app id, secret and base address.
        database: where the shared token lives.
        app_id: of another account than the official one.
        secret: that account's.
    """

    def __init__(
        self, settings: Settings, database: Database, app_id: str = "", secret: str = ""
    ) -> None:
        super().__init__(
            app_id or settings.wechat_app_id,
            secret or settings.wechat_app_secret.get_secret_value(),
            timeout=_TIMEOUT,
            auto_retry=False,
        )
        self._base = settings.wechat_api_base_url.rstrip("/")
        self.API_BASE_URL = f"{self._base}/cgi-bin/"
        self._database = database
        self._used = threading.local()

    @classmethod
    def of_miniprogram(cls, settings: Settings, database: Database) -> "AccountClient":
        """Return the client of the mini-program's account."""
        secret = settings.miniprogram_app_secret.get_secret_value()
        return cls(settings, database, settings.miniprogram_app_id, secret)

    def outside(self, path: str, **told: Any) -> dict[str, Any]:
        """Call an API that does not lie below ``/cgi-bin/``. Raises as `ask` does."""
        return self.ask(f"{self._base}/{path}", **told)

    @property
    def access_token(self) -> str:
        """The token all processes share; one of them fetches a new one when it is needed."""
        self._used.token = self._shared(self.appid, self._fetch)
        return str(self._used.token)

    def ticket(self) -> str:
        """Return the JS-SDK's ticket, shared in the same way. Raises as `ask` does."""
        name = f"{self.appid}:jsapi"
        with self._database.reading() as session:
            kept = tokens.current_token(session, name)
        return kept or str(self.repeated(lambda: self._ticket_anew(name)))

    def _shared(self, name: str, fetch: Callable[[], tuple[str, timedelta]]) -> str:
        for _ in range(50):
            with self._database.unit_of_work() as session:
                kept = tokens.current_token(session, name)
                if kept:
                    return kept
                mine = tokens.claim_fetch(session, name, _LEASE)
            if mine:
                return self._fetched(name, fetch)
            time.sleep(0.2)
        raise TokenError("another process did not get one in time")

    def _fetched(self, name: str, fetch: Callable[[], tuple[str, timedelta]]) -> str:
        try:
            token, lasts = fetch()
        except Exception:
            with self._database.unit_of_work() as session:
                tokens.release_fetch(session, name)
            raise
        with self._database.unit_of_work() as session:
            tokens.store_token(session, name, token, lasts)
        return token

    def _ticket_anew(self, name: str) -> str:
        # To get a token may take as long as the ticket's lease lasts: it is got before.
        token = self.access_token
        return self._shared(name, lambda: self._fetch_ticket(token))

    def _fetch_ticket(self, token: str) -> tuple[str, timedelta]:
        asked = {"access_token": token, "type": "jsapi"}
        told = self.get("ticket/getticket", params=asked, timeout=_FETCH_TIMEOUT)
        return str(told["ticket"]), timedelta(seconds=int(told.get("expires_in", 7200)))

    def ask(self, path: str, **told: Any) -> dict[str, Any]:
        """Call an API with a JSON body, or read one where there is nothing to tell.

        Raises:
            TokenError: there is no token now.
            WeChatClientException: WeChat refuses; ``errcode`` says why.
            requests.RequestException: WeChat cannot be reached.
        """
        method = self.post if told else self.get
        return self._answered(lambda: method(path, **_as_json(told)))

    def read(self, path: str, **params: str) -> dict[str, Any]:
        """Read an API with parameters in its address. Raises as `ask` does."""
        return self._answered(lambda: self.get(path, params=dict(params)))

    def upload(self, kind: str, name: str, content: bytes, media_type: str) -> str:
        """Upload temporary media (新增临时素材); return its id. Raises as `ask` does."""
        file = {"media": (name, content, media_type)}
        told = self._answered(lambda: self.post("media/upload", params={"type": kind}, files=file))
        return str(told["thumb_media_id" if kind == "thumb" else "media_id"])

    def download(self, media_id: str, most: int) -> bytes:
        """Return temporary media (获取临时素材).

        Args:
            media_id: which.
            most: bytes we take; more is not read.

        Raises:
            TooLargeError: it is larger.
            TokenError, WeChatClientException, requests.RequestException: as `ask`.
        """
        return bytes(self.repeated(lambda: self._downloaded(media_id, most)))

    def _downloaded(self, media_id: str, most: int) -> bytes:
        asked = {"access_token": self.access_token, "media_id": media_id}
        address = f"{self.API_BASE_URL}media/get"
        with self._http.get(address, params=asked, timeout=_TIMEOUT, stream=True) as answer:
            answer.raise_for_status()
            received = b""
            for part in answer.iter_content(_CHUNK):
                received += part
                if len(received) > most:
                    raise TooLargeError
            if "json" in answer.headers.get("Content-Type", "") or received[:10] == b'{"errcode"':
                self._raise_refusal(answer, received)
            return received

    def _raise_refusal(self, answer: requests.Response, received: bytes) -> None:
        try:
            told = json.loads(received)
            code = int(told["errcode"])
        except (ValueError, KeyError, TypeError):
            return  # a file that happens to be JSON
        if code:
            raise WeChatClientException(
                code, str(told.get("errmsg")), client=self, request=answer.request, response=answer
            )

    def repeated(self, call: Callable[[], Any]) -> Any:
        """Make a call; where WeChat has taken the token back, once more with a new one."""
        try:
            return call()
        except WeChatClientException as error:
            if error.errcode not in TOKEN_REFUSED:
                raise
            self.reject_token()
            return call()

    def close(self) -> None:
        """Close the HTTP session."""
        self._http.close()

    def reject_token(self) -> None:
        """Make the next call fetch a new token, unless another process already has one."""
        with self._database.unit_of_work() as session:
            tokens.reject_token(session, self.appid, self._used.token)

    @contextmanager
    def noting(self) -> Iterator[list[Attempt]]:
        """Collect every call this thread makes meanwhile, those for a token among them."""
        attempts: list[Attempt] = []
        self._used.attempts = attempts
        try:
            yield attempts
        finally:
            del self._used.attempts

    def _answered(self, call: Callable[[], Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.repeated(call)
        return answer

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> dict[str, Any]:
        # The token may have to be fetched first: a call of its own.
        params = kwargs.setdefault("params", {})
        if "access_token" not in params:
            params["access_token"] = self.access_token
        with self._noted(url_or_endpoint):
            told = super()._request(method, url_or_endpoint, **kwargs)
            # wechatpy hands over what is not JSON as it came: a page of something in between.
            if not isinstance(told, dict):
                raise requests.exceptions.InvalidJSONError("not JSON")
            return told

    @contextmanager
    def _noted(self, address: str) -> Iterator[None]:
        at, began, outcome = utc_now(), time.monotonic(), TAKEN
        try:
            yield
        except WeChatClientException as error:
            outcome = told_by(error)
            raise
        except TokenError as error:
            outcome = str(error)
            raise
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            api = address.removeprefix(f"{self._base}/").removeprefix("cgi-bin/")
            took = round((time.monotonic() - began) * 1000)
            noted: list[Attempt] = getattr(self._used, "attempts", [])
            noted.append(Attempt(at, api, outcome, took))

    def _fetch(self) -> tuple[str, timedelta]:
        with self._database.reading() as session:
            is_forced = tokens.has_to_force(session, self.appid)
        asked = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": is_forced,
        }
        with self._noted("stable_token"):
            return self._fetched_token(asked)

    def _fetched_token(self, asked: dict[str, Any]) -> tuple[str, timedelta]:
        address = f"{self._base}/cgi-bin/stable_token"
        try:
            told = self._http.post(address, json=asked, timeout=_FETCH_TIMEOUT).json()
            token, lasts = str(told["access_token"]), int(told.get("expires_in", 7200))
        except (requests.RequestException, ValueError) as error:
            raise TokenError(type(error).__name__) from error
        except (KeyError, TypeError) as error:
            # WeChat's errcode tells what to mend: 40164 this address is not on the white list,
            # 40125 and 40013 secret or app id are wrong.
            code = told.get("errcode") if isinstance(told, dict) else None
            raise TokenError(f"WeChat says {code}") from error
        return token, timedelta(seconds=lasts)


def told_by(error: WeChatClientException) -> str:
    """Return WeChat's errcode, or the HTTP status that came instead of its JSON."""
    if error.errcode is not None:
        return str(error.errcode)
    return f"HTTP {getattr(error.response, 'status_code', 0)}"


def _as_json(told: dict[str, Any]) -> dict[str, Any]:
    return {"data": told} if told else {}
