"""The lease that keeps a conversation's order, and the positions of its messages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models.contact import meet_contact
from models.conversation import lock_conversation, open_conversation
from models.database import Database, utc_now
from models.message import (
    Author,
    Inbound,
    Message,
    history,
    next_waiting,
    overdue_conversations,
    record_inbound,
    record_reply,
)
from models.reply import Reply

MINUTE = timedelta(minutes=1)


def hear(database: Database, key: str, person: str = "someone") -> int:
    with database.unit_of_work() as session:
        contact = meet_contact(session, "web", "", person)
        conversation = open_conversation(session, contact.id)
        message = record_inbound(
            session, conversation, Inbound(key, text="问"), safe_text="问", awaited_until=utc_now()
        )
        return message.id


def test_one_owner_at_a_time(database: Database) -> None:
    hear(database, "a")

    def take(owner: str) -> bool:
        with database.unit_of_work() as session:
            return lock_conversation(session, 1).take_lease(owner, MINUTE)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, [f"owner-{n}" for n in range(8)])) == 1


def test_a_lease_ends_by_itself_or_by_its_owner(database: Database) -> None:
    hear(database, "a")
    with database.unit_of_work() as session:
        conversation = lock_conversation(session, 1)
        assert conversation.take_lease("first", -MINUTE)
        assert conversation.take_lease("second", MINUTE)
        conversation.drop_lease("first")
        assert conversation.take_lease("second", MINUTE)
        assert not conversation.take_lease("third", MINUTE)
        conversation.drop_lease("second")
        assert conversation.take_lease("third", MINUTE)


def test_positions_follow_arrival_without_gaps(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: hear(database, f"key-{n}"), range(18)))
    with database.reading() as session:
        assert [message.position for message in history(session, 1)] == list(range(1, 19))


def test_the_same_person_met_by_many_at_once_is_one(database: Database) -> None:
    def meet(_: int) -> int:
        with database.unit_of_work() as session:
            return meet_contact(session, "wechat", "gh", "openid").id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(meet, range(12)))) == 1


def test_a_message_is_stored_once_and_answered_once(database: Database) -> None:
    hear(database, "a")
    with pytest.raises(IntegrityError):
        hear(database, "a")
    with database.unit_of_work() as session:
        asked = session.get_one(Message, 1)
        record_reply(session, open_conversation(session, 1), asked, Reply("答"), Author.BOT)
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        asked = session.get_one(Message, 1)
        record_reply(session, open_conversation(session, 1), asked, Reply("又答"), Author.BOT)


def test_the_oldest_waiting_message_is_next(database: Database) -> None:
    hear(database, "a")
    hear(database, "b")
    with database.unit_of_work() as session:
        first = next_waiting(session, 1)
        assert first is not None
        assert first.source_key == "a"
        record_reply(session, open_conversation(session, 1), first, Reply("答"), Author.BOT)
        second = next_waiting(session, 1)
        assert second is not None
        assert second.source_key == "b"


def test_the_sweep_finds_what_nobody_is_at(database: Database) -> None:
    hear(database, "a", "one")
    hear(database, "b", "other")
    with database.unit_of_work() as session:
        lock_conversation(session, 2).take_lease("busy", MINUTE)
    with database.reading() as session:
        assert overdue_conversations(session, timedelta(0)) == [1]
        assert overdue_conversations(session, MINUTE) == []
