"""Wake: how a thread that waits hears, on any machine, that it is worth looking again.

Redis carries the word. Without Redis a waiter looks again every fifth of a second, so nothing
depends on it but the time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from webhook.brisk_redis import BriskRedis

_LOOK_AGAIN = 0.2
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

    def __init__(self, brisk: BriskRedis) -> None:
        self._redis = brisk

    def ring(self, name: str, word: str = _RING) -> None:
        """Tell all who listen to `name` to look again."""
        self._redis.ask(lambda client: client.publish(name, word), 0)

    @contextmanager
    def listening(self, name: str) -> Iterator[Bell]:
        """Listen from now on; look at the state after entering, then wait."""
        pubsub = self._redis.ask(lambda client: _subscribed(client, name), None)
        try:
            yield Bell(pubsub)
        finally:
            if pubsub is not None:
                pubsub.close()


def _subscribed(client: redis.Redis, name: str) -> "redis.client.PubSub":
    pubsub = client.pubsub()
    try:
        pubsub.subscribe(name)
    except redis.RedisError:
        pubsub.close()
        raise
    return pubsub
