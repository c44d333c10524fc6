"""Erasing takes files and remembered calls along, but for what has to stay."""

from pathlib import Path

from sqlalchemy import func, select

from models import idempotency
from models.catalogue import load_catalogue
from models.catalogue.life import Actor, RequestState
from models.contact import meet_contact
from models.database import Database
from models.idempotency import IdempotentCall
from models.intake import my_data, papers, sheet
from models.intake.recorder import Recorded
from models.materials.material import Material
from models.materials.store import MaterialStore
from models.request import Request
from models.request_life import Mover, move
from models.understanding import UnclearMessage, keep_unclear
from tests.models.intake.test_sheet import BUNDLE
from tests.models.materials.files import photo

SERVICE = "startup_subsidies"


def _left(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        files = session.scalar(select(func.count(Material.id))) or 0
        return files, session.scalar(select(func.count(IdempotentCall.id))) or 0


def _fill(database: Database, tmp_path: Path) -> int:
    catalogue, store = load_catalogue(), MaterialStore(tmp_path / "materials")
    with database.unit_of_work() as session:
        mine = meet_contact(session, "web", "", "somebody").id
        rented = BUNDLE | {"did": "开了店或公司、租了经营场地"}
        form, errors = sheet.fill(session, catalogue, mine, SERVICE, rented, agreed=True)
        assert form is not None
        assert errors == {}
        service = catalogue.service(SERVICE)
        upload = papers.prepare(service, "id_card", photo())
        papers.take(session, store, service, mine, "id_card", upload)
        idempotency.keep(session, mine, "some-key", "call", {"said": "王芳"}, 200)
    return mine


def _submit(database: Database, mine: int) -> None:
    with database.unit_of_work() as session:
        form = sheet.begun(session, load_catalogue(), mine, SERVICE)
        assert form is not None
        assert isinstance(sheet.submit(session, form), Recorded)


def test_files_and_remembered_calls_are_erased(database: Database, tmp_path: Path) -> None:
    mine = _fill(database, tmp_path)
    assert _left(database) == (1, 1)
    with database.unit_of_work() as session:
        my_data.erase(session, load_catalogue(), mine)
    assert _left(database) == (0, 0)


def test_files_stay_with_the_granted_part_of_a_bundle(database: Database, tmp_path: Path) -> None:
    mine = _fill(database, tmp_path)
    _submit(database, mine)
    service = load_catalogue().service(SERVICE)
    with database.unit_of_work() as session:
        requests = session.scalars(select(Request).order_by(Request.id)).all()
        assert len(requests) > 1
        for state, who in (("accepted", 1), ("reviewed", 1), ("granted", 2)):
            mover = Mover(Actor.REVIEWER, who)
            move(session, service, requests[-1], RequestState(state), mover, has_seen_papers=True)
    with database.unit_of_work() as session:
        my_data.erase(session, load_catalogue(), mine)
    with database.reading() as session:
        (kept,) = session.scalars(select(Request))
        assert session.scalars(select(Material.request_id)).all() == [kept.id]


def test_only_what_can_be_changed_is_promised(database: Database, tmp_path: Path) -> None:
    mine = _fill(database, tmp_path)
    _submit(database, mine)
    catalogue = load_catalogue()
    service = catalogue.service(SERVICE)
    with database.unit_of_work() as session:
        assert "改一下手机号" in my_data.held(session, catalogue, mine).text
        for one in session.scalars(select(Request)).all():
            for state, who in (("accepted", 1), ("reviewed", 1), ("granted", 2)):
                mover = Mover(Actor.REVIEWER, who)
                move(session, service, one, RequestState(state), mover, has_seen_papers=True)
    with database.reading() as session:
        told = my_data.held(session, catalogue, mine).text
    assert "改一下" not in told
    assert "找人工" in told


def test_what_was_not_understood_goes_although_nothing_else_is_stored(database: Database) -> None:
    with database.unit_of_work() as session:
        mine = meet_contact(session, "web", "", "somebody").id
        keep_unclear(session, mine, "我家在那个谁楼上", "inform", 0.2)
        idempotency.keep(session, mine, "some-key", "call", {"said": "王芳"}, 200)
    with database.unit_of_work() as session:
        said = my_data.erase(session, load_catalogue(), mine)
    assert "您说过的话都已删除" in said.text
    assert _left(database) == (0, 0)
    with database.reading() as session:
        assert session.scalar(select(func.count(UnclearMessage.id))) == 0
