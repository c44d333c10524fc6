"""Danger, and unpaid wages: seen first and answered at once, whoever has the word."""

import pytest
from sqlalchemy import select

from models import queues
from models.change import Change, ChangeKind
from models.contact import block
from models.conversation import Conversation, ConversationState
from models.handoff import Handoff, HandoffReason
from tests.webhook.house import House
from webhook.staff.queue_row import rows_of


def test_each_word_of_danger_calls_staff_until_somebody_answers(house: House) -> None:
    def shown() -> tuple[str | None, int]:
        with house.database.reading() as session:
            (row,) = rows_of(session, queues.in_service(session), house.calendar)
            calls = session.scalars(select(Change).where(Change.kind == ChangeKind.MOVE))
            urgent = sum(one.details.get("move") == "urgent" for one in calls)
            return (row.alarm.text if row.alarm else None), urgent

    house.hears("人工")
    house.claims()
    house.desk.say(1, house.agent, "您好，请讲。")
    for count, words in enumerate(("我不想活了", "我真的不想活了"), start=1):
        assert "110" in (house.hears(words) or "")
        house.hears("在吗")
        assert shown() == (words, count)
    house.desk.say(1, house.agent, "我在，我们慢慢说。")
    house.hears("谢谢")
    assert shown() == (None, 2), "what was answered is no alarm any more"


def test_danger_is_answered_while_nobody_has_come_yet(house: House) -> None:
    house.hears("人工")
    told = house.hears("我不想活了") or ""
    assert "110" in told and "马上来看" in told
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.urgent, case.reason) == (True, HandoffReason.DISTRESS)


def test_unpaid_wages_told_while_waiting_are_urgent_and_answered_once(house: House) -> None:
    house.hears("人工")
    told = house.hears("老板不给我工钱三个月了") or ""
    assert "12348" in told and "12333" in told and "马上来看" in told
    assert "12348" not in (house.hears("老板不给我工钱三个月了") or "")
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.urgent, case.reason) == (True, HandoffReason.RIGHTS)
    house.hears("我不想活了")
    house.hears("工资还是没发")
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).reason is HandoffReason.DISTRESS


def test_unpaid_wages_told_out_of_hours_come_first_when_staff_do(closed_house: House) -> None:
    closed_house.hears("人工")
    told = closed_house.hears("他们欠我三个月工资") or ""
    assert "12348" in told and "3:00上班" in told


def test_who_is_in_danger_talks_on_with_the_assistant_and_staff_see_them(house: House) -> None:
    house.hears("危急")
    kept = house.hears("谢谢") or ""
    assert "110" in kept and "转回机器人" not in kept
    told = house.hears("转回机器人") or ""
    assert "110" in told and "工作人员" in told
    assert house.hears("打零工去哪里登记") == "听到：打零工去哪里登记"
    with house.database.reading() as session:
        (case,) = queues.waiting(session)
        assert (case.urgent, case.outcome) == (True, None)
    assert "第 1 位" in (house.hears("人工") or "")
    assert house.state() is ConversationState.PENDING
    house.hears("转回机器人")
    house.claims()
    assert house.hears("在吗") is None  # a colleague has the word
    house.desk.resolve(1, house.agent)
    assert house.state() is ConversationState.RESOLVED


def test_who_is_in_danger_is_not_taken_from_a_colleague(house: House) -> None:
    house.hears("危急")
    house.claims()
    assert "110" in (house.hears("转回机器人") or "")
    assert house.state() is ConversationState.OPEN
    house.desk.say(1, house.agent, "我在")


def test_danger_is_answered_each_time_while_staff_have_the_word(house: House) -> None:
    house.hears("人工")
    house.claims()
    for _ in range(2):
        assert "110" in (house.hears("我不想活了") or "")
    assert house.hears("在吗") is None
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).urgent


@pytest.mark.parametrize("blocked", [True, False])
def test_danger_after_a_case_is_answered_and_urgent(house: House, blocked: bool) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    if blocked:
        with house.database.unit_of_work() as session:
            block(session.get_one(Conversation, 1).contact)
    told = house.hears("我不想活了") or ""
    assert "110" in told and "接着刚才的事" not in told
    with house.database.reading() as session:
        (case,) = queues.mine(session, house.agent)
        assert case.urgent
