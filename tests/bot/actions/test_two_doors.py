"""What is begun in chat is finished as a sheet, and the other way round."""

from pathlib import Path

from bot.actions.topic import Desk
from models.intake import papers, sheet
from models.intake.recorder import Recorded
from models.materials import material
from models.materials.store import MaterialStore
from tests.bot.actions.dialogue import Person
from tests.models.materials.files import photo


def test_begun_in_chat_finished_as_a_sheet(desk: Desk, person: Person) -> None:
    person.begins()
    person.fills("王小芳", "13800138000")
    with desk.database.unit_of_work() as session:
        form, errors = sheet.fill(
            session,
            desk.catalogue,
            person.contact_id,
            "gig_registration",
            {"place": "沈阳铁西", "work_kinds": "保洁", "available": "周末"},
        )
        assert form is not None
        assert errors == {}
        done = sheet.submit(session, form)
    assert isinstance(done, Recorded)
    (stored,) = person.registrations
    assert (stored.name, stored.number) == ("王小芳", done.number)
    assert person.draft is None


def test_begun_as_a_sheet_finished_in_chat(desk: Desk, person: Person) -> None:
    with desk.database.unit_of_work() as session:
        sheet.fill(
            session,
            desk.catalogue,
            person.contact_id,
            "gig_registration",
            {"name": "王小芳", "mobile": "13800138000", "place": "沈阳铁西", "available": ""},
            agreed=True,
        )
    asked = person.says("保洁")
    assert "有空" in asked.text
    summary = person.says("白天有空")
    assert "138****8000" in summary.text or "手机号" in summary.text
    person.says("对", "affirm")
    assert [one.name for one in person.registrations] == ["王小芳"]


def test_giving_up_in_chat_takes_the_files_of_the_page_along(
    desk: Desk, person: Person, tmp_path: Path
) -> None:
    service = desk.catalogue.service("startup_subsidies")
    with desk.database.unit_of_work() as session:
        given = {"identity": "农民工"}
        sheet.fill(session, desk.catalogue, person.contact_id, service.code, given, agreed=True)
        upload = papers.prepare(service, "id_card", photo())
        store = MaterialStore(tmp_path / "uploads")
        papers.take(session, store, service, person.contact_id, "id_card", upload)
    person.says("算了", "cancel")
    person.says("算了", "cancel")
    assert person.draft is None
    with desk.database.reading() as session:
        assert material.loose(session, person.contact_id) == []
