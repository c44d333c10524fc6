"""Turns: once, together with their answer, and never silent."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from rasa_sdk import Tracker
from sqlalchemy import text

from bot.actions.topic import Call, Desk, Reply, Response, Spoken, call_of
from bot.actions.turns import OutOfOrderError
from models.catalogue import load_catalogue
from models.database import Database
from models.intake.turn import Heard
from models.knowledge.search import Knowledge
from models.message import kept_turn
from models.reply import Choice
from tests.bot.actions.dialogue import Person, turn_taker

ANSWERS = ("王芳", "13800000000", "沈阳铁西", "保洁", "周末有空")


@pytest.fixture
def anywhere(database: Database) -> Iterator[Person]:
    """Somebody on each kind of database there is."""
    somebody = Person(Desk(database, load_catalogue(), Knowledge(database, None)))
    yield somebody
    somebody.leaves()


def test_a_whole_form_on_every_database(anywhere: Person) -> None:
    anywhere.begins()
    anywhere.fills(*ANSWERS)
    assert "LG" in anywhere.says("对").text
    assert len(anywhere.registrations) == 1
    assert "删好了" in (anywhere.says("删除我的信息", "my_data"), anywhere.says("1"))[1].text
    assert anywhere.registrations == []


def test_the_same_turn_on_many_servers_at_once_has_one_effect(anywhere: Person) -> None:
    anywhere.begins()
    anywhere.fills(*ANSWERS)
    call = anywhere.record("对")
    start = threading.Barrier(4)
    said = []

    def serve(desk: Desk) -> None:
        turns = turn_taker(desk)
        start.wait(10)
        said.append(turns.take(call))

    moved = [anywhere.elsewhere().desk for _ in range(4)]
    threads = [threading.Thread(target=serve, args=[desk]) for desk in moved]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(said) == 4
    assert len({str(one) for one in said}) == 1
    assert len(anywhere.registrations) == 1


def test_a_turn_that_begins_a_form_says_which_and_once(person: Person) -> None:
    def begun(text: str, intent: str) -> str:
        person.says(text, intent)
        assert person.call is not None and person.call.message_id is not None
        with person.desk.database.reading() as session:
            kept = kept_turn(session, person.call.message_id)
        return "" if kept is None else kept.begins

    start = "start_gig_registration"
    assert begun("我要登记打零工", start) == "gig_registration"
    assert begun("同意", "affirm") == ""
    assert begun("我要登记打零工", start) == ""


def test_a_turn_is_kept_with_its_effect_and_only_then(person: Person) -> None:
    person.says("你好", "greet")
    assert person.call is not None
    assert person.call.message_id is not None
    with person.desk.database.reading() as session:
        assert kept_turn(session, person.call.message_id) is None
    asked = person.says("我想登记零工", "start_gig_registration")
    with person.desk.database.reading() as session:
        kept = kept_turn(session, person.call.message_id)
    assert kept == Reply(asked.text, asked.choices, "gig_registration")


def test_what_goes_wrong_is_said_kindly_and_logged_without_words(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("王芳 13800000000")

    monkeypatch.setattr("bot.actions.turns.decide", fail)
    with structlog.testing.capture_logs() as logs:
        answered = person.says("我叫王芳，13800000000")
    assert "抱歉" in answered.text
    assert answered.titles == ["找人工"]
    (entry,) = logs
    assert entry["error"] == "RuntimeError"
    assert "王芳" not in str(entry)
    assert "138" not in str(entry)


def test_a_failing_database_is_no_answer(person: Person) -> None:
    call = person.record("我想登记零工", "start_gig_registration")
    with person.desk.database.unit_of_work() as session:
        session.execute(text("ALTER TABLE draft RENAME TO draft_gone"))
    with structlog.testing.capture_logs() as logs, pytest.raises(OutOfOrderError) as caught:
        turn_taker(person.desk).take(call)
    assert caught.value.__cause__ is None
    assert "登记" not in str(caught.value)
    assert [entry["event"] for entry in logs] == ["turn.database_failed"]


def test_a_stranger_is_answered_and_nothing_is_stored(desk: Desk) -> None:
    turns = turn_taker(desk)
    call = Call(None, "nobody's key", 0, 0, Heard("打零工去哪里登记", "ask_policy", 0.9))
    (answer,) = turns.take(call).parts
    assert isinstance(answer, Reply)
    assert "零工服务专区" in answer.text
    start = replace(call, heard=Heard("登记", "start_gig_registration", 0.9))
    (answer,) = turns.take(start).parts
    assert isinstance(answer, Reply)
    assert "公众号" in answer.text
    with desk.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM draft")).scalar() == 0


def test_lost_metadata_is_made_up_for_by_the_key(person: Person) -> None:
    person.begins()
    call = Call(None, person.key, 0, 0, Heard("〔姓名#1〕", "inform", 0.9))
    (answer,) = turn_taker(person.desk).take(call).parts
    assert isinstance(answer, Reply)
    assert "（1/5）" in answer.text


def test_whoever_is_found_by_the_key_is_held_alone(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    monkeypatch.setattr("bot.actions.turns.hold", lambda _, contact_id: held.append(contact_id))
    call = Call(None, person.key, 0, 0, Heard("我想登记零工", "start_gig_registration", 0.9))
    turn_taker(person.desk).take(call)
    assert held == [person.contact_id]


def test_a_tracker_is_read(person: Person) -> None:
    state: dict[str, Any] = {
        "sender_id": "key",
        "slots": {},
        "latest_message": {
            "text": '/ask_policy{"clause": "12"}',
            "intent": {"name": "ask_policy", "confidence": 1.0},
            "metadata": {"message_id": 7, "conversation_id": 8, "contact_id": "9"},
        },
        "events": [],
    }
    call = call_of(Tracker.from_dict(state))  # type: ignore[arg-type]
    assert (call.message_id, call.conversation_id, call.contact_id) == (7, 8, 9)
    assert call.heard.arguments == {"clause": "12"}
    state["latest_message"] = {"text": "/ask_policy{broken", "metadata": None, "intent": None}
    call = call_of(Tracker.from_dict(state))  # type: ignore[arg-type]
    assert (call.message_id, call.contact_id, call.heard.arguments) == (None, 0, {})


def test_an_interruption_leaves_the_question_its_choices(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西")
    answered = person.says("打零工去哪里登记", "ask_policy")
    assert "零工服务专区" in answered.text
    assert "要现在登记吗" not in answered.text
    assert "单子" in answered.text
    assert "（5/5）" in person.says("1").text


def test_a_changed_service_asks_what_is_missing_now(person: Person, tmp_path: Path) -> None:
    person.begins()
    person.says("王芳")
    source = (Path("models/catalogue") / "gig_registration.yml").read_text(encoding="utf-8")
    folder = tmp_path / "catalogue"
    folder.mkdir()
    changed = source.replace("name: mobile", "name: mobile_number")
    (folder / "gig_registration.yml").write_text(changed, encoding="utf-8")
    person.desk = replace(person.desk, catalogue=load_catalogue(folder))
    person._turns = turn_taker(person.desk)
    assert "（2/5）" in person.says("你好", "greet").text
    assert "（3/5）" in person.says("13800000000").text


def test_two_services_do_not_mix(person: Person, tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    source = (Path("models/catalogue") / "gig_registration.yml").read_text(encoding="utf-8")
    (folder / "gig_registration.yml").write_text(source, encoding="utf-8")
    other = source.replace("code: gig_registration", "code: farm_work").replace(
        "name: 零工登记\naliases: [登记零工, 打零工登记, 登记打零工, 零工信息登记, 干零工]",
        "name: 农活登记",
    )
    (folder / "farm_work.yml").write_text(other, encoding="utf-8")
    person.desk = replace(person.desk, catalogue=load_catalogue(folder))
    person._turns = turn_taker(person.desk)
    person.begins()
    person.says("王芳")
    asked = person.says("农活登记", "nlu_fallback", 0.1)
    assert asked.titles == ["先留着", "不要了，删掉", "接着办这份"]
    said = person.says("先留着")
    assert "「零工登记」先放一边" in said.text
    assert "您同意吗" in said.text
    person.says("算了", "cancel")
    back = person.says("嗯", "inform")
    assert back.titles == ["接着办", "找人工"]
    assert "（2/5）" in person.says("1").text


def test_spoken_words_make_one_reply() -> None:
    one, other = Reply("一", (Choice("a", "/a"),)), Reply("二")
    assert Spoken((one, other)).reply == Reply("一\n\n二", (Choice("a", "/a"),))
    assert Spoken((one, Response("utter_help"))).reply is None
