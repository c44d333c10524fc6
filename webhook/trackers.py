"""Deletes from Redis what Rasa remembers of talks that are to be forgotten."""

from collections.abc import Iterable

import redis

from models.database import Database
from models.tracker import PREFIX, due, forgotten


def delete_trackers(client: redis.Redis, keys: Iterable[str]) -> None:
    """Delete what lies under these keys now; a turn under way may still write there."""
    names = [PREFIX + key for key in keys]
    if names:
        client.delete(*names)


def forget_due(database: Database, client: redis.Redis) -> int:
    """Delete every tracker whose time has come; without Redis they wait. Returns how many."""
    with database.reading() as session:
        keys = due(session)
    if not keys:
        return 0
    try:
        delete_trackers(client, keys)
    except redis.RedisError:
        return 0
    with database.unit_of_work() as session:
        forgotten(session, keys)
    return len(keys)
