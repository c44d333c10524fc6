"""The pages at /m/: a person without JavaScript, on a real database."""

import re
from threading import Thread
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from models.catalogue import load_catalogue
from models.catalogue.life import Actor, RequestState
from models.contact import hold, meet_contact
from models.database import Database
from models.draft import Draft
from models.gig import GigRegistration
from models.handoff import HandoffReason
from models.intake import papers
from models.materials.material import Material
from models.queues import waiting
from models.request import Request
from models.request_life import Mover, move
from tests.models.intake.test_sheet import BUNDLE
from tests.models.materials.files import photo
from webhook.mobile.needs import by_need
from webhook.mobile.sections import section_of, sections


class Visitor:
    """A browser that follows links and sends forms."""

    def __init__(self, app: APIFlask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, follow_redirects=True)

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form with the page's own token; redirects are followed."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(self._page(path)).text)
        assert token, f"no form to send to {path}"
        sent = fields | {"csrf_token": token[1]}
        return self.client.post(path, data=sent, follow_redirects=True)

    def uploads(self, service: str, content: bytes) -> TestResponse:
        """Upload a file as the identity card for a service."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(f"{service}/check").text)
        assert token
        return self.sends_photo(f"{service}/materials", token[1], content)

    def sends_photo(self, path: str, token: str, content: bytes) -> TestResponse:
        """Press a button of a page on which a file was chosen as the identity card."""
        fields = {
            "csrf_token": token,
            "file-id_card": ("a.jpg", content),
            # Where nothing was chosen a browser sends an empty part.
            "file-business_licence": ("", b""),
        }
        body, kind = encode_multipart_formdata(fields)
        return self.client.post(path, data=body, content_type=kind, follow_redirects=True)

    def _page(self, path: str) -> str:
        return "/m/services/gig_registration/fill/1" if "/fill/" not in path else path

    def registers(self) -> TestResponse:
        """Fill in the gig registration up to the summary."""
        path = "/m/services/gig_registration/fill"
        self.send(
            f"{path}/1", agreed="1", name="王小芳", mobile="13800138000", place="沈阳铁西",
            work_kinds="保洁",
        )  # fmt: skip
        return self.send(f"{path}/2", available="周末")

    def asks_for(self, code: str) -> TestResponse:
        """Submit a request with the examples of its questions."""
        service = load_catalogue().service(code)
        for number, fields in enumerate(sections(service), 1):
            texts = {field.name: field.example for field in fields}
            self.send(f"/m/services/{service.code}/fill/{number}", agreed="1", **texts)
        return self.send(f"/m/services/{service.code}/check")


@pytest.fixture
def visitor(app: APIFlask) -> Visitor:
    return Visitor(app)


def test_every_service_has_its_page_and_its_sections(visitor: Visitor) -> None:
    home = visitor.get("/m/").text
    for service in load_catalogue():
        assert f"/m/services/{service.code}" in home
        page = visitor.get(f"/m/services/{service.code}")
        assert page.status_code == 200
        assert service.clauses[0] in page.text
        assert service.office.hotline in page.text
        if service.record is None:
            continue
        for number in range(1, len(sections(service)) + 1):
            assert visitor.get(f"/m/services/{service.code}/fill/{number}").status_code == 200


def test_a_service_that_no_need_names_is_listed_too() -> None:
    listed = [one.code for _, services in by_need(load_catalogue()) for one in services]
    assert sorted(listed) == sorted(one.code for one in load_catalogue())


def test_a_person_fills_in_looks_and_submits(visitor: Visitor, database: Database) -> None:
    summary = visitor.registers()
    assert "138****8000" in summary.text
    assert "13800138000" not in summary.text
    done = visitor.send("/m/services/gig_registration/check")
    number = re.search(r"LG\d{6}-\d{5}", done.text)
    assert number
    assert number[0] in visitor.get("/m/requests").text
    visitor.send("/m/services/gig_registration/check")
    with database.reading() as session:
        assert session.scalar(select(func.count(GigRegistration.id))) == 1


def test_who_checks_their_answers_can_see_them_whole_once(visitor: Visitor) -> None:
    masked = visitor.registers()
    assert "看完整的" in masked.text
    opened = visitor.send("/m/services/gig_registration/check", show="1")
    assert "13800138000" in opened.text
    assert "王小芳" in opened.text
    assert "看完整的" not in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    assert "138" not in opened.request.url
    assert "都对，提交" in opened.text
    again = visitor.get("/m/services/gig_registration/check").text
    assert "13800138000" not in again
    assert "LG" not in visitor.get("/m/requests").text


def test_errors_stand_beside_their_field_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    path = "/m/services/gig_registration/fill/1"
    page = visitor.send(path, agreed="1", name="王小芳", mobile="12", place="火星", work_kinds="")
    assert page.status_code == 422
    assert 'id="mobile-error"' in page.text
    assert 'value="火星"' in page.text
    assert 'id="name-error"' not in page.text


def test_nothing_is_stored_without_consent(visitor: Visitor) -> None:
    page = visitor.send("/m/services/gig_registration/fill/1", name="王小芳", place="沈阳铁西")
    assert 'id="agreed-error"' in page.text
    assert 'value="沈阳铁西"' in page.text
    assert "王" not in visitor.get("/m/services/gig_registration/check").text


def test_what_is_put_aside_is_there_again(visitor: Visitor) -> None:
    sent = {"agreed": "1", "name": "王小芳", "place": "沈阳铁西", "later": "1"}
    home = visitor.send("/m/services/gig_registration/fill/1", **sent)
    assert "没填完的" in home.text
    page = visitor.get("/m/services/gig_registration/fill/1").text
    assert 'value="沈阳市铁西区"' in page
    assert "王小芳" not in page


def test_questions_that_do_not_apply_are_not_asked(visitor: Visitor) -> None:
    path = "/m/services/startup_subsidies/fill"
    page = visitor.send(f"{path}/1", agreed="1", identity="农民工").text
    assert 'name="did"' in page
    assert 'name="graduated_on"' not in page


def test_a_search_shows_what_it_found(visitor: Visitor) -> None:
    service = load_catalogue().service("gig_search")
    page = visitor.get("/m/services/gig_search")
    for number, fields in enumerate(sections(service), 1):
        texts = {field.name: field.example for field in fields}
        page = visitor.send(f"/m/services/gig_search/fill/{number}", **texts)
    assert "查到这些" in page.text


def test_a_request_is_seen_and_taken_back(visitor: Visitor, database: Database) -> None:
    visitor.asks_for("startup_guidance")
    with database.reading() as session:
        number = session.scalars(select(Request.number)).one()
    assert "已提交" in visitor.get(f"/m/requests/{number}").text or number
    assert "确认撤回" in visitor.get(f"/m/requests/{number}").text
    page = visitor.send(f"/m/requests/{number}/withdraw")
    assert "确认撤回" not in page.text
    again = visitor.send(f"/m/requests/{number}/withdraw")
    assert again.status_code == 409


def test_nobody_sees_what_is_anothers(visitor: Visitor, app: APIFlask, database: Database) -> None:
    visitor.asks_for("startup_guidance")
    with database.reading() as session:
        number = session.scalars(select(Request.number)).one()
    other = Visitor(app)
    assert other.get(f"/m/requests/{number}").status_code == 404
    assert other.send(f"/m/requests/{number}/withdraw").status_code == 404
    assert number not in other.get("/m/requests").text


def test_a_photo_is_uploaded_seen_and_deleted(visitor: Visitor) -> None:
    visitor.send("/m/services/startup_subsidies/fill/1", agreed="1", identity="农民工")
    for content, status in ((photo(), 200), (b"no photo", 422)):
        page = visitor.uploads("/m/services/startup_subsidies", content)
        assert page.status_code == status
    key = re.search(r"/m/materials/([0-9a-f]{40})", page.text)
    assert key
    shown = visitor.get(f"/m/materials/{key[1]}")
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/jpeg", "private, no-store")
    page = visitor.send(f"/m/materials/{key[1]}/drop")
    assert key[1] not in page.text


def _applies_with_photo(visitor: Visitor, content: bytes) -> TestResponse:
    """Fill in the bundle, choose a photo on the last page, and press 提交."""
    service = load_catalogue().service("startup_subsidies")
    for number in range(1, len(sections(service)) + 1):
        path = f"/m/services/{service.code}/fill/{number}"
        visitor.send(path, agreed="1", **BUNDLE)
    page = visitor.get(f"/m/services/{service.code}/check").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return visitor.sends_photo(f"/m/services/{service.code}/check", token[1], content)


def test_a_photo_that_was_chosen_goes_along_with_the_submission(
    visitor: Visitor, database: Database
) -> None:
    refused = _applies_with_photo(visitor, b"no photo")
    assert refused.status_code == 422
    done = _applies_with_photo(visitor, photo())
    assert "还差材料：" in done.text
    assert "居民身份证" not in done.text
    with database.reading() as session:
        (kept,) = session.scalars(select(Material))
        assert kept.request_id is not None


def test_a_paper_is_handed_in_and_taken_back_on_the_page_of_its_request(
    visitor: Visitor, app: APIFlask, database: Database
) -> None:
    _applies_with_photo(visitor, b"no photo")
    visitor.send("/m/services/startup_subsidies/check")
    with database.reading() as session:
        first = session.scalars(select(Request).order_by(Request.id)).first()
        assert first is not None
        path = f"/m/requests/{first.number}"
    page = visitor.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert "居民身份证 <small>还没交" in page
    assert "看不清" not in visitor.sends_photo(f"{path}/materials", token[1], photo()).text
    assert visitor.sends_photo(f"{path}/materials", token[1], b"no photo").status_code == 422
    page = visitor.get(path).text
    assert "居民身份证 <small>还没交" not in page
    key = re.search(r"/m/materials/([0-9a-f]{40})/drop", page)
    assert key
    assert Visitor(app).get(f"/m/materials/{key[1]}").status_code == 404
    assert "居民身份证 <small>还没交" in visitor.send(f"/m/materials/{key[1]}/drop").text


def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    answer = visitor.client.post("/m/services/gig_registration/fill/1", data={"name": "王小芳"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["/m/services/none", "/m/services/gig_registration/fill/99", "/m/requests/SQ1", "/m/x"]
)
def test_what_is_not_there_is_told_kindly(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "12333" in answer.text


def test_a_story_is_shown_to_its_owner_as_it_was_written(
    visitor: Visitor, database: Database
) -> None:
    service = load_catalogue().service("complaint_report")
    story = "上周三窗口要我交工本费，找王芳，电话13800138000"
    number = section_of(service, "story")
    sent = {one.name: one.example for one in service.fields if one.ask_if is None}
    for page in range(1, number + 1):
        path = f"/m/services/complaint_report/fill/{page}"
        visitor.send(path, agreed="1", **sent | {"named": "匿名", "story": story})
    page = visitor.get(f"/m/services/complaint_report/fill/{number}").text
    shown = re.search(r'<textarea[^>]*maxlength="800"[^>]*>([^<]*)</textarea>', page)
    assert shown
    assert shown[1] == story
    sent = {"named": "匿名", "story": story + "。急"}
    visitor.send(f"/m/services/complaint_report/fill/{number}", **sent)
    with database.reading() as session:
        assert session.scalars(select(Draft)).one().answers["story"] == story + "。急"


def test_giving_up_a_sheet_takes_its_files_along(visitor: Visitor, database: Database) -> None:
    path = "/m/services/startup_subsidies"
    visitor.send(f"{path}/fill/1", agreed="1", identity="农民工")
    assert visitor.uploads(path, photo()).status_code == 200
    visitor.send(f"{path}/drop")
    with database.reading() as session:
        assert session.scalar(select(func.count(Material.id))) == 0


def test_a_file_that_is_being_submitted_is_not_deleted(
    visitor: Visitor, database: Database
) -> None:
    visitor.send("/m/services/startup_subsidies/fill/1", agreed="1", identity="农民工")
    visitor.uploads("/m/services/startup_subsidies", photo())
    answers: list[TestResponse] = []
    with database.unit_of_work() as session:
        mine = session.scalars(select(Material)).one()
        assert mine.contact_id is not None
        hold(session, mine.contact_id)
        path = f"/m/materials/{mine.key}/drop"
        deleting = Thread(target=lambda: answers.append(visitor.send(path)))
        deleting.start()
        deleting.join(0.5)
        mine.request_id = 1
    deleting.join()
    assert [one.status_code for one in answers] == [404]


def test_a_returned_request_is_not_mixed_up_with_a_newer_sheet(
    visitor: Visitor, database: Database
) -> None:
    visitor.asks_for("rights_protection")
    path = "/m/services/rights_protection/fill/1"
    visitor.send(path, agreed="1", trouble="干活受伤", place="大连甘井子", later="1")
    with database.unit_of_work() as session:
        request = session.scalars(select(Request)).one()
        service, staff = load_catalogue().service(request.service), Mover(Actor.REVIEWER, 1)
        move(session, service, request, RequestState.RETURNED, staff, reason="地点不清楚")
        number = request.number
    assert "/correct" in visitor.get(f"/m/requests/{number}").text
    refused = visitor.get(f"/m/requests/{number}/correct")
    assert refused.status_code == 409
    assert "没填完的新申请" in refused.text
    visitor.send("/m/services/rights_protection/drop")
    assert 'name="trouble"' in visitor.get(f"/m/requests/{number}/correct").text


def test_no_transaction_is_open_while_a_file_is_scanned(
    visitor: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/m/services/startup_subsidies"
    visitor.send(f"{path}/fill/1", agreed="1", identity="农民工")

    def write_meanwhile(*_: object) -> None:
        with database.unit_of_work() as session:
            meet_contact(session, "web", "", "who writes while a file is scanned")

    monkeypatch.setattr(papers, "scan", write_meanwhile)
    assert visitor.uploads(path, photo()).status_code == 200


def test_an_urgent_request_goes_to_staff(visitor: Visitor, database: Database) -> None:
    assert "工作人员" in visitor.asks_for("rights_protection").text
    with database.reading() as session:
        (case,) = waiting(session)
        assert (case.reason, case.urgent) == (HandoffReason.RIGHTS, True)
