"""Tracker store whose cost does not grow with the conversation.

Rasa's own Redis store reads the whole history twice a turn and, after the first session, compares
every new event with every old one. This assistant needs the last turn only: a rule looks at
one, and the drafts of services live in our own database.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import redis
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

logger = logging.getLogger(__name__)

_KEY_PREFIX = "tracker:"
# Redis is on the same machine or the next; who hangs longer is as good as away.
_TIMEOUT_SECONDS = 0.5
_REST_SECONDS = 3.0
_Told = TypeVar("_Told")


class RecentTrackerStore(TrackerStore):
    """Keeps the last turns of the current session in Redis, for a while.

    Whoever needs the full story reads the messages in our database. Writing is one ``SET``
    without reading first: the webhook hands over one message of a conversation at a time.
    Set slots are carried over; forms and pauses, which this assistant does not use, are not.

    Without Redis a conversation begins anew with every message. That is no harm: a rule needs the
    message at hand alone, and the forms are not kept here.

    Args:
        domain: the assistant's domain.
        host: Redis URL; Rasa hands the ``url`` of ``endpoints.yml`` over under this name.
        event_broker: where new events are published, if anywhere.
        turns: how many user messages are kept.
        expiry_seconds: how long a silent conversation is remembered.
    """

    def __init__(
        self,
        domain: Domain | None,
        host: str = "redis://127.0.0.1:6379/0",
        event_broker: EventBroker | None = None,
        turns: int = 1,
        expiry_seconds: int = 48 * 3600,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._redis = redis.Redis.from_url(
            host, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        self._turns = turns
        self._expiry_seconds = expiry_seconds
        self._rests_until = 0.0

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the recent part of the tracker and start its expiry anew."""
        await self.stream_events(tracker)
        recent = Dialogue(tracker.sender_id, self._recent_events(tracker))
        key, kept = _KEY_PREFIX + tracker.sender_id, json.dumps(recent.as_dict())
        self._ask(lambda: self._redis.set(key, kept, ex=self._expiry_seconds))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the recent part of a conversation, or ``None`` if nothing is remembered."""
        stored = self._ask(lambda: self._redis.get(_KEY_PREFIX + sender_id))
        return None if stored is None else self.deserialise_tracker(sender_id, stored)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all remembered conversations."""
        return [
            key.decode().removeprefix(_KEY_PREFIX)
            for key in self._redis.scan_iter(_KEY_PREFIX + "*")
        ]

    def _ask(self, question: Callable[[], _Told]) -> _Told | None:
        """Ask Redis; ``None`` while it is away. It is left alone for a moment then."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            return question()
        except redis.RedisError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            logger.warning("Trackers are not remembered: %s.", type(error).__name__)
            return None

    def _recent_events(self, tracker: DialogueStateTracker) -> list[Event]:
        events = list(tracker.events)
        start = _start_of_session(events)
        messages = [
            position
            for position, event in enumerate(events)
            if position >= start and isinstance(event, UserUttered)
        ]
        if len(messages) <= self._turns:
            return events[start:]
        start = messages[-self._turns]
        # A turn begins with the listening that waited for the message.
        while start and _is_listening(events[start - 1]):
            start -= 1
        slots: list[Event] = [
            SlotSet(slot.name, slot.value, timestamp=events[start].timestamp)
            for slot in tracker.slots.values()
            if slot.value != slot.initial_value
        ]
        return slots + events[start:]


def _start_of_session(events: list[Event]) -> int:
    for position in range(len(events) - 1, 0, -1):
        if isinstance(events[position], SessionStarted):
            # The action that started the session stands right before it.
            return position - 1
    return 0


def _is_listening(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
