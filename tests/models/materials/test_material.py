import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest

from models.contact import meet_contact
from models.database import Database
from models.materials import material as materials
from models.materials.material import Material
from models.materials.scan import scan
from models.materials.store import MaterialStore
from models.materials.upload import UploadRefusedError
from models.request import Request
from tests.models.materials.files import pdf, photo


@pytest.fixture
def store(tmp_path: Path) -> MaterialStore:
    return MaterialStore(tmp_path / "uploads")


def person(database: Database, name: str = "one") -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "", name).id


def give(database: Database, store: MaterialStore, contact_id: int, **other: object) -> str:
    wanted = {"service": "startup_loan", "name": "lease", "allowed": ("jpeg", "pdf"), "most": 2}
    with database.unit_of_work() as session:
        given = materials.receive(
            session, store, photo(), contact_id=contact_id, **{**wanted, **other}
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
    long_ago = time.time() - 3 * 3600
    for one in (key, orphan):
        os.utime(tmp_path / "uploads" / one[:2] / one, (long_ago, long_ago))
    with database.unit_of_work() as session:
        assert materials.sweep(session, store, timedelta(days=30)) == 1
    assert store.content(key) and store.content(fresh)
    with pytest.raises(FileNotFoundError):
        store.content(orphan)


def test_an_abandoned_file_goes_with_its_draft(database: Database, store: MaterialStore) -> None:
    mine = person(database)
    give(database, store, mine)
    with database.unit_of_work() as session:
        materials.sweep(session, store, timedelta(0))
        assert materials.loose(session, mine) == []


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
