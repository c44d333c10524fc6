"""Applications for gig work: places are never oversold, and nobody is seen before their yes."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import gig
from models.catalogue.life import Actor, RequestState
from models.contact import Consent
from models.database import Database, utc_now
from models.gig_application import (
    PURPOSE,
    ApplicationRefusedError,
    ApplicationState,
    GigApplication,
    accept,
    applications_of,
    applications_to,
    apply,
    decline,
    name_and_mobile,
    what_they_can,
    withdraw,
)
from models.notification import Notification
from models.person.erasure import erase_person
from models.person.portrait import portrait_of
from models.request import Request
from models.request_life import Mover, move
from models.retention import keep_no_longer
from tests.models.person.life import CATALOGUE
from tests.models.test_gig_news import SERVICE, posts, registers

PEOPLE = 8


def _posting(session: Session, **more: object) -> gig.GigPosting:
    return session.get_one(gig.GigPosting, posts(session, **more).id)  # type: ignore[arg-type]


def _applies(session: Session, posting: gig.GigPosting, who: str, **more: object) -> GigApplication:
    return apply(session, posting, registers(session, who, **more))


def _poster(posting: gig.GigPosting) -> int:
    contact_id = posting.request.contact_id
    assert contact_id is not None
    return contact_id


def _told(session: Session, contact_id: int) -> list[str]:
    found = session.scalars(
        select(Notification)
        .where(Notification.contact_id == contact_id, Notification.key.like("gig_application:%"))
        .order_by(Notification.id)
    )
    return [one.words["text"] for one in found if one.words]


def _raced(database: Database, works: list[Callable[[Session], object]]) -> list[str]:
    """Run each in a process-like unit of work of its own at one moment; return the refusals."""
    at_once, refused = threading.Barrier(len(works)), []

    def run(work: Callable[[Session], object]) -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        at_once.wait()
        try:
            with own.unit_of_work() as session:
                work(session)
        except ApplicationRefusedError as error:
            refused.append(error.code)
        except Exception as error:
            refused.append(repr(error))
        finally:
            own.dispose()

    threads = [threading.Thread(target=run, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def _accepting(number: int, poster: int) -> Callable[[Session], object]:
    return lambda session: accept(session, session.get_one(GigApplication, number), poster)


def _taken(database: Database, posting_id: int) -> tuple[int, int]:
    """The count on the posting, and how many have a place: always the same."""
    with database.reading() as session:
        accepted = select(func.count()).where(GigApplication.state == ApplicationState.ACCEPTED)
        return session.get_one(gig.GigPosting, posting_id).taken, session.scalar(accepted) or 0


def test_places_are_never_oversold(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session, how_many=3)
        poster = _poster(posting)
        wanted = [_applies(session, posting, f"p{n}").id for n in range(PEOPLE)]
    refused = _raced(database, [_accepting(one, poster) for one in wanted])
    assert refused == ["full"] * (PEOPLE - 3)
    assert _taken(database, posting.request_id) == (3, 3)


def test_a_yes_and_a_withdrawal_at_once_leave_no_place_behind(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session, how_many=PEOPLE)
        poster = _poster(posting)
        wanted = [_applies(session, posting, f"p{n}").id for n in range(4)]

    def leaving(number: int) -> Callable[[Session], object]:
        return lambda session: withdraw(session, session.get_one(GigApplication, number))

    works = [way for one in wanted for way in (_accepting(one, poster), leaving(one))]
    assert set(_raced(database, works)) <= {"ended"}
    assert _taken(database, posting.request_id) == (0, 0)


def test_the_same_yes_twice_takes_one_place(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session, how_many=3)
        poster, one = _poster(posting), _applies(session, posting, "one")
    assert _raced(database, [_accepting(one.id, poster)] * 4) == []
    assert _taken(database, posting.request_id) == (1, 1)


def test_what_is_full_is_not_found_and_a_place_given_back_is(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session, how_many=1)
        poster, number = _poster(posting), posting.request.number
        first, second = (_applies(session, posting, who) for who in ("first", "second"))
        accept(session, first, poster)
        assert gig.posting_of(session, number) is None
        assert gig.search_postings(session, posting.city) == []
        with pytest.raises(ApplicationRefusedError) as full:
            accept(session, second, poster)
        assert full.value.code == "full"
        with pytest.raises(ApplicationRefusedError) as late:
            _applies(session, posting, "third")
        assert late.value.code == "gone"
        withdraw(session, first)
        assert [one.request_id for one in gig.search_postings(session, posting.city)] == [
            posting.request_id
        ]
        assert any("空出一个位子" in one for one in _told(session, poster))
        accept(session, second, poster)
        decline(session, second, poster)
        assert posting.taken == 0


def test_both_sides_are_told_and_nobody_is_named_in_it(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster, one = _poster(posting), _applies(session, posting, "one")
        two = _applies(session, posting, "two")
        assert len(_told(session, poster)) == 2
        accept(session, one, poster)
        decline(session, two, poster)
        assert "要您了" in _told(session, one.contact_id)[0]
        assert "没选上" in _told(session, two.contact_id)[0]
        said = "".join(_told(session, poster))
        assert not any(secret in said for secret in ("王芳", "13800000000", "周末"))


def test_whom_to_call_is_seen_after_the_yes_alone(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster, one = _poster(posting), _applies(session, posting, "one")
        assert session.get_one(Consent, one.consent_id).purpose == PURPOSE
        assert what_they_can(session, one) == "能干保洁；周末有空"
        assert name_and_mobile(session, one) is None
        accept(session, one, poster)
        assert name_and_mobile(session, one) == ("王芳", "13800000000")
        decline(session, one, poster)
        assert name_and_mobile(session, one) is None


def test_who_may_not_apply_or_decide(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster, one = _poster(posting), _applies(session, posting, "one")
        for who, code in ((poster, "own"), (one.contact_id, "again")):
            with pytest.raises(ApplicationRefusedError) as refused:
                apply(session, posting, who)
            assert refused.value.code == code
        for decide in (accept, decline):
            with pytest.raises(ApplicationRefusedError) as refused:
                decide(session, one, one.contact_id)
            assert refused.value.code == "not_yours"
        decline(session, one, poster)
        with pytest.raises(ApplicationRefusedError) as refused:
            apply(session, posting, one.contact_id)
        assert refused.value.code == "declined"


def test_who_withdrew_may_come_back(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        one = _applies(session, posting, "one")
        withdraw(session, one)
        assert apply(session, posting, one.contact_id).state is ApplicationState.APPLIED


def test_who_waits_is_told_when_the_posting_goes(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster = _poster(posting)
        has_it, waits = (_applies(session, posting, who) for who in ("has it", "waits"))
        accept(session, has_it, poster)
        mover = Mover(Actor.APPLICANT, poster)
        move(session, SERVICE, posting.request, RequestState.WITHDRAWN, mover)
        assert has_it.state is ApplicationState.ACCEPTED
        assert waits.state is ApplicationState.DECLINED
        assert "不招了" in _told(session, waits.contact_id)[0]


def test_who_is_erased_gives_the_place_back_and_leaves_no_row(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session, how_many=1)
        poster, one = _poster(posting), _applies(session, posting, "one")
        accept(session, one, poster)
        portrait = portrait_of(session, CATALOGUE, [one.contact_id], utc_now())
        lines = {section.title: section.lines for section in portrait.sections}
        assert one.number in str(lines["报名过的零工"])
        assert "报名零工：让招人的一方看姓名、手机号" in str(lines["您同意过的"])
    with database.unit_of_work() as session:
        erase_person(session, CATALOGUE, [one.contact_id])
        assert session.get_one(gig.GigPosting, posting.request_id).taken == 0
        assert applications_of(session, one.contact_id) == []


def test_an_erased_poster_takes_the_applications_along(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster, one = _poster(posting), _applies(session, posting, "one")
        erase_person(session, CATALOGUE, [poster])
        assert session.get(Request, posting.request_id) is None
        assert applications_of(session, one.contact_id) == []
        assert "不招了" in _told(session, one.contact_id)[0]


def test_what_came_to_nothing_is_forgotten_in_time(database: Database) -> None:
    with database.unit_of_work() as session:
        posting = _posting(session)
        poster = _poster(posting)
        stays, goes = (_applies(session, posting, who) for who in ("stays", "goes"))
        accept(session, stays, poster)
        decline(session, goes, poster)
    assert keep_no_longer(database, utc_now() + timedelta(days=181))["gig_application"] == 1
    with database.reading() as session:
        assert [one.id for one in applications_to(session, posting.request_id)] == [stays.id]
