"""Calendar and directory at /m/, the API's offerings: found, signed up for, confirmed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from models.catalogue import load_catalogue
from models.database import Database, utc_now
from models.notification import Notification
from models.offering.announcing import announce, announce_things
from models.offering.minding import mind
from models.offering.offering import Slot
from models.offering.seat import Seat, SeatState
from models.request import Request
from tests.models.offering.entering import offering, slot
from tests.webhook.test_mobile import Visitor

SIGN_UP = "/m/services/training_signup"


@pytest.fixture
def course(database: Database) -> int:
    with database.unit_of_work() as session:
        made = offering(session, topics=["创办你的企业"], address="某某路1号")
        return slot(session, made, capacity=1).id


def _signs_up(visitor: Visitor, slot_id: int, mobile: str = "13800138000") -> str:
    offered = visitor.get("/m/calendar").text
    path = re.search(r'href="(/m/offerings/\d+)"', offered)
    assert path and "创办你的企业培训班" in offered
    form = visitor.get(f"{path[1]}/sign-up?slot={slot_id}").text
    assert re.search(r'value="还没开业：创办你的企业" checked', form), (
        "what was pointed at is ticked"
    )
    visitor.send(f"{SIGN_UP}/fill/1", agreed="1", course="还没开业：创办你的企业", home="沈阳铁西")
    second = visitor.get(f"{SIGN_UP}/fill/2").text
    assert f'value="场次{slot_id}" checked' in second
    visitor.send(
        f"{SIGN_UP}/fill/2", session=f"场次{slot_id}", name="王小芳", mobile=mobile,
        identity="农民工",
    )  # fmt: skip
    return visitor.send(f"{SIGN_UP}/check").text


def _seats(database: Database) -> list[Seat]:
    with database.reading() as session:
        return list(session.scalars(select(Seat).order_by(Seat.id)))


def test_an_empty_calendar_is_no_dead_end(app: APIFlask) -> None:
    visitor = Visitor(app)
    for path in ("/m/calendar?kind=training&city=沈阳市", "/m/directory?kind=gig_market"):
        page = visitor.get(path).text
        assert (
            "的信息。" in page
            and "还没有" in page
            and "tel:12333" in page
            and "/m/services/" in page
        )
    assert visitor.get("/m/offerings/99").status_code == 404
    assert visitor.get("/m/offerings/99/sign-up").status_code == 404
    assert visitor.get("/m/calendar?kind=%00&city=北京&q=%").status_code == 200


def test_what_is_found_on_the_calendar_is_signed_up_for(
    app: APIFlask, database: Database, course: int
) -> None:
    visitor = Visitor(app)
    done = _signs_up(visitor, course)
    assert "位子给您留好了" in done
    listed = visitor.get("/m/requests").text
    assert "已报上名" in listed and "已批准" not in listed, "a seat is no grant"
    assert [one.state for one in _seats(database)] == [SeatState.BOOKED]


def test_a_seat_that_became_free_is_confirmed_on_the_page(
    app: APIFlask, database: Database, course: int
) -> None:
    first, second = Visitor(app), Visitor(app)
    _signs_up(first, course)
    assert "您排第1位" in _signs_up(second, course, "13800138001")
    numbers = [_number(database, seat) for seat in _seats(database)]
    first.send(f"/m/requests/{numbers[0]}/withdraw")
    assert mind(database, load_catalogue()) == 1
    assert "要这个位子" in second.get(f"/m/requests/{numbers[1]}").text
    assert "位子给您留好了" in second.send(f"/m/requests/{numbers[1]}/seat").text
    assert _seats(database)[1].state is SeatState.BOOKED
    assert first.send(f"/m/requests/{numbers[1]}/seat").status_code == 404


def _number(database: Database, seat: Seat) -> str:
    with database.reading() as session:
        return session.get_one(Request, seat.request_id).number


def test_reminders_come_a_day_and_two_hours_before_once_each(
    app: APIFlask, database: Database, course: int
) -> None:
    _signs_up(Visitor(app), course)
    catalogue = load_catalogue()
    with database.reading() as session:
        begins = session.get_one(Slot, course).begins_at
    for before, told in ((30, 0), (23, 1), (22, 1), (1, 2), (0.5, 2), (-1, 2)):
        mind(database, catalogue, begins - timedelta(hours=before))
        mind(database, catalogue, begins - timedelta(hours=before))
        with database.reading() as session:
            notices = session.scalars(select(Notification)).all()
            assert len(notices) == told, before
    assert all("王小芳" not in str(one.words) for one in notices)
    assert all(
        str(one.words["choices"][0]["payload"]).startswith("撤回 PX")
        for one in notices
        if one.words
    )


def test_who_waits_for_a_session_is_told_when_one_is_entered(
    app: APIFlask, database: Database
) -> None:
    visitor = Visitor(app)
    visitor.send(f"{SIGN_UP}/fill/1", agreed="1", course="还没开业：创办你的企业", home="沈阳铁西")
    assert "现在没有排期" in visitor.get(f"{SIGN_UP}/fill/2").text
    visitor.send(
        f"{SIGN_UP}/fill/2", session="先登记", name="王小芳", mobile="13800138000",
        identity="农民工",
    )  # fmt: skip
    visitor.send(f"{SIGN_UP}/fill/3", available="周末")
    visitor.send(f"{SIGN_UP}/check")
    with database.unit_of_work() as session:
        slot(session, offering(session, title="大连班", city="大连市", district=None))
        slot(session, offering(session, title="改善班", topics=["改善你的企业"]))
    assert announce(database, load_catalogue()) == 0
    with database.unit_of_work() as session:
        mine = offering(session, title="创办班", topics=["创办你的企业"])
        slot(session, mine)
        slot(session, mine, begins=utc_now() + timedelta(days=20))
    assert announce(database, load_catalogue()) == 1
    assert announce(database, load_catalogue()) == 0
    with database.reading() as session:
        notice = session.scalars(select(Notification)).one()
        assert notice.words is not None and "创办班" in notice.words["text"]
        assert "2个时间" in notice.words["text"]


def test_who_waits_for_a_space_is_told_of_one_once(app: APIFlask, database: Database) -> None:
    visitor = Visitor(app)
    visitor.asks_for("incubator_space")
    with database.unit_of_work() as session:
        offering(session, "space", title="大连园", city="大连市", district=None)
        offering(session, "space", title="沈北园", topics=["工位"])
        offering(session, "gig_market", title="市场")
    assert announce_things(database, load_catalogue()) == 1
    assert announce_things(database, load_catalogue()) == 0
    with database.reading() as session:
        notice = session.scalars(select(Notification)).one()
        assert notice.words is not None and "沈北园" in notice.words["text"]


def test_the_api_lists_and_shows_what_is_on_offer(
    app: APIFlask, database: Database, course: int
) -> None:
    with database.unit_of_work() as session:
        hours = {"days": {str(n): ["00:00-23:59"] for n in range(1, 8)}, "closed": [], "open": {}}
        offering(session, "gig_market", title="北站市场", hours=hours)
    client = app.test_client()

    def items(**query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get("/api/v1/offerings", query_string=query).json[
            "items"
        ]
        return found

    assert {one["kind"] for one in items()} == {"training", "gig_market"}
    (found,) = items(kind="training", city="沈阳", topic="创办你的企业", since="2020-01-01")
    assert found["slots"][0]["code"] == f"场次{course}" and found["slots"][0]["left"] == 1
    assert not items(kind="training", city="大连市")
    assert not items(until="2020-01-01")
    assert not items(since="9999-12-31", until="9999-12-31")
    assert not items(until="0001-01-01")
    assert client.get(f"/api/v1/offerings/{found['id']}").json["title"] == found["title"]
    assert client.get("/api/v1/offerings/999").status_code == 404
    assert client.get("/api/v1/offerings?kind=none").status_code == 422
    schema = client.get("/api/v1/services/training_signup").json["form"]["properties"]["session"]
    assert f"场次{course}" in schema["x-ui"]["choices"]


def test_a_session_is_changed_on_the_page_and_a_full_one_leaves_the_seat(
    app: APIFlask, database: Database, course: int
) -> None:
    visitor = Visitor(app)
    number = re.search(r"PX\d{6}-\d{5}", _signs_up(visitor, course))
    assert number
    with database.unit_of_work() as session:
        old = session.get_one(Slot, course)
        full, free = (
            slot(
                session,
                old.offering,
                capacity=many,
                begins=old.begins_at + timedelta(days=1 + many),
            )
            for many in (0, 1)
        )
    page = f"/m/requests/{number[0]}"
    assert f'value="{free.id}"' in visitor.get(page).text
    assert f'value="{full.id}"' not in visitor.get(page).text
    refused = visitor.send(f"{page}/session", slot=str(full.id))
    assert refused.status_code == 409 and "位子还在" in refused.text
    for nothing in ({}, {"slot": "x"}, {"slot": "9" * 30}):
        assert visitor.send(f"{page}/session", **nothing).status_code == 422
    assert _seats(database)[0].slot_id == course
    assert visitor.send(f"{page}/session", slot=str(free.id)).status_code == 200
    assert [one.slot_id for one in _seats(database)] == [free.id]
    assert Visitor(app).send(f"{page}/session", slot=str(course)).status_code == 404
