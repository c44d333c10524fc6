"""A second yes is asked for in the middle of a form: neither it nor a no is said to the form."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service
from models.intake import request_recorder
from models.request import Request, requests_of
from models.request_life import Mover, move
from models.working_days import china_today
from tests.bot.actions.dialogue import Person, turn_taker
from tests.bot.actions.paths import paths_of

ADVICE = "startup_guidance"
GIG = ("王芳", "13800000000", "沈阳铁西", "保洁", "周末有空")


def _submits(person: Person, code: str) -> Request:
    service = person.desk.catalogue.service(code)
    person.says("开始", service.start_intent)
    person.says("同意", "affirm")
    person.fills(*_answers(service))
    person.says("对", "affirm")
    (request,) = _requests(person)
    return request


def _answers(service: Service) -> list[str]:
    path = paths_of(service)[0]
    return [path[field.name] for field in service.fields if field.ask_if is None]


def _requests(person: Person) -> list[Request]:
    with person.desk.database.reading() as session:
        return requests_of(session, person.contact_id)


def test_a_yes_to_withdrawing_submits_no_form(person: Person) -> None:
    request = _submits(person, ADVICE)
    person.begins()
    person.fills(*GIG)
    asked = person.says("撤回申请", "withdraw")
    assert asked.titles == ["撤回", "先不撤"]
    said = person.says("是", "affirm")
    assert request.number in said.text
    assert "都对" in said.text
    assert [one.state for one in _requests(person)] == [RequestState.WITHDRAWN]
    assert person.registrations == []
    assert "LG" in person.says("对", "affirm").text


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("我不办了，撤回", "cancel"),
        ("不想申请了，撤了吧", "cancel"),
        ("把那个申请撤了吧", "inform"),
        ("我报的名取消", "inform"),
        ("那个登记我不要了", "nlu_fallback"),
    ],
)
def test_a_request_is_taken_back_in_ones_own_words(person: Person, said: str, intent: str) -> None:
    _submits(person, ADVICE)
    assert person.says(said, intent).titles == ["撤回", "先不撤"]
    person.says("是", "affirm")
    assert [one.state for one in _requests(person)] == [RequestState.WITHDRAWN]


def test_giving_up_the_talk_takes_nothing_back(person: Person) -> None:
    _submits(person, ADVICE)
    assert "撤回" not in person.says("算了", "cancel").titles
    person.begins()
    assert "撤回" not in person.says("我不办了，撤回", "cancel").titles


@pytest.mark.parametrize("asks", ["撤回申请", "删除我的信息"])
@pytest.mark.parametrize("no", ["2", "不"])
def test_a_no_leaves_the_form_where_it_is(person: Person, asks: str, no: str) -> None:
    _submits(person, ADVICE)
    person.says("我想登记零工", "start_gig_registration")
    person.says(asks)
    assert "您同意吗" in person.says(no, "deny").text
    assert person.draft is not None
    assert [one.state for one in _requests(person)] == [RequestState.SUBMITTED]


@pytest.mark.parametrize("begun", ["before", "corrected"])
def test_what_closes_while_a_form_is_filled_is_told(person: Person, begun: str) -> None:
    if begun == "corrected":
        _submits(person, ADVICE)
    service = person.desk.catalogue.service(ADVICE)
    person.says("开始", service.start_intent)
    if begun == "before":
        person.says("同意", "affirm")
        person.fills(*_answers(service))
    yesterday = china_today() - timedelta(days=1)
    closed = service.model_copy(update={"open_until": yesterday})
    others = {one.code: one for one in person.desk.catalogue}
    person.desk = replace(person.desk, catalogue=Catalogue({**others, ADVICE: closed}))
    person._turns = turn_taker(person.desk)
    said = person.says("对", "affirm")
    if begun == "before":
        assert "受理时间已经过了" in said.text
        assert "找人工" in said.titles
        assert person.draft is not None
        assert _requests(person) == []
    else:
        # What was handed in in time can still be put right.
        assert "改好了" in said.text
        assert len(_requests(person)) == 1


def test_a_step_of_staff_in_the_same_moment_is_told(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = _submits(person, ADVICE)
    service = person.desk.catalogue.service(ADVICE)
    person.says("开始", service.start_intent)
    really = request_recorder.correct

    def late(session: Session, one: Service, found: Request, *more: object) -> object:
        move(session, one, found, RequestState.ACCEPTED, Mover(Actor.REVIEWER, 1))
        return really(session, one, found, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(request_recorder, "correct", late)
    said = person.says("对", "affirm")
    assert "现在改不了" in said.text
    assert "找人工" in said.titles
    assert person.draft is not None
    assert [one.number for one in _requests(person)] == [request.number]
