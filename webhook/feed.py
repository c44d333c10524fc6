"""Feed: rings on every machine when there are changes to read, and when a colleague is writing.

The changes themselves lie in the database (`models.change`); Redis only says that it is worth
looking. Without Redis a reader looks by itself, so nothing depends on it but the time.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.change import has_changed
from models.database import Database

log = structlog.get_logger()

CHANNEL = "changes"
_REST = 5.0
_LOOK_AGAIN = 0.2


class FeedBell:
    """What a reader holds: `wait` returns when it is worth looking again."""

    def __init__(self, pubsub: "redis.client.PubSub | None") -> None:
        self._pubsub = pubsub

    def wait(self, seconds: float) -> dict[str, Any] | None:
        """Sleep until there is something, `seconds` at most; return a typing sign if it is one."""
        if self._pubsub is None:
            time.sleep(min(seconds, _LOOK_AGAIN))
            return None
        try:
            heard = self._pubsub.get_message(ignore_subscribe_messages=True, timeout=seconds)
        except redis.RedisError:
            self._pubsub = None
            return None
        return json.loads(heard["data"]) if heard and heard["data"] != b"1" else None


class Feed:
    """Rings after every commit of this process that wrote changes.

    Args:
        database: whose commits.
        client: fails at once when Redis is away.
    """

    def __init__(self, database: Database, client: "redis.Redis") -> None:
        self._redis = client
        self._rests_until = 0.0
        self._engine = database.engine
        event.listen(Session, "after_commit", self._committed)

    def close(self) -> None:
        """Stop listening to commits."""
        event.remove(Session, "after_commit", self._committed)

    def typing(self, conversation_id: int, staff_id: int) -> None:
        """Tell open consoles that somebody of the staff is writing; nothing is stored."""
        self._publish(
            json.dumps({"kind": "typing", "conversation": conversation_id, "staff": staff_id})
        )

    @contextmanager
    def listening(self) -> Iterator[FeedBell]:
        """Listen from now on; look at the changes after entering, then wait."""
        pubsub = self._redis.pubsub()
        try:
            pubsub.subscribe(CHANNEL)
            bell = FeedBell(pubsub)
        except redis.RedisError as error:
            log.warning("feed.redis_away", error=type(error).__name__)
            bell = FeedBell(None)
        try:
            yield bell
        finally:
            pubsub.close()

    def _committed(self, session: Session) -> None:
        if session.bind is self._engine and has_changed(session):
            self._publish("1")

    def _publish(self, word: str) -> None:
        if time.monotonic() < self._rests_until:
            return
        try:
            self._redis.publish(CHANNEL, word)
        except redis.RedisError as error:
            # A Redis that is away must not hold back commits, one by one.
            self._rests_until = time.monotonic() + _REST
            log.warning("feed.redis_away", error=type(error).__name__)
