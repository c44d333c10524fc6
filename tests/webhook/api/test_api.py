"""The mini-program's API: sign-in, sheets, files, requests."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, update
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from models.catalogue.life import Actor, RequestState
from models.contact import meet_contact
from models.database import Database
from models.gig import GigRegistration
from models.idempotency import IdempotentCall
from models.intake import papers
from models.query_code import CODE
from models.request import Request
from models.request_life import Mover, move
from tests.models.materials.files import photo
from tests.webhook.api.conftest import MiniProgram

GIG = {
    "name": "王芳",
    "mobile": "13800138000",
    "place": "沈阳铁西",
    "work_kinds": ["保洁", "搬运"],
    "available": "周末",
}


def _guidance(user: MiniProgram) -> dict[str, str]:
    form = user.get("/services/startup_guidance").json["form"]
    return {name: one["examples"][0] for name, one in form["properties"].items()}


def _submit(user: MiniProgram, **more: object) -> str:
    sent = {"service": "startup_guidance", "answers": _guidance(user), "consent": True}
    done = user.write("POST", "/requests", json=sent | more)
    assert done.status_code == 201, done.text
    return str(done.json["number"])


def test_every_service_is_there_with_its_form(user: MiniProgram) -> None:
    items = user.get("/services").json["items"]
    assert {"gig_registration", "business_registration"} <= {one["code"] for one in items}
    for one in items:
        shown = user.get(f"/services/{one['code']}")
        assert shown.status_code == 200
        assert (shown.json["form"] is None) == (one["kind"] == "guide")
        assert (shown.json["guide"] is None) == (one["kind"] != "guide")


def test_nobody_without_a_token(api_app: APIFlask) -> None:
    for headers in ({}, {"Authorization": "Bearer forged"}):
        answer = api_app.test_client().get("/api/v1/drafts", headers=headers)
        assert answer.status_code == 401
        assert answer.json["error"]["code"] == "unauthorized"


def test_a_code_that_wechat_refuses(api_app: APIFlask) -> None:
    answer = api_app.test_client().post("/api/v1/session", json={"code": "bad"})
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "code_refused")


def test_a_sheet_is_filled_bit_by_bit_and_submitted(user: MiniProgram, database: Database) -> None:
    refused = user.write("PUT", "/drafts/gig_registration", json={"answers": GIG})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "consent_needed")
    first = {"answers": {"name": "王芳", "mobile": "12"}, "consent": True}
    draft = user.write("PUT", "/drafts/gig_registration", json=first).json
    assert set(draft["errors"]) == {"mobile"}
    assert draft["answers"] == {"name": "王*"}
    user.write("PUT", "/drafts/gig_registration", json={"answers": GIG})
    draft = user.get("/drafts/gig_registration").json
    assert (draft["missing"], draft["answers"]["mobile"]) == ({}, "138****8000")
    done = user.write("POST", "/requests", json={"service": "gig_registration"})
    assert done.status_code == 201
    assert done.json["number"] in done.json["said"]
    assert user.get("/drafts/gig_registration").status_code == 404
    assert done.json["number"] in user.get("/requests").json["records"][0]["told"]
    with database.reading() as session:
        assert session.scalars(select(GigRegistration.work_kinds)).all() == [["保洁", "搬运"]]


def test_what_is_wrong_is_told_by_field(user: MiniProgram) -> None:
    sent = {"service": "gig_registration", "answers": GIG | {"place": "火星"}, "consent": True}
    refused = user.write("POST", "/requests", json=sent)
    assert refused.status_code == 422
    assert set(refused.json["error"]["fields"]) == {"place"}
    unknown = user.write("PUT", "/drafts/gig_registration", json={"answers": {"nose": "long"}})
    assert unknown.json["error"]["fields"] == {"nose": "没有这一项"}


def test_the_same_write_again_takes_effect_once(user: MiniProgram, database: Database) -> None:
    sent = {"service": "startup_guidance", "answers": _guidance(user), "consent": True}
    with ThreadPoolExecutor(4) as pool:
        tries = [
            pool.submit(
                MiniProgram.write, MiniProgram(user.app), "POST", "/requests", "the-same-key",
                json=sent,
            )
            for _ in range(4)
        ]  # fmt: skip
    answers = [one.result() for one in tries]
    assert {one.status_code for one in answers} == {201}
    assert len({one.json["number"] for one in answers}) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count(Request.id))) == 1
    other = user.write("POST", "/requests", "the-same-key", json=sent | {"consent": False})
    assert (other.status_code, other.json["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_write_without_a_key_is_refused(user: MiniProgram) -> None:
    sent = {"answers": {}, "consent": True}
    answer = user.client.put("/api/v1/drafts/gig_registration", json=sent, headers=user.headers)
    assert answer.status_code == 422


def test_a_request_is_seen_corrected_and_taken_back(user: MiniProgram, database: Database) -> None:
    number = _submit(user)
    with database.unit_of_work() as session:
        request = session.scalars(select(Request)).one()
        service = user.app.extensions["services"].catalogue.service(request.service)
        move(
            session,
            service,
            request,
            RequestState.RETURNED,
            Mover(Actor.REVIEWER, 1),
            reason="打不通",
            field="mobile",
        )
    shown = user.get(f"/requests/{number}").json
    assert [one["state"] for one in shown["steps"]] == ["submitted", "returned"]
    assert shown["steps"][-1]["reason"] == "打不通"
    assert shown["can_correct"]
    done = user.write("PATCH", f"/requests/{number}", json={"answers": {"mobile": "13900139000"}})
    assert (done.status_code, done.json["updated"], done.json["number"]) == (200, True, number)
    assert user.get(f"/requests/{number}").json["answers"]["mobile"] == "139****9000"
    gone = user.write("DELETE", f"/requests/{number}")
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    again = user.write("DELETE", f"/requests/{number}")
    assert (again.status_code, again.json["error"]["code"]) == (409, "not_possible")
    late = user.write("PATCH", f"/requests/{number}", json={"answers": {}})
    assert late.status_code == 409


def test_what_is_mine_is_nobody_elses(user: MiniProgram) -> None:
    number = _submit(user)
    user.write("PUT", "/drafts/gig_registration", json={"answers": GIG, "consent": True})
    other = MiniProgram(user.app, "other")
    assert other.get(f"/requests/{number}").status_code == 404
    assert other.write("DELETE", f"/requests/{number}").status_code == 404
    assert other.get("/requests").json == {"items": [], "records": []}
    assert other.get("/drafts").json == {"items": []}


def _upload(user: MiniProgram, content: bytes, key: str | None = None) -> TestResponse:
    fields = {"service": "startup_subsidies", "name": "id_card", "file": ("a.jpg", content)}
    # A boundary of our own: the same upload sent again is the same bytes.
    body, kind = encode_multipart_formdata(fields, boundary="the-boundary")
    return user.write("POST", "/materials", key, data=body, content_type=kind)


def _hand_in(user: MiniProgram, number: str, name: str) -> TestResponse:
    body, kind = encode_multipart_formdata({"name": name, "file": ("a.jpg", photo())})
    return user.write("POST", f"/requests/{number}/materials", data=body, content_type=kind)


def test_a_file_is_uploaded_seen_and_goes_with_the_request(
    user: MiniProgram, database: Database
) -> None:
    refused = _upload(user, photo())
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "consent")
    agreed = {"answers": {"identity": "高校毕业生"}, "consent": True}
    user.write("PUT", "/drafts/startup_subsidies", json=agreed)
    taken = _upload(user, photo(), "upload-key")
    assert taken.status_code == 201
    assert _upload(user, photo(), "upload-key").json == taken.json
    path = f"/materials/{taken.json['key']}"
    assert user.get(path).mimetype == "image/jpeg"
    assert MiniProgram(user.app, "other").get(path).status_code == 404
    assert len(user.get("/materials").json["items"]) == 1
    answers = {
        "graduated_on": "2023年6月", "hardship": "都没有", "did": ["开了店或公司"],
        "opened_on": "2023年8月", "first_time": True, "name": "王芳", "mobile": "13800138000",
        "place": "沈阳铁西",
    }  # fmt: skip
    sent = {"service": "startup_subsidies", "answers": answers}
    assert user.write("POST", "/requests", json=sent).status_code == 201
    assert user.get("/materials").json["items"] == []
    assert user.get(path).status_code == 200
    (request, *_) = user.get("/requests").json["items"]
    told = user.get(f"/requests/{request['number']}").json
    given = {one["name"]: len(one["files"]) for one in told["materials"]}
    assert (given["id_card"], given["business_licence"]) == (1, 0)
    licence = _hand_in(user, request["number"], "business_licence")
    assert licence.json["resubmitted"] is False
    assert user.write("DELETE", f"/materials/{licence.json['material']['key']}").status_code == 200
    assert _hand_in(user, request["number"], "no_such_paper").status_code == 422
    other = MiniProgram(user.app, "other")
    assert _hand_in(other, request["number"], "id_card").status_code == 404
    with database.unit_of_work() as session:
        session.execute(update(Request).values(state=RequestState.ACCEPTED))
    assert user.write("DELETE", path).status_code == 409


@pytest.mark.parametrize("content", [b"", b"MZ not a photo", b"\xff\xd8\xff broken"])
def test_what_is_no_photo_is_refused_kindly(user: MiniProgram, content: bytes) -> None:
    agreed = {"answers": {}, "consent": True}
    user.write("PUT", "/drafts/startup_subsidies", json=agreed)
    refused = _upload(user, content)
    assert refused.status_code == 422
    assert refused.json["error"]["fields"]["file"]


def test_uploads_alone_may_be_large(user: MiniProgram) -> None:
    user.write("PUT", "/drafts/startup_subsidies", json={"answers": {}, "consent": True})
    assert _upload(user, b"\xff\xd8\xff" + b"0" * 2_000_000).status_code == 422
    assert _upload(user, b"0" * 13_000_000).status_code == 413
    big = user.write("PUT", "/drafts/gig_registration", json={"answers": {"name": "x" * 1_100_000}})
    assert big.status_code == 413


def test_no_transaction_is_open_while_a_file_is_scanned(
    user: MiniProgram, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write("PUT", "/drafts/startup_subsidies", json={"answers": {}, "consent": True})

    def write_meanwhile(*_: object) -> None:
        with database.unit_of_work() as session:
            meet_contact(session, "web", "", "who writes while a file is scanned")

    monkeypatch.setattr(papers, "scan", write_meanwhile)
    assert _upload(user, photo()).status_code == 201


def test_a_draft_is_dropped_with_its_files(user: MiniProgram) -> None:
    user.write("PUT", "/drafts/startup_subsidies", json={"answers": {}, "consent": True})
    assert _upload(user, photo()).status_code == 201
    assert user.write("DELETE", "/drafts/startup_subsidies").status_code == 200
    assert user.get("/materials").json["items"] == []


def test_a_field_takes_as_much_as_its_schema_tells(user: MiniProgram) -> None:
    form = user.get("/services/complaint_report").json["form"]["properties"]
    most = form["story"]["maxLength"]
    assert most == 800
    sent = {"answers": {"named": "匿名", "story": "窗口收钱" * (most // 4)}, "consent": True}
    assert user.write("PUT", "/drafts/complaint_report", json=sent).json["errors"] == {}
    sent["answers"]["story"] += "了"
    assert "story" in user.write("PUT", "/drafts/complaint_report", json=sent).json["errors"]


def _rights(trouble: str) -> dict[str, Any]:
    answers = {"trouble": trouble, "place": "盘锦兴隆台", "mobile": "13800138000"}
    return {"service": "rights_protection", "answers": answers, "consent": True}


def test_what_is_urgent_is_told_to_call_and_promised_nobody(user: MiniProgram) -> None:
    said = user.write("POST", "/requests", json=_rights("拖欠工钱")).json["said"]
    assert "不能转给工作人员" in said
    assert "现在就打 12333" in said
    assert "加急" not in said


def test_what_is_said_to_be_correctable_is(user: MiniProgram, database: Database) -> None:
    number = user.write("POST", "/requests", json=_rights("拖欠工钱")).json["number"]
    (item,) = user.get("/requests").json["items"]
    changed = {"answers": {"place": "大连甘井子"}}
    refused = user.write("PATCH", f"/requests/{number}", json=changed)
    assert (item["can_correct"], refused.json["error"]["code"]) == (False, "not_possible")
    user.write("PUT", "/drafts/rights_protection", json={"answers": {"trouble": "干活受伤"}})
    with database.unit_of_work() as session:
        request = session.scalars(select(Request)).one()
        service = user.app.extensions["services"].catalogue.service(request.service)
        staff = Mover(Actor.REVIEWER, 1)
        move(session, service, request, RequestState.RETURNED, staff, reason="地点不清楚")
    assert user.get(f"/requests/{number}").json["can_correct"]
    refused = user.write("PATCH", f"/requests/{number}", json=changed)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "other_draft")
    user.write("DELETE", "/drafts/rights_protection")
    assert user.write("PATCH", f"/requests/{number}", json=changed).json["number"] == number


def test_an_anonymous_complaint_is_told_once_more_and_kept_nowhere(
    user: MiniProgram, database: Database
) -> None:
    answers = {"named": "匿名", "about": "乱收费", "place": "朝阳双塔", "story": "窗口要我交工本费"}
    sent = {"service": "complaint_report", "answers": answers, "consent": True}
    first = user.write("POST", "/requests", json=sent, key="the-same-key")
    code = CODE.search(first.json["said"])
    assert code is not None
    assert first.json["number"].startswith("TS")
    again = user.write("POST", "/requests", json=sent, key="the-same-key")
    assert again.json == first.json
    with database.reading() as session:
        kept = str([one.answer for one in session.scalars(select(IdempotentCall))])
    assert code[0] not in kept
    assert first.json["number"] not in kept


def test_notices_are_their_owners_alone(api_app: APIFlask, user: MiniProgram) -> None:
    number = _submit(user)
    services = api_app.extensions["services"]
    with services.database.unit_of_work() as session:
        request = session.scalars(select(Request).where(Request.number == number)).one()
        service = services.catalogue.service(request.service)
        move(session, service, request, RequestState.ACCEPTED, Mover(Actor.REVIEWER, 1))
    assert user.get("/notices").json == {"items": []}
    services.desk.say_notices()
    (notice,) = user.get("/notices").json["items"]
    assert number in notice["text"]
    assert notice["link"] == f"/m/requests/{number}"
    assert MiniProgram(api_app, "other").get("/notices").json == {"items": []}


@pytest.mark.parametrize(
    "body",
    [
        b'{"answers": {"name": ' + b"[" * 20_000,
        b'{"answers": {"available": "\\u0000\\ud800"}, "consent": true}',
        b'{"answers": {"work_kinds": ["\\ud800"], "name": "\\ud800"}, "consent": true}',
        b'{"answers": {"mobile": ' + b"1" * 5000 + b'}, "consent": true}',
        b'{"answers": {"\\ud800": "x"}, "consent": true}',
    ],
)
def test_no_body_breaks_it(user: MiniProgram, body: bytes) -> None:
    sent = user.write("PUT", "/drafts/gig_registration", data=body, content_type="application/json")
    assert sent.status_code < 500, sent.text
    assert user.get("/drafts/gig_registration").status_code in (200, 404)
