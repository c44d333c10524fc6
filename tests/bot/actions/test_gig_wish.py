"""From a posting that was found to somebody who brings both sides together, and its end."""

import pytest

from models import handoff
from models.catalogue.life import Actor, RequestState
from models.contact import give_consent, meet_contact
from models.intake.recorders import recorder_of
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
    wanted = person.says("1")
    assert number in wanted.text
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
