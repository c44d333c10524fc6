"""Notices: noted with what they tell of, told once, safe to read, gone when erased."""

import threading

import pytest
from sqlalchemy import select

from models.catalogue.loader import load_catalogue
from models.conversation import open_conversation
from models.database import Database
from models.message import NOTICE, Author, Message, last_outbound, record_said
from models.notification import (
    Notification,
    notices_of,
    notify,
    say,
    unsaid,
)
from models.person.erasure import erase_person
from models.reply import Choice, Reply
from tests.models.staffing import talk


def told(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Message.text).where(Message.kind == NOTICE)))


def say_all(database: Database) -> None:
    with database.unit_of_work() as session:
        for notification_id, contact_id in unsaid(session):
            say(session, open_conversation(session, contact_id), notification_id)


def test_a_notice_is_of_the_service_and_told_once_for_each_key(database: Database) -> None:
    with database.unit_of_work() as session:
        person = talk(session, "person").contact_id
        assert notify(session, person, "批准了。", key="request:1:granted")
        assert not notify(session, person, "批准了。", key="request:1:granted")
    with database.unit_of_work() as session:
        assert not notify(session, person, "批准了。", key="request:1:granted")
    say_all(database)
    say_all(database)
    with database.reading() as session:
        (message,) = notices_of(session, person)
        assert (message.text, message.author) == ("批准了。", Author.SYSTEM)


def test_what_is_rolled_back_is_not_told(database: Database) -> None:
    with pytest.raises(RuntimeError), database.unit_of_work() as session:
        notify(session, talk(session, "person").contact_id, "批准了。", key="k")
        raise RuntimeError
    say_all(database)
    assert told(database) == []


def test_many_at_once_tell_it_once(database: Database) -> None:
    with database.unit_of_work() as session:
        person = talk(session, "person").contact_id
    start = threading.Barrier(4)
    new: list[bool] = []

    def tell() -> None:
        start.wait()
        with database.unit_of_work() as session:
            new.append(notify(session, person, "批准了。", key="k"))

    def speak() -> None:
        start.wait()
        say_all(database)

    for work in (tell, speak):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        start.reset()
    assert sorted(new) == [False, False, False, True]
    assert told(database) == ["批准了。"]


def test_private_values_in_a_notice_are_kept_as_tokens(database: Database) -> None:
    with database.unit_of_work() as session:
        person = talk(session, "person").contact_id
        notify(session, person, "原因：手机号13812345678打不通。", key="k")
    with database.reading() as session:
        assert "13812345678" not in str(session.scalars(select(Notification.words)).one())


def test_a_notice_is_no_part_of_the_talk(database: Database) -> None:
    with database.unit_of_work() as session:
        conversation = talk(session, "person")
        asked = Reply("要哪个？", (Choice("甲", "/a"), Choice("乙", "/b")))
        record_said(session, conversation, asked, Author.BOT)
        notify(session, conversation.contact_id, "批准了。", key="k")
    say_all(database)
    with database.reading() as session:
        said = last_outbound(session, conversation.id)
        assert said is not None
        assert said.reply == asked


def test_erasing_blanks_what_was_told_and_drops_what_was_not(database: Database) -> None:
    with database.unit_of_work() as session:
        person = talk(session, "person").contact_id
        other = talk(session, "other").contact_id
        notify(session, person, "批准了。", key="1")
        notify(session, other, "别人的。", key="2")
    say_all(database)
    with database.unit_of_work() as session:
        notify(session, person, "发放了。", key="3")
        erase_person(session, load_catalogue(), [person])
    say_all(database)
    assert sorted(told(database)) == sorted(["（已应本人要求删除）", "别人的。"])
