"""From a posting that was found to somebody who brings both sides together, and its end."""

import pytest

from models import gig, handoff
from models.catalogue.life import Actor, RequestState
from models.contact import BUREAU, Contact, give_consent, meet_contact
from models.intake.recorders import recorder_of
from models.number import number_in
from models.request import Request, requests_of
from models.request_life import Mover, move
from tests.bot.actions.dialogue import Person
from tests.models.intake.test_recorders import POSTING

STAFF = Mover(Actor.REVIEWER, 7)


def posts(person: Person) -> str:
    """Publish a posting of this person; return its number."""
    service = person.desk.catalogue.service("gig_posting")
    with person.desk.database.unit_of_work() as session:
        consent = give_consent(session, person.contact_id, service.code, "1")
        recorder = recorder_of(service)
        place = {"city": "沈阳市", "district": "铁西区"}
        recorder.record(session, person.contact_id, consent.id, POSTING | {"place": place})
        newest = requests_of(session, person.contact_id)[-1]
        for state in (RequestState.ACCEPTED, RequestState.GRANTED):
            move(session, service, newest, state, STAFF)
        return newest.number


def state_of(person: Person, number: str) -> RequestState:
    with person.desk.database.reading() as session:
        return session.query(Request).filter_by(number=number).one().state


@pytest.fixture
def number(person: Person) -> str:
    return posts(Person(person.desk, "employer"))


def searches(person: Person) -> None:
    person.says("我想找活", "start_gig_search")
    person.says("沈阳铁西")
    person.says("保洁")


def has_case(person: Person) -> bool:
    with person.desk.database.reading() as session:
        return handoff.current(session, person.conversation_id) is not None


def test_where_nothing_is_posted_a_yes_begins_the_registration(person: Person) -> None:
    person.says("我想找活", "start_gig_search")
    person.says("沈阳铁西")
    none = person.says("保洁")
    assert none.titles == ["登记打零工"]
    assert "「零工登记」" in person.says("行啊", "affirm").text
    for answer in ("同意", "王芳", "13800000000", "沈阳铁西", "保洁", "周末有空", "对"):
        person.says(answer)
    searches(person)
    assert person.says("谢谢", "thanks").text == "<utter_thanks>"
    searches(person)
    assert person.says("好的", "affirm").text == "<utter_nothing_to_affirm>"


def test_who_is_not_registered_registers_first_and_goes_on(person: Person, number: str) -> None:
    searches(person)
    first = person.says("1")
    assert number in first.text
    assert first.titles == ["登记打零工", "登记过了，想去"]
    assert not has_case(person)
    person.says("登记打零工", "start_gig_registration")
    for answer in ("同意", "王芳", "13800000000", "沈阳铁西", "保洁", "周末有空", "对"):
        person.says(answer)
    searches(person)
    asked = person.says("1")
    assert number in asked.text
    assert "老王饭店" in asked.text
    assert asked.titles == ["同意报名", "先不去"]
    assert "BM" not in asked.text
    assert "报名编号 BM" in person.says("同意").text
    assert not has_case(person)


def registers(person: Person) -> None:
    with person.desk.database.unit_of_work() as session:
        consent = give_consent(session, person.contact_id, "gig_registration", "1")
        gig.register(
            session, contact_id=person.contact_id, consent_id=consent.id, name="王芳",
            mobile="13912345678", city="沈阳市", district="铁西区", work_kinds=["保洁"],
            available="周末",
        )  # fmt: skip


def applies(person: Person, number: str) -> str:
    """Register and apply; return the number of the application."""
    registers(person)
    person.says(f"想去 {number}")
    found = number_in(person.says("同意").text.split("报名编号")[1])
    assert found
    return found


def test_a_no_stores_nothing(person: Person, number: str) -> None:
    registers(person)
    person.says(f"想去{number}这个活", "nlu_fallback")
    person.says("不同意", "deny")
    employer = Person(person.desk, "employer")
    assert "还没有人报名" in employer.says("有人报名吗", "nlu_fallback").text


