"""The tracker store forgets old turns and nothing that a turn needs."""

import asyncio
import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from rasa.core.tracker_store import RedisTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components import trackers
from bot.components.trackers import RecentTrackerStore

_DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet, inform]
entities: []
slots:
  district:
    type: text
    influence_conversation: false
    mappings:
    - type: custom
actions: [action_inform]
""")


class FakeRedis:
    """As much of Redis as both stores use."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.expiries: dict[str, float | None] = {}
        self.reads = 0

    def get(self, key: str) -> str | None:
        self.reads += 1
        return self.values.get(key)

    def set(self, key: str, value: str, ex: float | None = None) -> None:
        self.values[key] = value
        self.expiries[key] = ex

    def scan_iter(self, pattern: str) -> list[bytes]:
        return [key.encode() for key in self.values]


@pytest.fixture
def memory() -> Iterator[FakeRedis]:
    fake = FakeRedis()
    with (
        patch.object(trackers.redis.Redis, "from_url", return_value=fake),
        patch("redis.StrictRedis", return_value=fake),
    ):
        yield fake


def start(tracker: DialogueStateTracker) -> None:
    tracker.update(ActionExecuted("action_session_start"), _DOMAIN)
    tracker.update(SessionStarted(), _DOMAIN)
    tracker.update(ActionExecuted("action_listen"), _DOMAIN)


def turn(tracker: DialogueStateTracker, number: int) -> None:
    intent = {"name": "inform", "confidence": 0.9}
    parse_data = {"normalised_text": f"答{number}"}
    tracker.update(UserUttered(f"答{number}", intent, [], parse_data), _DOMAIN)
    tracker.update(ActionExecuted("action_inform"), _DOMAIN)
    tracker.update(BotUttered(f"问{number}"), _DOMAIN)
    tracker.update(ActionExecuted("action_listen"), _DOMAIN)


def converse(store: RecentTrackerStore | RedisTrackerStore, sender: str, turns: int) -> None:
    """Run turns the way Rasa does: read, add, write."""

    async def run() -> None:
        for number in range(turns):
            tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
            if not tracker.events:
                start(tracker)
            turn(tracker, number)
            await store.save(tracker)

    asyncio.run(run())


def recall(store: RecentTrackerStore | RedisTrackerStore, sender: str) -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve(sender))
    assert tracker is not None
    return tracker


@pytest.mark.parametrize("turns", range(1, 13))
def test_a_turn_sees_what_it_sees_with_the_stock_store(memory: FakeRedis, turns: int) -> None:
    stock, ours = RedisTrackerStore(_DOMAIN), RecentTrackerStore(_DOMAIN)
    converse(stock, "stock", turns)
    converse(ours, "ours", turns)
    expected, seen = recall(stock, "stock"), recall(ours, "ours")
    assert seen.latest_message.text == expected.latest_message.text
    assert seen.latest_message.parse_data == expected.latest_message.parse_data
    assert seen.latest_action_name == expected.latest_action_name
    assert seen.latest_bot_utterance.text == expected.latest_bot_utterance.text
    assert seen.past_states(_DOMAIN)[-2:] == expected.past_states(_DOMAIN)[-2:]
    assert seen.applied_events()


def test_size_is_bounded(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN)
    converse(store, "short", 6)
    converse(store, "long", 60)
    short, long = len(memory.values["tracker:short"]), len(memory.values["tracker:long"])
    assert long <= 1.05 * short


def test_writing_does_not_read(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN)
    converse(store, "person", 3)
    assert memory.reads == 3


def test_an_old_session_is_dropped(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN)
    converse(store, "person", 3)
    tracker = recall(store, "person")
    start(tracker)
    turn(tracker, 99)
    asyncio.run(store.save(tracker))
    texts = [
        event.text for event in recall(store, "person").events if isinstance(event, UserUttered)
    ]
    assert texts == ["答99"]


def test_slots_outlive_the_turn_that_set_them(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN)
    converse(store, "person", 1)
    tracker = recall(store, "person")
    tracker.update(SlotSet("district", "铁西"), _DOMAIN)
    asyncio.run(store.save(tracker))
    converse(store, "person", 10)
    assert recall(store, "person").get_slot("district") == "铁西"


def test_expiry_and_keys(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN, expiry_seconds=60)
    converse(store, "person", 1)
    assert memory.expiries["tracker:person"] == 60
    assert asyncio.run(store.keys()) == ["person"]
    assert asyncio.run(store.retrieve("nobody")) is None


def test_a_late_turn_costs_what_an_early_one_costs(memory: FakeRedis) -> None:
    store = RecentTrackerStore(_DOMAIN)
    converse(store, "person", 5)
    early = time.process_time()
    converse(store, "person", 20)
    early = time.process_time() - early
    converse(store, "person", 300)
    late = time.process_time()
    converse(store, "person", 20)
    late = time.process_time() - late
    assert late < 2 * early


def test_without_redis_a_conversation_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    store = RecentTrackerStore(_DOMAIN, "redis://127.0.0.1:9/0")
    converse(store, "alone", 2)
    assert asyncio.run(store.retrieve("alone")) is None
    # Once Redis is back, and its rest is over, turns are remembered.
    fake = FakeRedis()
    monkeypatch.setattr(store, "_redis", fake)
    assert asyncio.run(store.retrieve("alone")) is None
    assert not fake.reads
    monkeypatch.setattr(store, "_rests_until", time.monotonic())
    converse(store, "alone", 1)
    assert recall(store, "alone").latest_message.text == "答0"
