"""Limits of the callback: no request twice with other words, and no flood.

Redis counts. Without Redis nobody is refused: the signature and the time still hold.
"""

import hashlib
import time

import redis
import structlog

from models.intake.distress import distress_in
from models.intake.wording import fold
from webhook import wording
from webhook.wechat.protocol import FRESHNESS_SECONDS, Incoming

log = structlog.get_logger()

# Messages a minute: one person's, and those of everybody together.
OF_ONE = 60
OF_ALL = 12_000
# Who complains of a wrong is heard, however busy we are (plan 三(八): 维权绿色通道).
_RIGHTS = ("维权", "投诉", "举报", "欠薪", "拖欠", "讨薪", "工伤", "法律援助", "仲裁", "不给钱")
_MINUTE = 60


class Limits:
    """Counts requests of the callback.

    Args:
        client: Redis; one that fails at once.
        is_counting: whether floods are refused (``RATELIMIT_ENABLED``).
    """

    def __init__(self, client: "redis.Redis", *, is_counting: bool) -> None:
        self._redis = client
        self._is_counting = is_counting

    def is_replay(self, signature: str, nonce: str, body: bytes) -> bool:
        """Whether this signature has come before with another body.

        In plain mode the signature does not cover the body: who saw one request could send
        words of their own with it while it is fresh. WeChat's repeats carry the same body.
        """
        key = f"wechat:signed:{signature}:{nonce[:64]}"
        seen = hashlib.sha256(body).digest()
        try:
            # Twice the freshness: a clock may be off in either direction.
            was = self._redis.set(key, seen, ex=2 * FRESHNESS_SECONDS, nx=True, get=True)
        except redis.RedisError as error:
            log.warning("wechat.redis_away", error=type(error).__name__)
            return False
        return was is not None and was != seen

    def refusal(self, incoming: Incoming) -> str | None:
        """Return the kind words for somebody who is over a limit; None for everybody else."""
        inbound = incoming.inbound
        if not self._is_counting or inbound.kind == "event" or _is_urgent(inbound.text):
            return None
        minute = int(time.time()) // _MINUTE
        keys = [f"wechat:count:{minute}:{incoming.openid}", f"wechat:count:{minute}"]
        try:
            pipe = self._redis.pipeline(transaction=False)
            for key in keys:
                pipe.incr(key)
                pipe.expire(key, 2 * _MINUTE)
            of_one, _, of_all, _ = pipe.execute()
        except redis.RedisError as error:
            log.warning("wechat.redis_away", error=type(error).__name__)
            return None
        if of_one > OF_ONE:
            return wording.TOO_FAST
        return wording.TOO_BUSY if of_all > OF_ALL else None


def _is_urgent(text: str) -> bool:
    said = fold(text)
    return any(word in said for word in _RIGHTS) or bool(distress_in(text))