def test_who_posted_looks_and_takes_somebody(person: Person, number: str) -> None:
    applied = applies(person, number)
    employer = Person(person.desk, "employer")
    listed = employer.says("看报名", "nlu_fallback")
    assert applied in listed.text
    assert "周末" in listed.seen
    assert listed.titles == ["要第1位", "不要第1位"]
    assert "13912345678" not in listed.seen
    taken = employer.says("要第1位")
    assert "王芳，13912345678" in taken.seen
    # What is kept of the talk names nobody.
    assert "王芳" not in taken.text
    assert "13912345678" not in taken.text
    assert "已要1人" in taken.text
    assert "要您了" in person.says(f"{applied}到哪了", "progress").text
    assert f"（{applied}）：要您了" in person.says("我的进度", "progress").text
    assert "已要1人" in employer.says("我的进度", "progress").text


def test_a_stranger_decides_nothing(person: Person, number: str) -> None:
    applied = applies(person, number)
    stranger = Person(person.desk, "stranger")
    for said in (f"要 {applied}", f"不要 {applied}"):
        assert "不是您发的" in stranger.says(said, "nlu_fallback").text
    assert "没有正在招人" in stranger.says(f"看报名 {number}", "nlu_fallback").text
    assert "没找到" in stranger.says(f"撤回 {applied}", "nlu_fallback").text


def test_a_no_is_told_and_cannot_be_asked_again(person: Person, number: str) -> None:
    applied = applies(person, number)
    employer = Person(person.desk, "employer")
    assert "已经告诉对方" in employer.says(f"不要 {applied}", "nlu_fallback").text
    person.says(f"想去 {number}")
    assert "没选上" in person.says("同意").text


def test_who_does_not_go_takes_it_back_with_a_second_yes(person: Person, number: str) -> None:
    applied = applies(person, number)
    employer = Person(person.desk, "employer")
    employer.says(f"要 {applied}", "nlu_fallback")
    assert "真的不去" in person.says(f"撤回 {applied}", "nlu_fallback").text
    assert "已要1人" in employer.says("看报名", "nlu_fallback").text
    assert "不去「保洁」" in person.says("确认").text
    assert "已要0人" in employer.says("我的进度", "progress").text


def test_what_a_bureau_posted_goes_to_staff(person: Person, number: str) -> None:
    with person.desk.database.unit_of_work() as session:
        posted = session.query(Request).filter_by(number=number).one()
        session.get_one(Contact, posted.contact_id).channel = BUREAU
    registers(person)
    wanted = person.says(f"想去 {number}")
    assert "工作人员" in wanted.text
    assert has_case(person)


def test_what_is_gone_is_told(person: Person, number: str) -> None:
    employer = Person(person.desk, "employer")
    asked = employer.says("人招够了", "nlu_fallback")
    assert "招满了，撤下来吗" in asked.text
    assert state_of(person, number) is RequestState.GRANTED
    employer.says(f"确认撤回 {number}")
    assert state_of(person, number) is RequestState.WITHDRAWN
    assert "招满" in person.says(f"想去 {number}").text
    assert not has_case(person)


def test_of_several_postings_it_is_asked_which_is_full(person: Person) -> None:
    employer = Person(person.desk, "employer")
    with employer.desk.database.unit_of_work() as session:
        meet_contact(session, "web", "test", "employer")
    posts(employer)
    service = employer.desk.catalogue.service("startup_guidance")
    with employer.desk.database.unit_of_work() as session:
        recorder_of(service).record(
            session, employer.contact_id, None, {"need": ["业务咨询"], "situation": "想开店"}
        )
    # What else they have in hand is not meant.
    asked = employer.says("招满了", "nlu_fallback")
    assert "发布零工" in asked.text
    assert "撤下来吗" in asked.text
