"""A sheet: many answers at once, read by the same types as the talk."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.catalogue.life import RequestState
from models.catalogue.loader import Catalogue, load_catalogue
from models.contact import meet_contact
from models.database import Database
from models.draft import Draft, begin_draft, drafts_of, give_up
from models.gig import GigRegistration
from models.intake import sheet
from models.intake.answers import type_of
from models.intake.fields.base import Said, Taken
from models.intake.recorder import Recorded
from models.request import Request
from models.request_life import MoveRefusedError
from models.working_days import china_today

GIG = {
    "name": "王芳",
    "mobile": "13800138000",
    "place": "沈阳铁西",
    "work_kinds": "保洁、搬运",
    "available": "周末",
}
BUNDLE = {
    "identity": "高校毕业生",
    "graduated_on": "2023年6月",
    "hardship": "都没有",
    "did": "开了店或公司",
    "opened_on": "2023年8月",
    "first_time": "是",
    "name": "王芳",
    "mobile": "13800138000",
    "place": "沈阳铁西",
}


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def mine(database: Database) -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "", "somebody").id


def fill(
    database: Database, mine: int, code: str, texts: Mapping[str, str | None], agreed: bool = True
) -> sheet.Errors:
    with database.unit_of_work() as session:
        return sheet.fill(session, load_catalogue(), mine, code, texts, agreed=agreed)[1]


def submit(database: Database, mine: int, code: str) -> Recorded | sheet.Errors:
    with database.unit_of_work() as session:
        form, errors = sheet.fill(session, load_catalogue(), mine, code, {})
        assert form is not None
        return errors or sheet.submit(session, form)


def answers(database: Database, mine: int) -> dict[str, object]:
    with database.reading() as session:
        (draft,) = drafts_of(session, mine)
        return {k: v for k, v in draft.answers.items() if not k.startswith("_")}


def test_a_whole_sheet_is_stored(database: Database, mine: int) -> None:
    assert fill(database, mine, "gig_registration", GIG) == {}
    done = submit(database, mine, "gig_registration")
    assert isinstance(done, Recorded)
    with database.reading() as session:
        assert session.scalars(select(GigRegistration.number)).all() == [done.number]
        assert drafts_of(session, mine) == []


def test_nothing_is_stored_before_consent(database: Database, mine: int) -> None:
    wrong = GIG | {"mobile": "12"}
    errors = fill(database, mine, "gig_registration", wrong, agreed=False)
    assert set(errors) == {"consent", "mobile"}
    assert answers(database, mine) == {}


def test_each_field_has_its_own_error_and_the_right_ones_stay(
    database: Database, mine: int
) -> None:
    errors = fill(database, mine, "gig_registration", GIG | {"mobile": "12", "place": "北京"})
    assert set(errors) == {"mobile", "place"}
    assert set(answers(database, mine)) == {"name", "work_kinds", "available"}
    assert submit(database, mine, "gig_registration") == {
        "mobile": "还没填「手机号」。",
        "place": "还没填「干活地点」。",
    }


def test_fields_that_hang_on_others_come_and_go(database: Database, mine: int) -> None:
    assert fill(database, mine, "startup_subsidies", BUNDLE) == {}
    assert "opened_on" in answers(database, mine)
    assert fill(database, mine, "startup_subsidies", {"did": "都没有"}) == {}
    assert "opened_on" not in answers(database, mine)
    assert "first_time" not in answers(database, mine)


def test_a_bundle_is_one_intake(database: Database, mine: int) -> None:
    fill(database, mine, "startup_subsidies", BUNDLE)
    done = submit(database, mine, "startup_subsidies")
    assert isinstance(done, Recorded)
    with database.reading() as session:
        assert set(session.scalars(select(Request.intake))) == {done.number}


def test_what_nobody_could_grant_is_told_beside_its_field(database: Database, mine: int) -> None:
    nothing = BUNDLE | {"identity": "都不是", "did": "都没有"}
    assert fill(database, mine, "startup_subsidies", nothing) == {}
    errors = submit(database, mine, "startup_subsidies")
    assert isinstance(errors, dict)
    assert set(errors) >= {"identity", "did"}
    assert len(answers(database, mine)) > 0


def test_a_blank_takes_back_but_leaves_what_is_not_shown(database: Database, mine: int) -> None:
    fill(database, mine, "gig_registration", GIG)
    fill(database, mine, "gig_registration", {"name": "", "place": ""})
    assert set(answers(database, mine)) == set(GIG) - {"place"}
    fill(database, mine, "gig_registration", {"name": None, "mobile": "不改"})
    assert set(answers(database, mine)) == set(GIG) - {"place", "name"}


def test_control_characters_and_broken_ones_are_dropped(database: Database, mine: int) -> None:
    wild = {"available": "周\x00末\ud800", "name": "\x1d王芳", "no_such_field": "x"}
    assert fill(database, mine, "gig_registration", GIG | wild) == {}
    assert answers(database, mine)["available"] == "周末"


COMPLAINT = {"named": "匿名", "about": "乱收费", "place": "朝阳双塔"}


def test_no_answer_is_cut(database: Database, mine: int) -> None:
    story = "上周三某某窗口要我交工本费" + "很" * 787
    assert len(story) == 800
    assert fill(database, mine, "complaint_report", COMPLAINT | {"story": story}) == {}
    assert answers(database, mine)["story"] == story
    errors = fill(database, mine, "complaint_report", {"story": story + "多"})
    assert "800" in errors["story"]
    assert "801" in errors["story"]


def test_a_stored_registration_is_changed_under_its_number(database: Database, mine: int) -> None:
    fill(database, mine, "gig_registration", GIG)
    first = submit(database, mine, "gig_registration")
    fill(database, mine, "gig_registration", {"place": "大连甘井子"})
    second = submit(database, mine, "gig_registration")
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert (second.number, second.is_update) == (first.number, True)


def test_every_answer_can_be_shown_and_read_again(catalogue: Catalogue) -> None:
    for service in catalogue:
        for field in service.fields:
            if field.private:
                continue
            kind = type_of(field)
            reading = kind.read(Said(field.example))
            assert isinstance(reading, Taken)
            again = kind.read(Said(kind.show(reading.value)))
            assert isinstance(again, Taken), (service.code, field.name)
            assert again.value == reading.value, (service.code, field.name)


def test_two_doors_submit_the_same_at_once(database: Database, mine: int) -> None:
    fill(database, mine, "startup_guidance", {})
    with database.reading() as session:
        service = load_catalogue().service("startup_guidance")
        assert session.scalar(select(func.count(Draft.id))) == 1
    texts = {field.name: field.example for field in service.fields}
    at_once, done = threading.Barrier(6), []

    def send() -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        at_once.wait()
        with own.unit_of_work() as session:
            form, errors = sheet.fill(
                session, load_catalogue(), mine, service.code, texts, agreed=True
            )
            done.append(errors or (form is not None and sheet.submit(session, form)))
        own.dispose()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6
    assert {one.number for one in done if isinstance(one, Recorded)}
    with database.reading() as session:
        assert session.scalar(select(func.count(Request.id))) == 1


def test_a_correction_is_kept_apart_from_another_sheet(
    database: Database, mine: int, catalogue: Catalogue
) -> None:
    fill(database, mine, "startup_subsidies", BUNDLE)
    done = submit(database, mine, "startup_subsidies")
    assert isinstance(done, Recorded)

    def refusal() -> str | None:
        with database.reading() as session:
            request = session.scalars(select(Request)).first()
            assert request is not None
            try:
                sheet.check_correction(session, catalogue, mine, request)
            except MoveRefusedError as error:
                return error.code
        return None

    assert refusal() is None
    fill(database, mine, "startup_subsidies", {})
    assert refusal() is None
    with database.unit_of_work() as session:
        give_up(session, drafts_of(session, mine)[0])
        begin_draft(session, mine, "startup_subsidies").asked = "identity"
    assert refusal() == "other_draft"
    with database.unit_of_work() as session:
        session.execute(update(Request).values(state=RequestState.GRANTED))
    assert refusal() == "not_possible"


def test_what_closed_meanwhile_is_told_of_the_service(
    database: Database, mine: int, catalogue: Catalogue
) -> None:
    assert fill(database, mine, "gig_registration", GIG) == {}
    yesterday = china_today() - timedelta(days=1)
    with database.unit_of_work() as session:
        form = sheet.begun(session, catalogue, mine, "gig_registration")
        assert form is not None
        closed = form.service.model_copy(update={"open_until": yesterday})
        told = sheet.submit(session, replace(form, service=closed))
    assert isinstance(told, dict)
    assert "受理时间已经过了" in told["service"]
