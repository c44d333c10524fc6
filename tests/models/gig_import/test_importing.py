"""Importing: each line once, the yes given at the desk, a person's own word first."""

from collections.abc import Iterable

from sqlalchemy import select, text

from models.audit import AuditEntry
from models.catalogue.life import RequestState
from models.catalogue.loader import load_catalogue
from models.contact import BUREAU, Consent, Contact, give_consent, meet_contact
from models.database import Database
from models.gig import GigRegistration, register, search_postings
from models.gig_import import Came, Counts, Importing, Line
from models.request import Request
from models.staff import Role, create_staff

CATALOGUE = load_catalogue()
PLACE = {"city": "沈阳市", "district": "铁西区"}
WORKER = {
    "name": "王芳",
    "mobile": "13800000000",
    "place": PLACE,
    "work_kinds": ["保洁"],
    "available": "周末",
}
POSTING = {
    "employer": "老王饭店",
    "mobile": "13900000000",
    "place": PLACE,
    "work_kinds": ["保洁"],
    "pay": {"low": 20000, "high": 20000, "per": "day"},
    "when": "周六一天",
    "how_many": 3,
    "last_day": None,
}


def _line(number: int, code: str, answers: dict[str, object]) -> Line:
    return Line(number, (), CATALOGUE.service(code), answers)


def _import(database: Database, lines: Iterable[Line], granted_by: int | None = None) -> list[Came]:
    importing = Importing(granted_by)
    with database.unit_of_work() as session:
        return [importing.store(session, line).came for line in lines]


LINES = [_line(2, "gig_registration", WORKER), _line(3, "gig_posting", POSTING)]


def test_twice_changes_nothing(database: Database) -> None:
    assert _import(database, LINES) == [Came.CREATED, Came.CREATED]
    with database.reading() as session:
        before = session.scalars(select(GigRegistration.updated_at)).all()
    assert _import(database, LINES) == [Came.UNCHANGED, Came.UNCHANGED]
    with database.reading() as session:
        assert session.scalars(select(GigRegistration.updated_at)).all() == before
        assert len(session.scalars(select(Request)).all()) == 1
        assert len(session.scalars(select(Contact)).all()) == 2
        assert len(session.scalars(select(Consent)).all()) == 2


def test_the_yes_is_that_of_the_desk_and_nothing_lies_open(database: Database) -> None:
    _import(database, LINES)
    with database.reading() as session:
        assert {one.wording for one in session.scalars(select(Consent))} == {"线下登记"}
        assert {one.channel for one in session.scalars(select(Contact))} == {BUREAU}
        stored = session.execute(
            text("SELECT name, mobile, mobile_hash FROM gig_registration")
        ).all()
        told = [str(row) for row in stored]
        told += map(str, session.execute(text("SELECT answers FROM request")).all())
        told += [one.external_id for one in session.scalars(select(Contact))]
    for secret in ("王芳", "13800000000", "13900000000", "老王饭店"):
        assert secret not in "".join(told)


def test_a_line_that_changed_is_brought_up_to_date(database: Database) -> None:
    _import(database, LINES)
    changed = _line(2, "gig_registration", WORKER | {"available": "随时"})
    assert _import(database, [changed]) == [Came.UPDATED]
    with database.reading() as session:
        (one,) = session.scalars(select(GigRegistration))
        assert one.available == "随时"


def test_what_people_registered_by_themselves_stands(database: Database) -> None:
    with database.unit_of_work() as session:
        mine = meet_contact(session, "wechat", "app", "openid").id
        consent = give_consent(session, mine, "gig_registration", "1.words")
        register(
            session, contact_id=mine, consent_id=consent.id, name="王芳", mobile="13800000000",
            city="大连市", district=None, work_kinds=["搬运"], available="随时",
        )  # fmt: skip
    assert _import(database, LINES[:1]) == [Came.BY_THEMSELVES]
    # Another of the family, at the same number, is another person.
    other = _line(2, "gig_registration", WORKER | {"name": "王强"})
    assert _import(database, [other]) == [Came.CREATED]


def test_one_person_twice_in_a_file(database: Database) -> None:
    again = _line(5, "gig_registration", WORKER)
    other = _line(6, "gig_registration", WORKER | {"available": "随时"})
    assert _import(database, [LINES[0], again, other]) == [
        Came.CREATED,
        Came.UNCHANGED,
        Came.WRONG,
    ]


def test_postings_wait_for_review_unless_somebody_answers_for_them(database: Database) -> None:
    _import(database, LINES)
    with database.reading() as session:
        assert session.scalars(select(Request.state)).all() == [RequestState.SUBMITTED]
    with database.unit_of_work() as session:
        reviewer = create_staff(session, "reviewer", Role.REVIEWER, password="correct-horse").id
    other = _line(4, "gig_posting", POSTING | {"when": "周日"})
    assert _import(database, [other], reviewer) == [Came.CREATED]
    assert _import(database, [other], reviewer) == [Came.UNCHANGED]
    with database.reading() as session:
        (found,) = search_postings(session, "沈阳市")
        assert found.when == "周日"
        assert [one.actor_id for one in found.request.events][1:] == [reviewer, reviewer]


def test_the_import_is_audited_without_what_was_in_it(database: Database) -> None:
    counts = Counts()
    importing = Importing()
    with database.unit_of_work() as session:
        for line in LINES:
            counts.add(importing.store(session, line))
        importing.close(session, b"the file", counts, None)
    with database.reading() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert entry.details["lines"] == {"gig_registration.created": 1, "gig_posting.created": 1}
    assert "王芳" not in str(entry.details)
