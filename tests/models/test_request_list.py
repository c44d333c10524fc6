"""The list of staff: what is urgent first, page by page, and found by what people say."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.catalogue.life import AT_THE_DESK, Actor, RequestState
from models.contact import meet_contact
from models.database import Database, utc_now
from models.request import Request, erase_requests, requests_of, submit
from models.request_life import (
    Mover,
    MoveRefusedError,
    assign,
    correct,
    move,
    put_back,
)
from models.request_list import (
    Place,
    Wanted,
    count_overdue,
    counts_by_state,
    find_requests,
    page_of_list,
)
from models.request_mark import RequestMark
from models.staff import Role, Staff
from tests.models.staffing import official
from tests.models.test_request import ANSWERS, service

REVIEWER = Mover(Actor.REVIEWER, 1)
AT_DESK = tuple(sorted(AT_THE_DESK))


def _many(database: Database, count: int) -> None:
    """Requests of as many people, due on days that repeat, in several states and cities."""
    with database.unit_of_work() as session:
        for number in range(count):
            person = meet_contact(session, "web", "test", f"p{number}").id
            city = ("沈阳", "大连", "鞍山")[number % 3]
            one = submit(session, service(), person, None, ANSWERS | {"place": {"city": city}})
            if number % 2:
                move(session, service(), one.request, RequestState.ACCEPTED, REVIEWER)
            one.request.queue_at = utc_now().replace(microsecond=0) + timedelta(days=number % 4 - 1)


def _walk(database: Database, wanted: Wanted, by: int) -> list[Request]:
    found: list[Request] = []
    behind = None
    with database.reading() as session:
        while page := page_of_list(session, wanted, by, behind):
            found += page
            behind = Place(page[-1].queue_at, page[-1].id)
    return found


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_show_every_request_once_in_the_order_of_the_whole(
    database: Database, newest_first: bool
) -> None:
    _many(database, 23)
    wanted = Wanted(AT_DESK, newest_first=newest_first)
    whole = _walk(database, wanted, 100)
    assert [one.id for one in _walk(database, wanted, 4)] == [one.id for one in whole]
    places = [(one.queue_at, one.id) for one in whole]
    assert places == sorted(places, reverse=newest_first)
    assert len(places) == 23


def test_filters_leave_what_was_asked_for(database: Database) -> None:
    _many(database, 12)
    found = _walk(database, Wanted((RequestState.ACCEPTED,), city="大连", is_overdue=True), 5)
    with database.reading() as session:
        every = session.scalars(select(Request)).all()
        assert count_overdue(session) == sum(one.queue_at < utc_now() for one in every)
        assert counts_by_state(session) == {RequestState.SUBMITTED: 6, RequestState.ACCEPTED: 6}
    right = [
        one.id
        for one in every
        if (one.state, one.city) == (RequestState.ACCEPTED, "大连") and one.queue_at < utc_now()
    ]
    assert sorted(one.id for one in found) == right
    assert _walk(database, Wanted(AT_DESK, service="other"), 5) == []


def test_a_request_is_found_by_what_people_say_and_tells_it_nowhere(database: Database) -> None:
    fields: list[dict[str, Any]] = [
        {"name": name, "type": kind, "label": label, "prompt": "？", "help": "？", "example": "？",
         "private": kind != "text"}
        for name, kind, label in (
            ("shop", "text", "店名"),
            ("name", "person_name", "姓名"),
            ("mobile", "mobile", "手机号"),
        )
    ]  # fmt: skip
    one = service(fields=fields)
    answers = {"shop": "老王 饭店", "name": "王小芳", "mobile": "13800000000"}
    with database.unit_of_work() as session:
        person = meet_contact(session, "web", "test", "somebody").id
        number = submit(session, one, person, None, answers).request.number
        for said in ("王小芳", "138 0000 0000", "老王饭店", number, number.lower(), number[-5:]):
            assert [found.number for found in find_requests(session, said)] == [number], said
        assert find_requests(session, "王") == find_requests(session, "，") == []
        stored = str([(mark.mark, mark.request_id) for mark in session.query(RequestMark)])
        assert "王小芳" not in stored
        (request,) = requests_of(session, person)
        correct(session, one, request, answers | {"name": "李四"}, Mover(Actor.APPLICANT, person))
        assert find_requests(session, "王小芳") == []
        assert find_requests(session, "李四") == [request]
        erase_requests(session, [request])
        assert find_requests(session, "李四") == []


def test_one_colleague_works_at_a_request(database: Database) -> None:
    _many(database, 1)
    with database.unit_of_work() as session:
        first, second = (official(session, name, Role.REVIEWER) for name in ("li", "wang"))
        (request,) = session.scalars(select(Request))
        assign(session, request, first, is_taking_over=False)
        with pytest.raises(MoveRefusedError, match="li已经领走"):
            assign(session, request, second, is_taking_over=False)
        put_back(session, request, second)
        assert request.assignee_id == first.id
        assert page_of_list(session, Wanted(AT_DESK, assignee_id=first.id), 9) == [request]
        assign(session, request, second, is_taking_over=True)
        put_back(session, request, second)
        assert request.assignee_id is None


def test_who_looked_before_a_colleague_acted_is_told_who_was_quicker(database: Database) -> None:
    _many(database, 1)
    with database.unit_of_work() as session:
        colleague = official(session, "li", Role.REVIEWER)
        (request,) = session.scalars(select(Request))
        seen = request.events[-1].id
        quick = Mover(Actor.REVIEWER, colleague.id)
        move(session, service(), request, RequestState.ACCEPTED, quick, seen=seen)
        with pytest.raises(MoveRefusedError, match="刚才li已经办了一步") as refused:
            move(session, service(), request, RequestState.REVIEWED, REVIEWER, seen=seen)
        assert refused.value.code == "overtaken"
        assert session.get_one(Staff, colleague.id) is not None
