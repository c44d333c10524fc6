"""Limits of the callback: no request twice with other words, and no flood.

Redis counts. Without Redis nobody is refused: the signature and the time still hold.
"""

import hashlib
import time

import redis

from models.intake.distress import distress_in
from models.intake.wording import fold
from webhook import wording
from webhook.brisk_redis import BriskRedis
from webhook.wechat.protocol import FRESHNESS_SECONDS, Incoming

# Messages a minute: one person's, and those of everybody together.
OF_ONE = 60
OF_ALL = 12_000
# Who complains of a wrong is heard, however busy we are (plan 三(八): 维权绿色通道).
_RIGHTS = ("维权", "投诉", "举报", "欠薪", "拖欠", "讨薪", "工伤", "法律援助", "仲裁", "不给钱")
_MINUTE = 60


class Limits:
    """Counts requests of the callback.

    Args:
        brisk: Redis.
        is_counting: whether floods are refused (``RATELIMIT_ENABLED``).
    """

    def __init__(self, brisk: BriskRedis, *, is_counting: bool) -> None:
        self._redis = brisk
        self._is_counting = is_counting

    def is_replay(self, signature: str, nonce: str, body: bytes) -> bool:
        """Whether this signature has come before with another body.

        In plain mode the signature does not cover the body: who saw one request could send
        words of their own with it while it is fresh. WeChat's repeats carry the same body.
        """
        key = f"wechat:signed:{signature}:{nonce[:64]}"
        seen = hashlib.sha256(body).digest()
        # Twice the freshness: a clock may be off in either direction.
        lasts = 2 * FRESHNESS_SECONDS
        was = self._redis.ask(lambda one: one.set(key, seen, ex=lasts, nx=True, get=True), None)
        return was is not None and was != seen

    def refusal(self, incoming: Incoming) -> str | None:
        """Return the kind words for somebody who is over a limit; None for everybody else."""
        inbound = incoming.inbound
        if not self._is_counting or inbound.kind == "event" or _is_urgent(inbound.text):
            return None
        minute = int(time.time()) // _MINUTE
        keys = [f"wechat:count:{minute}:{incoming.openid}", f"wechat:count:{minute}"]
        of_one, of_all = self._redis.ask(lambda one: _counted(one, keys), [0, 0])
        if of_one > OF_ONE:
            return wording.TOO_FAST
        return wording.TOO_BUSY if of_all > OF_ALL else None


def _counted(client: redis.Redis, keys: list[str]) -> list[int]:
    """Count one more under each key; return the counts."""
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.incr(key)
        pipe.expire(key, 2 * _MINUTE)
    return [int(count) for count in pipe.execute()[::2]]


def _is_urgent(text: str) -> bool:
    said = fold(text)
    return any(word in said for word in _RIGHTS) or bool(distress_in(text))
