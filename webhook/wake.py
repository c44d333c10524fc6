"""Wake: how a thread that waits hears, on any machine, that it is worth looking again.

Redis carries the word. Without Redis a waiter looks again every fifth of a second, so nothing
depends on it but the time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
import structlog

log = structlog.get_logger()

_LOOK_AGAIN = 0.2
_REST = 5.0
_RING = "1"


class Bell:
    """What a waiter holds: `wait` returns when it is worth looking again."""

    def __init__(self, pubsub: "redis.client.PubSub | None") -> None:
        self._pubsub = pubsub

    @property
    def is_broken(self) -> bool:
        """Whether it will ring no more: Redis was or is away."""
        return self._pubsub is None

    def wait(self, seconds: float) -> str | None:
        """Sleep until the bell rings, `seconds` at most; return what it said, if that is a word."""
        if seconds <= 0:
            return None
        if self._pubsub is None:
            time.sleep(min(seconds, _LOOK_AGAIN))
            return None
        try:
            heard = self._pubsub.get_message(
                ignore_subscribe_messages=True, timeout=min(seconds, 1.0)
            )
        except redis.RedisError:
            self._pubsub = None
            return None
        word = heard["data"].decode() if heard else _RING
        return None if word == _RING else word


class Wake:
    """Rings bells by their names."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._rests_until = 0.0

    def ring(self, name: str, word: str = _RING) -> None:
        """Tell all who listen to `name` to look again."""
        if self._rests:
            return
        try:
            self._redis.publish(name, word)
        except redis.RedisError as error:
            self._rest(error)

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, error: redis.RedisError) -> None:
        """Leave a Redis that hangs or is away alone for a while: nobody must wait for it."""
        self._rests_until = time.monotonic() + _REST
        log.warning("wake.redis_away", error=type(error).__name__)

    @contextmanager
    def listening(self, name: str) -> Iterator[Bell]:
        """Listen from now on; look at the state after entering, then wait."""
        if self._rests:
            yield Bell(None)
            return
        pubsub = self._redis.pubsub()
        try:
            pubsub.subscribe(name)
            bell = Bell(pubsub)
        except redis.RedisError as error:
            self._rest(error)
            bell = Bell(None)
        try:
            yield bell
        finally:
            pubsub.close()
