"""Each message stands for itself: nothing of a talk stays with Rasa."""

import asyncio

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from bot.components.trackers import PassingTrackerStore

_DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
actions: [action_inform]
""")


def test_a_conversation_begins_anew_with_every_message() -> None:
    async def talk() -> None:
        store = PassingTrackerStore(_DOMAIN)
        first = await store.get_or_create_tracker("somebody", append_action_listen=False)
        first.update(UserUttered("我叫王芳", {"name": "greet"}), _DOMAIN)
        await store.save(first)
        again = await store.get_or_create_tracker("somebody", append_action_listen=False)
        assert again.latest_message is not None
        assert again.latest_message.text is None
        assert list(await store.keys()) == []
        assert await store.exists("somebody")

    asyncio.run(talk())


def test_a_new_tracker_listens_so_that_rasa_starts_no_session() -> None:
    async def begin() -> None:
        tracker = await PassingTrackerStore(_DOMAIN).retrieve("somebody")
        assert tracker.latest_action_name == "action_listen"
        assert tracker.applied_events()

    asyncio.run(begin())
