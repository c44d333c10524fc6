"""Gig work on the pages: apply with a tick, choose with a button, nobody seen before the yes."""

import re

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from models.catalogue import load_catalogue
from models.catalogue.life import Actor, RequestState
from models.database import Database
from models.gig_application import ApplicationState, GigApplication
from models.request import Request
from models.request_life import Mover, move
from tests.webhook.test_mobile import Visitor


@pytest.fixture
def poster(app: APIFlask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def number(poster: Visitor, database: Database) -> str:
    """A posting of somebody, published."""
    poster.asks_for("gig_posting")
    service = load_catalogue().service("gig_posting")
    with database.unit_of_work() as session:
        request = session.scalars(select(Request)).one()
        for state in (RequestState.ACCEPTED, RequestState.GRANTED):
            move(session, service, request, state, Mover(Actor.REVIEWER, 7))
        return request.number


@pytest.fixture
def worker(app: APIFlask) -> Visitor:
    made = Visitor(app)
    made.registers()
    made.send("/m/services/gig_registration/check")
    return made


def _application(database: Database) -> GigApplication:
    with database.reading() as session:
        return session.scalars(select(GigApplication)).one()


def test_from_the_search_to_the_yes(
    poster: Visitor, worker: Visitor, number: str, database: Database
) -> None:
    found = worker.send(
        "/m/services/gig_search/fill/1", agreed="1", place="沈阳铁西", work_kinds="保洁"
    )
    assert f"/m/gigs/{number}" in found.text
    page = worker.get(f"/m/gigs/{number}").text
    assert "老王饭店" in page
    assert worker.send(f"/m/gigs/{number}/apply").status_code == 422
    assert "等招人的那边回话" in worker.send(f"/m/gigs/{number}/apply", agreed="1").text
    applied = _application(database).number
    seen = poster.get(f"/m/requests/{number}").text
    assert applied in seen
    assert "王小芳" not in seen
    assert "13800138000" not in seen
    taken = poster.send(f"/m/requests/{number}/applicants/{applied}/accept").text
    assert "王小芳" in taken
    assert "tel:13800138000" in taken
    assert "要您了" in worker.get("/m/requests").text
    worker.send(f"/m/applications/{applied}/withdraw")
    assert _application(database).state is ApplicationState.WITHDRAWN
    assert "王小芳" not in poster.get(f"/m/requests/{number}").text


def test_who_is_not_registered_is_led_there(app: APIFlask, number: str) -> None:
    page = Visitor(app).get(f"/m/gigs/{number}").text
    assert "/m/services/gig_registration" in page
    assert not re.search(r'name="agreed"', page)


def test_others_neither_see_nor_decide(
    app: APIFlask, worker: Visitor, number: str, database: Database
) -> None:
    worker.send(f"/m/gigs/{number}/apply", agreed="1")
    applied, stranger = _application(database).number, Visitor(app)
    stranger.registers()
    for path in (
        f"/m/requests/{number}/applicants/{applied}/accept",
        f"/m/requests/{number}/applicants/{applied}/decline",
        f"/m/applications/{applied}/withdraw",
    ):
        assert stranger.send(path).status_code == 404
    assert _application(database).state is ApplicationState.APPLIED


def test_what_is_off_is_said(worker: Visitor) -> None:
    assert "过期了" in worker.get("/m/gigs/ZG260101-00000").text
    assert "过期了" in worker.send("/m/gigs/ZG260101-00000/apply", agreed="1").text
