"""Tracker store that keeps nothing: each message stands for itself.

A rule needs the message at hand alone, and the drafts of services, like every word that was said,
live in our own database. So nothing is read or written for a turn, its cost does not grow with the
conversation, and no words of a person lie in a second place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker


class PassingTrackerStore(TrackerStore):
    """Hands out a tracker that listens, and lets it go when the turn is over.

    Slots, forms and pauses, which this assistant does not use, would not last.

    Args:
        domain: the assistant's domain.
        event_broker: where new events are published, if anywhere.
    """

    def __init__(
        self, domain: Domain | None, event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Publish what happened, where a broker is set; keep nothing."""
        await self.stream_events(tracker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """Return a tracker in which nothing has been said yet.

        It is listening already: an empty one would be taken for a new session, and Rasa would run
        an action of its own to start it.
        """
        tracker = self.init_tracker(sender_id)
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def keys(self) -> Iterable[str]:
        """Return the ids of all remembered conversations: there are none."""
        return []
