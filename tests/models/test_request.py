"""Requests: stored once, moved step by step, found again, kept from those they do not belong to."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models.catalogue.life import Actor, RequestState
from models.catalogue.service import Service
from models.contact import meet_contact
from models.database import Database, utc_now
from models.request import (
    Request,
    RequestEvent,
    erase_requests,
    find_by_code,
    find_by_number,
    requests_of,
    submit,
)
from models.request_life import (
    Mover,
    MoveRefusedError,
    correct,
    mark_overdue,
    move,
    possible,
)
from models.request_notice import notice, progress_line

REVIEWER, SECOND = Mover(Actor.REVIEWER, 1), Mover(Actor.REVIEWER, 2)
ANSWERS = {"topic": "选项目", "place": {"city": "沈阳", "district": "铁西区"}}


def service(**more: Any) -> Service:
    told: dict[str, Any] = {
        "code": "advice",
        "name": "问一问",
        "clauses": ["三(三)"],
        "audience": "谁都行",
        "office": {"who": "当地公共就业服务机构", "hotline": "12333"},
        "consent": {"version": "1", "stores": "情况", "purpose": "办事", "erase": "随时删"},
        "fields": [
            {"name": name, "type": kind, "label": label, "prompt": "？", "help": "？",
             "example": "沈阳铁西"}
            for name, kind, label in (("topic", "text", "问题"), ("place", "place", "地点"))
        ],
        "confirm": "对吗？", "done": "编号{number}", "updated": "编号{number}",
        "record": "request",
    }  # fmt: skip
    return Service.model_validate(told | more)


@pytest.fixture
def applicant(database: Database) -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "test", "applicant").id


def _submitted(database: Database, one: Service, contact_id: int) -> Request:
    with database.unit_of_work() as session:
        return submit(session, one, contact_id, None, ANSWERS).request


def _submitted_in(database: Database, one: Service, contact_id: int, city: str) -> Request:
    with database.unit_of_work() as session:
        return submit(session, one, contact_id, None, ANSWERS | {"place": {"city": city}}).request


def test_a_request_goes_through_its_life(database: Database, applicant: int) -> None:
    paying = service(life={"pays": True})
    request = _submitted(database, paying, applicant)
    assert request.city == "沈阳"
    with database.unit_of_work() as session:
        request = session.get_one(Request, request.id)
        for state in (RequestState.ACCEPTED, RequestState.REVIEWED, RequestState.GRANTED,
                      RequestState.PAID, RequestState.CLOSED):  # fmt: skip
            move(session, paying, request, state, REVIEWER)
            assert request.number in notice(paying, request).text
        assert request.outcome is RequestState.GRANTED
        assert request.duplicate_key is None
        steps = [(event.state, event.actor) for event in request.events]
    assert steps[0] == (RequestState.SUBMITTED, Actor.APPLICANT)
    assert [state for state, _ in steps[1:]][-1] is RequestState.CLOSED


def test_steps_that_are_not_possible_are_refused(database: Database, applicant: int) -> None:
    one = service(life={"two_person": True})
    request = _submitted(database, one, applicant)
    with database.unit_of_work() as session:
        request = session.get_one(Request, request.id)

        def refused(code: str, state: RequestState, mover: Mover, **more: Any) -> None:
            with pytest.raises(MoveRefusedError) as caught:
                move(session, one, request, state, mover, **more)
            assert caught.value.code == code

        refused("not_possible", RequestState.GRANTED, REVIEWER)
        refused("not_yours", RequestState.ACCEPTED, Mover(Actor.APPLICANT, applicant))
        refused("not_yours", RequestState.WITHDRAWN, Mover(Actor.APPLICANT, applicant + 1))
        refused("reason_needed", RequestState.RETURNED, REVIEWER, reason="  ")
        refused("no_such_field", RequestState.RETURNED, REVIEWER, reason="看不清", field="nose")
        move(session, one, request, RequestState.ACCEPTED, REVIEWER)
        refused("not_possible", RequestState.GRANTED, REVIEWER)
        move(session, one, request, RequestState.REVIEWED, REVIEWER)
        refused("second_person_needed", RequestState.GRANTED, REVIEWER)
        refused("not_yours", RequestState.GRANTED, Mover(Actor.AGENT, 3))
        move(session, one, request, RequestState.GRANTED, SECOND)
        refused("not_possible", RequestState.PAID, SECOND)


@pytest.mark.parametrize("two_person", [True, False])
def test_a_second_person_is_promised_only_where_there_is_one(
    database: Database, applicant: int, two_person: bool
) -> None:
    one = service(life={"two_person": two_person})
    request = _submitted(database, one, applicant)
    with database.unit_of_work() as session:
        request = session.get_one(Request, request.id)
        for state in (RequestState.ACCEPTED, RequestState.REVIEWED):
            move(session, one, request, state, REVIEWER)
        for told in (notice(one, request).text, progress_line(one, request)):
            assert ("另一位工作人员" in told) is two_person


def test_without_a_second_person_who_accepts_may_decide() -> None:
    life = service().life
    assert RequestState.GRANTED in possible(life, RequestState.ACCEPTED, Actor.REVIEWER)
    assert RequestState.GRANTED not in possible(life, RequestState.ACCEPTED, Actor.AGENT)


def test_a_returned_request_is_corrected_and_submitted_again(
    database: Database, applicant: int
) -> None:
    one = service()
    request = _submitted(database, one, applicant)
    with database.unit_of_work() as session:
        request = session.get_one(Request, request.id)
        move(
            session, one, request, RequestState.RETURNED, REVIEWER, reason="写具体些", field="topic"
        )
        told = notice(one, request).text
        assert "问题" in told
        assert "写具体些" in told
        assert "写具体些" in progress_line(one, request)
        mine = Mover(Actor.APPLICANT, applicant)
        correct(session, one, request, ANSWERS | {"topic": "选什么项目好"}, mine)
        assert (request.state, request.returned_field) == (RequestState.SUBMITTED, None)
        assert request.answers["topic"] == "选什么项目好"
        move(session, one, request, RequestState.ACCEPTED, REVIEWER)
        with pytest.raises(MoveRefusedError):
            correct(session, one, request, ANSWERS, mine)
        move(session, one, request, RequestState.WITHDRAWN, mine)
    again = _submitted(database, one, applicant)
    assert again.id != request.id


def test_corrected_answers_change_city_and_what_makes_a_duplicate(
    database: Database, applicant: int
) -> None:
    one = service(distinct_by=["place"])
    request = _submitted(database, one, applicant)
    other = _submitted_in(database, one, applicant, "鞍山")
    mine = Mover(Actor.APPLICANT, applicant)
    with database.unit_of_work() as session:
        request, other = (session.get_one(Request, each.id) for each in (request, other))
        with pytest.raises(MoveRefusedError, match=other.number) as caught:
            correct(session, one, request, other.answers, mine)
        assert caught.value.code == "repeated"
        assert request.city == "沈阳"
        correct(session, one, request, ANSWERS | {"place": {"city": "大连"}}, mine)
        assert request.city == "大连"
    assert _submitted_in(database, one, applicant, "大连").id == request.id
    assert _submitted_in(database, one, applicant, "沈阳").id not in (request.id, other.id)


def test_the_same_request_again_is_the_one_there_is(database: Database, applicant: int) -> None:
    request = _submitted(database, service(), applicant)
    with database.unit_of_work() as session:
        other = meet_contact(session, "web", "test", "another").id
        again = submit(session, service(), applicant, None, {"topic": "别的"})
        assert again.is_repeated
        assert again.request.number == request.number
        assert not submit(session, service(), other, None, ANSWERS).is_repeated
        differing = service(distinct_by=["topic"])
        assert not submit(session, differing, applicant, None, ANSWERS).is_repeated
        assert submit(session, differing, applicant, None, ANSWERS).is_repeated
        assert not submit(session, differing, applicant, None, {"topic": "别的"}).is_repeated


def test_the_same_request_twice_at_once_is_stored_once(database: Database, applicant: int) -> None:
    at_once, numbers = threading.Barrier(8), []
    one = service()

    def send() -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        at_once.wait()
        with own.unit_of_work() as session:
            numbers.append(submit(session, one, applicant, None, ANSWERS).request.number)
        own.dispose()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 8
    assert len(set(numbers)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count(Request.id))) == 1
        assert session.scalar(select(func.count(RequestEvent.id))) == 1


def test_a_step_of_somebody_quicker_is_seen(database: Database, applicant: int) -> None:
    if database.is_sqlite:
        pytest.skip("one writer at a time: nobody can have been quicker")
    one = service()
    number = _submitted(database, one, applicant).id
    with database.unit_of_work() as session:
        mine = session.get_one(Request, number)
        with database.unit_of_work() as other:
            quicker = other.get_one(Request, number)
            move(other, one, quicker, RequestState.WITHDRAWN, Mover(Actor.APPLICANT, applicant))
        with pytest.raises(MoveRefusedError) as refused:
            move(session, one, mine, RequestState.ACCEPTED, REVIEWER)
        assert refused.value.code == "not_possible"


def test_what_stays_too_long_is_marked_overdue(database: Database, applicant: int) -> None:
    limits = [{"state": "submitted", "working_days": 2, "source": "办事指南"}]
    one = service(life={"limits": limits})
    request = _submitted(database, one, applicant)
    assert request.due_at is not None
    with database.unit_of_work() as session:
        assert mark_overdue(session, utc_now()) == 0
        assert mark_overdue(session, request.due_at + timedelta(seconds=1)) == 1
        assert mark_overdue(session, request.due_at + timedelta(days=1)) == 0
        late = session.get_one(Request, request.id)
        session.refresh(late)
        assert "超时" in progress_line(one, late)
        move(session, one, late, RequestState.ACCEPTED, REVIEWER)
        assert (late.due_at, late.overdue_at) == (None, None)


def test_an_anonymous_request_is_found_by_its_code_alone(
    database: Database, applicant: int
) -> None:
    hidden = service(
        anonymous_if={"field": "topic", "is": "选项目"}, done="编号{number} {code}"
    )  # fmt: skip
    with database.unit_of_work() as session:
        done = submit(session, hidden, applicant, None, ANSWERS)
        assert done.code is not None
        assert done.request.contact_id is None
        assert done.request.events[0].actor_id is None
    with database.reading() as session:
        found = find_by_code(session, done.code.lower())
        assert found is not None
        assert found.number == done.request.number
        assert find_by_code(session, "AAAA-AAAA") is None
        assert requests_of(session, applicant) == []


def test_a_number_tells_only_its_owner(database: Database, applicant: int) -> None:
    request = _submitted(database, service(), applicant)
    with database.unit_of_work() as session:
        assert len(find_by_number(session, applicant, request.number.lower())) == 1
        assert find_by_number(session, applicant + 1, request.number) == []
        erase_requests(session, requests_of(session, applicant))
        assert session.scalar(select(func.count(RequestEvent.id))) == 0


def test_answers_lie_sealed_in_the_database(database: Database, applicant: int) -> None:
    request = _submitted(database, service(), applicant)
    with database.reading() as session:
        raw = session.connection().exec_driver_sql(
            f"SELECT answers FROM request WHERE id = {request.id}"
        )
        assert "选项目" not in str(raw.scalar())
