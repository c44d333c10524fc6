"""New postings: who hears of them, how often, and from when on nobody finds them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import gig
from models.catalogue import load_catalogue
from models.catalogue.life import Actor, RequestState
from models.contact import Contact, give_consent, meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.gig_news import tell_of_new
from models.intake import precheck
from models.intake.recorders import recorder_of
from models.notification import Notification
from models.request import Request
from models.request_life import Mover, move
from tests.models.intake.test_recorders import POSTING

SERVICE = load_catalogue().service("gig_posting")
STAFF, POSTER = Mover(Actor.REVIEWER, 7), "poster"


def registers(session: Session, person: str, **more: Any) -> int:
    contact_id = meet_contact(session, "wechat", "gh", person).id
    consent = give_consent(session, contact_id, "gig_registration", "1")
    told: dict[str, Any] = {
        "name": "王芳", "mobile": "13800000000", "city": "沈阳", "district": "铁西区",
        "work_kinds": ["保洁"], "available": "周末",
    } | more  # fmt: skip
    gig.register(session, contact_id=contact_id, consent_id=consent.id, **told)
    return contact_id


def posts(session: Session, *, granted: bool = True, **more: Any) -> Request:
    contact_id = meet_contact(session, "wechat", "gh", POSTER).id
    consent = give_consent(session, contact_id, SERVICE.code, "1")
    number = recorder_of(SERVICE).record(session, contact_id, consent.id, POSTING | more).number
    request = session.scalars(select(Request).where(Request.number == number)).one()
    if granted:
        for state in (RequestState.ACCEPTED, RequestState.GRANTED):
            move(session, SERVICE, request, state, STAFF)
    return request


def told(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in session.scalars(select(Notification).where(Notification.key.like("posting:%"))):
        found.setdefault(one.contact_id, []).append(one.words["text"] if one.words else "")
    return found


def test_those_whom_a_posting_fits_hear_of_it_once(database: Database) -> None:
    with database.unit_of_work() as session:
        right = registers(session, "right")
        anything = registers(session, "anything", work_kinds=["不限"], district=None)
        registers(session, "other work", work_kinds=["搬运"])
        registers(session, "elsewhere", city="大连")
        registers(session, "other part", district="沈河区")
        registers(session, POSTER)
        gone = session.get_one(Contact, registers(session, "gone"))
        gone.unsubscribed_at = utc_now()
        request = posts(session)
    assert tell_of_new(database) == 2
    assert tell_of_new(database) == 0
    with database.reading() as session:
        heard = told(session)
    assert set(heard) == {right, anything}
    assert request.number in heard[right][0]
    assert "保洁｜沈阳铁西区｜" in heard[right][0]


def test_nobody_hears_of_what_is_not_published(database: Database) -> None:
    with database.unit_of_work() as session:
        registers(session, "right")
        posts(session, granted=False)
        withdrawn = posts(session, when="周日一天")
        applicant = Mover(Actor.APPLICANT, withdrawn.contact_id)
        move(session, SERVICE, withdrawn, RequestState.WITHDRAWN, applicant)
        posts(session, when="昨天", last_day=(utc_now() - timedelta(days=3)).date().isoformat())
    assert tell_of_new(database) == 0


def test_one_person_hears_of_two_a_day(database: Database) -> None:
    with database.unit_of_work() as session:
        right = registers(session, "right")
        for day in ("周一", "周二", "周三"):
            posts(session, when=day)
    tell_of_new(database)
    with database.unit_of_work() as session:
        assert len(told(session)[right]) == 2
        session.execute(update(Notification).values(created_at=utc_now() - timedelta(days=2)))
        posts(session, when="周四")
    tell_of_new(database)
    with database.reading() as session:
        assert len(told(session)[right]) == 3


def test_one_posting_that_cannot_be_told_of_keeps_no_other_waiting(database: Database) -> None:
    with database.unit_of_work() as session:
        right = registers(session, "right")
        broken, whole = posts(session, when="周一"), posts(session, when="周二")
        # As a restore of half a backup could leave it: no list of kinds.
        session.execute(
            update(gig.GigPosting)
            .where(gig.GigPosting.request_id == broken.id)
            .values(work_kinds=7)
        )
    assert tell_of_new(database) == 1
    with database.reading() as session:
        (heard,) = told(session)[right]
    assert whole.number in heard


def test_a_posting_calls_a_few_times_its_places_who_wrote_last_first(database: Database) -> None:
    with database.unit_of_work() as session:
        people = [registers(session, f"p{number}") for number in range(25)]
        for number, contact_id in enumerate(people):
            open_conversation(session, contact_id).last_inbound_at = utc_now() - timedelta(
                hours=number
            )
        posts(session, how_many=2)
    assert tell_of_new(database) == 20
    with database.reading() as session:
        assert set(told(session)) == set(people[:20])


def test_a_posting_is_found_while_it_is_on_and_not_a_moment_longer(database: Database) -> None:
    with database.unit_of_work() as session:
        request = posts(session, granted=False)
        assert gig.search_postings(session, "沈阳") == []
        for state in (RequestState.ACCEPTED, RequestState.GRANTED):
            move(session, SERVICE, request, state, STAFF)
        assert [one.request_id for one in gig.search_postings(session, "沈阳")] == [request.id]
        move(session, SERVICE, request, RequestState.CLOSED, STAFF)
        assert gig.search_postings(session, "沈阳") == []


@pytest.mark.parametrize(("more", "names"), [
    ({"notes": "先交押金200"}, "押金"),
    ({"when": "明天，服装费自己出"}, "服装费"),
    ({"notes": "要女的"}, "性别"),
    ({"notes": "上岗扣身份证"}, "证件"),
])  # fmt: skip
def test_what_the_law_forbids_is_not_taken_and_says_why(more: dict[str, str], names: str) -> None:
    found = precheck.obstacle(SERVICE, POSTING | more)
    assert found is not None
    assert names in found.text
    assert "法》" in found.text


@pytest.mark.parametrize("notes", ["不收押金，管饭", "没有服装费", "自带手套", None])
def test_what_it_allows_is_taken(notes: str | None) -> None:
    assert precheck.obstacle(SERVICE, POSTING | {"notes": notes}) is None


def test_low_pay_is_shown_to_staff_and_does_not_block() -> None:
    low = POSTING | {"pay": {"low": 1000, "high": 1000, "per": "hour"}}
    assert precheck.obstacle(SERVICE, low) is None
    assert [rule.needs.holds(low) for rule in SERVICE.checks][-1] is False
    assert [rule.needs.holds(POSTING) for rule in SERVICE.checks][-1] is None
