"""Redis for what only saves time or counts: nobody waits for it when it hangs or is away.

A Redis that is stopped refuses at once, one that hangs lets everybody wait. So it gets a third of
a second, and is left alone for a while when it did not answer.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger()

_PATIENCE = 0.3
_REST = 5.0
_Told = TypeVar("_Told")


def connect_redis(url: str, patience: float = 5.0) -> redis.Redis:
    """Return a client that fails at once when Redis is away, and after `patience` when it hangs.

    By default the client would try again for seconds, and a person would wait for what only
    saves time.
    """
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=min(1.0, patience),
        socket_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )


class BriskRedis:
    """Asks Redis, and goes on without it.

    Args:
        url: ``REDIS_URL``.
    """

    def __init__(self, url: str) -> None:
        self._client = connect_redis(url, _PATIENCE)
        self._rests_until = 0.0

    def ask(self, question: Callable[[redis.Redis], _Told], otherwise: _Told) -> _Told:
        """Return what Redis says to the question; `otherwise` while it is away or hangs."""
        if time.monotonic() < self._rests_until:
            return otherwise
        try:
            return question(self._client)
        except redis.RedisError as error:
            self._rests_until = time.monotonic() + _REST
            log.warning("redis.away", error=type(error).__name__)
            return otherwise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
