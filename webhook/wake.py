"""Wake: how a thread that waits for another one's answer hears of it, on any machine.

Redis carries the word. Without Redis a waiter looks again every fifth of a second, so nothing
depends on it but the time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog

log = structlog.get_logger()

_PREFIX = "answered:"
_LOOK_AGAIN = 0.2
_REST = 5.0


class Bell:
    """What a waiter holds: `wait` returns when it is worth looking again."""

    def __init__(self, pubsub: "redis.client.PubSub | None") -> None:
        self._pubsub = pubsub

    def wait(self, seconds: float) -> None:
        """Sleep until the bell rings, `seconds` at most."""
        if seconds <= 0:
            return
        if self._pubsub is None:
            time.sleep(min(seconds, _LOOK_AGAIN))
            return
        try:
            self._pubsub.get_message(ignore_subscribe_messages=True, timeout=min(seconds, 1.0))
        except redis.RedisError:
            self._pubsub = None


class Wake:
    """Rings for conversations in which something was answered."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._rests_until = 0.0

    def ring(self, conversation_id: int) -> None:
        """Tell all waiters of a conversation to look again."""
        if self._rests:
            return
        try:
            self._redis.publish(f"{_PREFIX}{conversation_id}", b"1")
        except redis.RedisError as error:
            self._rest(error)

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, error: redis.RedisError) -> None:
        """Leave a Redis that hangs or is away alone for a while: answers must not wait for it."""
        self._rests_until = time.monotonic() + _REST
        log.warning("wake.redis_away", error=type(error).__name__)

    @contextmanager
    def listening(self, conversation_id: int) -> Iterator[Bell]:
        """Listen from now on; look at the state after entering, then wait."""
        if self._rests:
            yield Bell(None)
            return
        pubsub = self._redis.pubsub()
        try:
            pubsub.subscribe(f"{_PREFIX}{conversation_id}")
            bell = Bell(pubsub)
        except redis.RedisError as error:
            self._rest(error)
            bell = Bell(None)
        try:
            yield bell
        finally:
            pubsub.close()
