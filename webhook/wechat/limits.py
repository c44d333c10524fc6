"""Limits of the callback: no request twice with other words, and no flood.

Redis counts. Without Redis nobody is refused: the signature and the time still hold.
"""

import hashlib
import time
from dataclasses import dataclass

import redis

from models.intake.distress import distress_in
from models.intake.wording import fold
from webhook import wording
from webhook.brisk_redis import BriskRedis
from webhook.wechat.protocol import FRESHNESS_SECONDS, Incoming, RefusedError

# Messages a minute: one person's, and those of everybody together.
OF_ONE = 60
OF_ALL = 12_000
# Who complains of a wrong is heard, however busy we are (plan 三(八): 维权绿色通道).
_RIGHTS = ("维权", "投诉", "举报", "欠薪", "拖欠", "讨薪", "工伤", "法律援助", "仲裁", "不给钱")
_MINUTE = 60
_EVERYBODY = ""
_Told = tuple[bytes | None, int, int]


@dataclass(frozen=True)
class Signed:
    """A signature with its nonce, and the body that came with it."""

    signature: str
    nonce: str
    body: bytes

    @property
    def key(self) -> str:
        """What it is remembered under."""
        return f"wechat:signed:{self.signature}:{self.nonce[:64]}"

    @property
    def seen(self) -> bytes:
        """What tells its body from another."""
        return hashlib.sha256(self.body).digest()


class Limits:
    """Counts requests of the callback.

    Args:
        brisk: Redis.
        is_counting: whether floods are refused (``RATELIMIT_ENABLED``).
    """

    def __init__(self, brisk: BriskRedis, *, is_counting: bool) -> None:
        self._redis = brisk
        self._is_counting = is_counting

    def admit(self, incoming: Incoming, signed: Signed | None) -> str | None:
        """Count a request; return the kind words for somebody who is over a limit, else None.

        In plain mode the signature does not cover the body: who saw one request could send words
        of their own with it while it is fresh. WeChat's repeats carry the same body.

        Args:
            incoming: what came.
            signed: the signature and what came with it; None where it covers the body.

        Raises:
            RefusedError: this signature has come before with another body.
        """
        counts = self._is_counting and not _is_exempt(incoming)
        if not counts and signed is None:
            return None
        whose = incoming.openid if counts else None
        unknown: _Told = (None, 0, 0)
        was, of_one, of_all = self._redis.ask(lambda one: _asked(one, signed, whose), unknown)
        if signed is not None and was is not None and was != signed.seen:
            raise RefusedError("replayed")
        if of_one > OF_ONE:
            return wording.TOO_FAST
        return wording.TOO_BUSY if of_all > OF_ALL else None


def _asked(client: redis.Redis, signed: Signed | None, openid: str | None) -> _Told:
    """Return what came with the signature before, and how much this minute has brought.

    Args:
        client: Redis; asked once.
        signed: the signature; None where it need not be looked at.
        openid: whose message is counted; None where none is.
    """
    pipe = client.pipeline(transaction=False)
    if signed is not None:
        # Twice the freshness: a clock may be off in either direction.
        pipe.set(signed.key, signed.seen, ex=2 * FRESHNESS_SECONDS, nx=True, get=True)
    if openid is not None:
        minute = f"wechat:count:{int(time.time()) // _MINUTE}"
        pipe.hincrby(minute, openid, 1)
        pipe.hincrby(minute, _EVERYBODY, 1)
        pipe.expire(minute, 2 * _MINUTE)
    told = pipe.execute()
    was = told.pop(0) if signed is not None else None
    of_one, of_all = told[:2] if openid is not None else (0, 0)
    return was, int(of_one), int(of_all)


def _is_exempt(incoming: Incoming) -> bool:
    return incoming.inbound.kind == "event" or _is_urgent(incoming.inbound.text)


def _is_urgent(text: str) -> bool:
    said = fold(text)
    return any(word in said for word in _RIGHTS) or bool(distress_in(text))
