"""The courier: brings messages and events to the account's callback, as WeChat's server does.

Each call is signed anew. Without an answer within 5 seconds it hangs up and calls again, three
times in all (接收普通消息). What comes back is shown on the phone.
"""

import itertools
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import httpx

from simulator.account import Mode
from simulator.envelope import seal, sign
from simulator.phone import Phone
from simulator.reply import BrokenReplyError, read_reply

if TYPE_CHECKING:
    from simulator.world import World

PATIENCE = 5.0
TRIES = 3
OUT_OF_SERVICE = "该公众号暂时无法提供服务，请稍后再试"
# Numbers travel bare, words in CDATA.
_NUMBERS = frozenset({"CreateTime", "MsgId", "Location_X", "Location_Y", "Scale"})


@dataclass
class Try:
    """One call of the callback: when it began (real time), what became of it, how long it took."""

    openid: str
    number: int
    began_at: float
    seconds: float = 0.0
    outcome: str = ""


class Courier:
    """Calls the callback of the world's account.

    Args:
        world: where phones and the account are.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._ids = itertools.count(int(time.time() * 1000) * 10_000)
        self._client = httpx.Client(
            timeout=httpx.Timeout(PATIENCE),
            trust_env=False,
            limits=httpx.Limits(max_connections=200),
        )
        self.tries: list[Try] = []

    def send(self, phone: Phone, kind: str, fields: Mapping[str, object]) -> None:
        """Bring a message or event on its way; returns at once."""
        told: dict[str, object] = {
            "ToUserName": self._world.account.original_id,
            "FromUserName": phone.openid,
            "CreateTime": int(time.time()),
            "MsgType": kind,
            **fields,
        }
        if kind != "event":
            told["MsgId"] = next(self._ids)
        with self._world.lock:
            phone.in_flight += 1
        threading.Thread(target=self._bring, args=(phone, to_xml(told)), daemon=True).start()

    def repeat(self, query: str, body: bytes) -> int:
        """Send a request as given, as somebody who recorded it would; return the status."""
        return self._client.post(
            f"{self._world.account.callback}?{query}", content=body
        ).status_code

    def tries_as_json(self) -> list[dict[str, object]]:
        """Return every call so far."""
        return [asdict(one) for one in self.tries]

    def verify(self, token: str | None = None) -> bool:
        """Check the server address as WeChat's console does when it is saved (接入指南)."""
        echo = secrets.token_hex(8)
        stamp, nonce = str(int(time.time())), secrets.token_hex(8)
        signature = sign(token or self._world.account.token, stamp, nonce)
        asked = {"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}
        try:
            answer = self._client.get(self._world.account.callback, params=asked)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == echo

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _bring(self, phone: Phone, xml: str) -> None:
        try:
            for number in range(1, TRIES + 1):
                one = Try(phone.openid, number, time.time())
                self.tries.append(one)
                is_answered = self._try(phone, xml, one)
                one.seconds = round(time.time() - one.began_at, 3)
                if is_answered:
                    return
            self._show_failure(phone)
        finally:
            with self._world.lock:
                phone.in_flight -= 1

    def _try(self, phone: Phone, xml: str, one: Try) -> bool:
        """Call once; whether there is no need to call again."""
        query, body = self._signed(phone, xml)
        try:
            with self._client.stream(
                "POST",
                f"{self._world.account.callback}?{query}",
                content=body,
                headers={"Content-Type": "text/xml"},
            ) as answer:
                # A body that trickles in has to be complete within the same five seconds.
                received = b""
                for part in answer.iter_bytes():
                    received += part
                    if time.time() - one.began_at > PATIENCE:
                        one.outcome = "timeout"
                        return False
        except httpx.TimeoutException:
            one.outcome = "timeout"
            return False
        except httpx.HTTPError as error:
            one.outcome = type(error).__name__
            return False
        if time.time() - one.began_at > PATIENCE:
            one.outcome = "timeout"
            return False
        try:
            shown = read_reply(self._world.account, phone.openid, answer.status_code, received)
        except BrokenReplyError as error:
            one.outcome = f"refused: {error}"
            self._show_failure(phone)
            return True
        one.outcome = "answered" if shown else "success"
        if shown:
            self._world.show(phone, "account", way="passive", **shown)
        return True

    def _show_failure(self, phone: Phone) -> None:
        self._world.show(phone, "wechat", kind="failure", text=OUT_OF_SERVICE)

    def _signed(self, phone: Phone, xml: str) -> tuple[str, bytes]:
        account = self._world.account
        stamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
        query = {
            "signature": sign(account.token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": phone.openid,
        }
        if account.mode is Mode.PLAIN:
            return urlencode(query), xml.encode()
        encrypted = seal(account, xml)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sign(account.token, stamp, nonce, encrypted)
        envelope = f"<ToUserName><![CDATA[{account.original_id}]]></ToUserName>"
        envelope += f"<Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        if account.mode is Mode.SAFE:
            return urlencode(query), f"<xml>{envelope}</xml>".encode()
        return urlencode(query), xml.replace("</xml>", f"{envelope}</xml>").encode()


def to_xml(fields: Mapping[str, object]) -> str:
    """Write a message as WeChat does; a mapping becomes a nested element, a list repeated ones."""
    return f"<xml>{_inner(fields)}</xml>"


def _inner(fields: Mapping[str, object]) -> str:
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{_value(name, one)}</{name}>")
    return "".join(parts)


def _value(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return _inner(value)
    text = str(value)
    if name in _NUMBERS or "]]>" in text:
        return escape(text)
    return f"<![CDATA[{text}]]>"
