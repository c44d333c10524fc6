import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from models.attachment import attach
from models.contact import meet_contact
from models.database import Database, utc_now
from models.draft import begin_draft, drafts_of, forget_old_drafts, give_up
from models.materials import material as materials
from models.materials.material import Material
from models.materials.scan import scan
from models.materials.store import MaterialStore
from models.materials.upload import Upload, UploadRefusedError, clean
from models.request import Request
from tests.models.materials.files import pdf, photo
from tests.models.staffing import official, talk


@pytest.fixture
def store(tmp_path: Path) -> MaterialStore:
    return MaterialStore(tmp_path / "uploads")


def person(database: Database, name: str = "one") -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "", name).id


def give(database: Database, store: MaterialStore, contact_id: int, **other: object) -> str:
    wanted = {"service": "startup_loan", "name": "lease", "most": 2}
    with database.unit_of_work() as session:
        given = materials.receive(
            session, store, clean(photo()), contact_id=contact_id, **{**wanted, **other}
        )
        return given.key


def test_a_file_is_kept_sealed_and_given_back_clean(
    database: Database, store: MaterialStore, tmp_path: Path
) -> None:
    key = give(database, store, person(database))
    (kept,) = [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o600
    assert b"JFIF" not in kept.read_bytes()
    assert b"JFIF" in store.content(key)[:20]


def test_only_its_owner_finds_it(database: Database, store: MaterialStore) -> None:
    mine, other = person(database), person(database, "other")
    key = give(database, store, mine)
    with database.reading() as session:
        assert materials.find(session, key, mine) is not None
        assert materials.find(session, key, other) is None


def submitted(database: Database, contact_id: int | None) -> Request:
    with database.unit_of_work() as session:
        request = Request(
            number="DK1", intake="DK1", service="startup_loan", contact_id=contact_id, answers={}
        )
        session.add(request)
        session.flush()
        return request


def test_the_files_of_an_anonymous_request_belong_to_nobody(
    database: Database, store: MaterialStore
) -> None:
    mine = person(database)
    give(database, store, mine)
    request = submitted(database, None)
    with database.unit_of_work() as session:
        materials.attach(session, mine, request)
    with database.reading() as session:
        assert [one.contact_id for one in session.query(Material)] == [None]


def test_no_more_files_than_the_service_takes(database: Database, store: MaterialStore) -> None:
    mine = person(database)
    give(database, store, mine)
    give(database, store, mine)
    with pytest.raises(UploadRefusedError) as refused:
        give(database, store, mine)
    assert refused.value.code == "too_many"
    give(database, store, mine, name="licence")


def test_a_submission_takes_the_files_of_its_service_along(
    database: Database, store: MaterialStore
) -> None:
    mine = person(database)
    loan = give(database, store, mine)
    give(database, store, mine, service="incubator_space")
    request = submitted(database, mine)
    with database.unit_of_work() as session:
        materials.attach(session, mine, request)
    with database.reading() as session:
        assert [one.key for one in materials.of_intake(session, request.intake)] == [loan]
        assert [one.service for one in materials.loose(session, mine)] == ["incubator_space"]


def test_a_sweep_deletes_what_nobody_needs_and_nothing_else(
    database: Database, store: MaterialStore, tmp_path: Path
) -> None:
    mine = person(database)
    key = give(database, store, mine)
    orphan, fresh = store.keep(b"no row"), store.keep(b"row not committed yet")
    sent = store.keep(b"staff sent it")
    with database.unit_of_work() as session:
        upload = Upload("png", b"staff sent it")
        staff = official(session, "agent").id
        attach(session, talk(session, "somebody").id, staff, sent, upload, "a.png")
    long_ago = time.time() - 3 * 3600
    for one in (key, orphan, sent):
        os.utime(tmp_path / "uploads" / one[:2] / one, (long_ago, long_ago))
    assert materials.sweep(database, store) == 1
    assert store.content(key) and store.content(fresh) and store.content(sent)
    with pytest.raises(FileNotFoundError):
        store.content(orphan)


def test_what_is_being_deleted_keeps_no_writer_waiting(
    database: Database, store: MaterialStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = store.keep(b"no row")
    os.utime(tmp_path / "uploads" / orphan[:2] / orphan, (0, 0))
    forget = store.forget

    def write_meanwhile(key: str) -> None:
        person(database, "who writes while files are deleted")
        forget(key)

    monkeypatch.setattr(store, "forget", write_meanwhile)
    assert materials.sweep(database, store) == 1


def drafted(database: Database, contact_id: int, *, idle: timedelta) -> None:
    with database.unit_of_work() as session:
        draft = begin_draft(session, contact_id, "startup_loan")
        draft.updated_at = utc_now() - idle


def uploaded(database: Database, *, ago: timedelta) -> None:
    with database.unit_of_work() as session:
        session.execute(update(Material).values(created_at=utc_now() - ago))


@pytest.mark.parametrize(
    ("idle", "ago", "left"),
    [
        (timedelta(days=2), timedelta(days=31), 1),
        (timedelta(days=31), timedelta(days=2), 0),
        (None, timedelta(days=2), 1),
        (None, timedelta(days=31), 0),
    ],
)
def test_a_file_waits_as_long_as_its_draft(
    database: Database, store: MaterialStore, idle: timedelta | None, ago: timedelta, left: int
) -> None:
    mine = person(database)
    give(database, store, mine)
    if idle is not None:
        drafted(database, mine, idle=idle)
    uploaded(database, ago=ago)
    with database.unit_of_work() as session:
        forget_old_drafts(session)
        assert len(materials.loose(session, mine)) == left


def test_giving_up_takes_the_files_of_that_service_along(
    database: Database, store: MaterialStore
) -> None:
    mine = person(database)
    give(database, store, mine)
    give(database, store, mine, service="incubator_space")
    with database.unit_of_work() as session:
        give_up(session, begin_draft(session, mine, "startup_loan"))
        assert [one.service for one in materials.loose(session, mine)] == ["incubator_space"]
        assert drafts_of(session, mine) == []


def test_erasing_spares_what_belongs_to_a_request_that_is_kept(
    database: Database, store: MaterialStore
) -> None:
    mine = person(database)
    kept = give(database, store, mine)
    request = submitted(database, mine)
    with database.unit_of_work() as session:
        materials.attach(session, mine, request)
    give(database, store, mine)
    with database.unit_of_work() as session:
        assert materials.erase(session, mine, keep_requests=[request.id]) == 1
        assert [one.key for one in session.query(Material)] == [kept]


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a" * 39, "g" * 40])
def test_no_key_leads_out_of_the_store(store: MaterialStore, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.content(key)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("false", "infected"),
        ("sh -c 'exit 2'", "not_scanned"),
        ("/no/such/scanner", "not_scanned"),
    ],
)
def test_what_the_scanner_does_not_pass_is_not_kept(command: str, code: str) -> None:
    with pytest.raises(UploadRefusedError) as refused:
        scan(pdf(), command)
    assert refused.value.code == code


def test_the_scanner_reads_the_file_itself() -> None:
    scan(b"clean", "grep -q clean")
    with pytest.raises(UploadRefusedError):
        scan(b"other", "grep -q clean")
