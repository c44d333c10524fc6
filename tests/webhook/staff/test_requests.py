"""The desk of applications: who may do what, what is covered, and two who act at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import audit
from models.catalogue import load_catalogue
from models.catalogue.life import RequestState
from models.contact import give_consent, meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.intake import papers
from models.intake.recorders import recorder_of
from models.materials import material
from models.materials.store import MaterialStore
from models.materials.upload import clean
from models.message import NOTICE, Message
from models.request import Request
from models.settings import Settings
from models.staff import Role
from tests.models.intake.test_recorders import SUBSIDIES
from tests.models.materials.files import photo
from tests.webhook.staff.conftest import Browser, Office

MOBILE = "13800000000"


def apply(database: Database, person: str = "person", **more: Any) -> list[int]:
    """Submit the bundle of subsidies; return the ids of its requests."""
    service = load_catalogue().service("startup_subsidies")
    with database.unit_of_work() as session:
        contact_id = meet_contact(session, "web", "", person).id
        open_conversation(session, contact_id)
        assert service.consent is not None
        consent = give_consent(session, contact_id, service.code, service.consent.wording)
        recorder_of(service).record(session, contact_id, consent.id, SUBSIDIES | more)
        return list(
            session.scalars(
                select(Request.id).where(Request.contact_id == contact_id).order_by(Request.id)
            )
        )


def seen(browser: Browser, request_id: int) -> str:
    page = browser.get(f"/staff/requests/{request_id}").text
    found = re.search(r'name="seen" value="(\d+)"', page)
    return found[1] if found else ""


def step(browser: Browser, request_id: int, state: str, **more: Any) -> Any:
    sent = {"seen": seen(browser, request_id)} | more
    return browser.post(f"/staff/requests/{request_id}/move", state=state, **sent)


def state_of(office: Office, request_id: int) -> RequestState:
    with office.database.reading() as session:
        return session.get_one(Request, request_id).state


def deeds(office: Office, action: str) -> list[audit.AuditEntry]:
    with office.database.reading() as session:
        return audit.entries(session, action=action)


@pytest.mark.parametrize(("role", "status"), [
    (Role.AGENT, 200), (Role.REVIEWER, 200), (Role.ADMIN, 200),
    (Role.EDITOR, 403), (Role.AUDITOR, 403),
])  # fmt: skip
def test_the_desk_is_for_those_who_have_a_part_in_it(
    office: Office, role: Role, status: int
) -> None:
    (first, *_) = apply(office.database)
    browser = office.desk_of("somebody", role)
    for path in ("/staff/requests", f"/staff/requests/{first}"):
        assert browser.get(path).status_code == status
    assert office.browser().get("/staff/requests").status_code == 303


def test_private_answers_are_covered_and_shown_one_at_a_time_for_a_reason(office: Office) -> None:
    (first, *_) = apply(office.database)
    browser = office.desk_of("reviewer", Role.REVIEWER)
    page = browser.get(f"/staff/requests/{first}").text
    assert MOBILE not in page
    assert "138****0000" in page
    assert "王芳" not in page + browser.get("/staff/requests").text
    address = f"/staff/requests/{first}/answers/mobile/reveal"
    assert browser.post(address, reason="看").status_code == 422
    assert deeds(office, "answer.reveal") == []
    assert MOBILE in browser.post(address, reason="打电话核实").text
    (entry,) = deeds(office, "answer.reveal")
    assert (entry.subject_id, entry.reason) == (first, "打电话核实")
    assert MOBILE not in str(entry.details)
    assert browser.post(address.replace("mobile", "nose"), reason="打电话核实").status_code == 404
    assert len(deeds(office, "request.view")) == 1


def test_each_role_sees_and_takes_its_own_steps(office: Office) -> None:
    (first, *_) = apply(office.database)
    agent = office.desk_of("agent", Role.AGENT)
    page = agent.get(f"/staff/requests/{first}").text
    assert "收下" in page
    assert "退回补正" in page
    assert step(agent, first, "accepted").status_code == 303
    assert "下一步要审核员来办" not in agent.get(f"/staff/requests/{first}").text
    looks = len(deeds(office, "request.view"))
    assert step(agent, first, "reviewed").status_code == 409
    # Once before the step, and once on the page that tells why not.
    assert len(deeds(office, "request.view")) == looks + 2
    assert state_of(office, first) is RequestState.ACCEPTED


def test_who_reviewed_waits_for_a_colleague_to_decide(office: Office) -> None:
    (first, *_) = apply(office.database)
    one, two = (office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    assert step(one, first, "accepted").status_code == 303
    assert step(one, first, "reviewed", papers="1").status_code == 303
    page = one.get(f"/staff/requests/{first}").text
    assert "等另一位同事批" in page
    assert ">批准<" not in page
    assert step(one, first, "granted").status_code == 409
    assert ">批准<" in two.get(f"/staff/requests/{first}").text
    assert step(two, first, "granted", papers="1").status_code == 303
    assert state_of(office, first) is RequestState.GRANTED
    assert {entry.details["state"] for entry in deeds(office, "request.move")} == {
        "accepted", "reviewed", "granted",
    }  # fmt: skip


def test_nothing_is_granted_unseen_while_papers_are_missing(office: Office) -> None:
    (first, *_) = apply(office.database)
    one, two = (office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    step(one, first, "accepted")
    assert step(one, first, "reviewed").status_code == 303
    page = two.get(f"/staff/requests/{first}").text
    assert 'type="checkbox" name="papers" value="1" required' in page
    refused = step(two, first, "granted")
    assert refused.status_code == 409
    assert "还没收到材料：" in refused.text
    assert state_of(office, first) is RequestState.REVIEWED
    assert step(two, first, "granted", papers="1").status_code == 303
    assert two.get(f"/staff/requests/{first}").text.count("材料已在窗口核对：") == 1
    assert deeds(office, "request.move")[0].reason.startswith("材料已在窗口核对：")


def test_papers_that_are_all_here_are_not_asked_for(office: Office, settings: Settings) -> None:
    (first, *_) = apply(office.database)
    store = MaterialStore(settings.var_dir / "uploads")
    with office.database.unit_of_work() as session:
        request = session.get_one(Request, first)
        service = load_catalogue().service(request.service)
        assert request.contact_id is not None
        for wanted in papers.missing(session, service, request):
            material.receive(
                session, store, clean(photo(), ("jpeg",)), contact_id=request.contact_id,
                service=service.code, name=wanted.name, most=3,
            )  # fmt: skip
        material.attach(session, request.contact_id, request)
    one, two = (office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    step(one, first, "accepted")
    step(one, first, "reviewed")
    assert 'name="papers"' not in two.get(f"/staff/requests/{first}").text
    assert step(two, first, "granted").status_code == 303
    assert deeds(office, "request.move")[0].reason == ""


def test_of_two_who_act_at_once_one_is_told_that_the_other_was_quicker(office: Office) -> None:
    (first, *_) = apply(office.database)
    one, two = (office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    both = [seen(one, first), seen(two, first)]
    assert step(one, first, "accepted", seen=both[0]).status_code == 303
    late = step(two, first, "returned", seen=both[1], reason="缺页，请补上")
    assert late.status_code == 409
    assert "刚才one已经办了一步" in late.text
    assert "缺页，请补上" in late.text  # what was typed is not lost
    assert state_of(office, first) is RequestState.ACCEPTED


def test_a_return_names_the_answer_and_the_reason_and_tells_the_applicant(office: Office) -> None:
    (first, *_) = apply(office.database)
    browser = office.desk_of("reviewer", Role.REVIEWER)
    assert step(browser, first, "returned", field="mobile").status_code == 409
    sent = step(browser, first, "returned", field="mobile", reason="打不通，请换一个。")
    assert sent.status_code == 303
    office.app.extensions["services"].desk.say_notices()
    with office.database.reading() as session:
        (told,) = session.scalars(select(Message).where(Message.kind == NOTICE))
    assert "要改的是「手机号」。原因：打不通，请换一个。" in told.text
    assert told.choices is not None
    assert told.choices[0]["payload"] == "/start_startup_subsidies"
    page = browser.get(f"/staff/requests/{first}").text
    assert "等申请人补正" in page
    assert step(browser, first, "returned", reason="某处", field="nose").status_code == 409


def test_several_are_accepted_at_once_and_what_cannot_be_is_counted(office: Office) -> None:
    ids = apply(office.database)
    browser = office.desk_of("agent", Role.AGENT)
    step(browser, ids[0], "accepted")
    answer = browser.post("/staff/requests/accept", id=[*ids, 999])
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "收下了 2 份。2 份没收下" in page
    assert {state_of(office, one) for one in ids} == {RequestState.ACCEPTED}


def test_a_colleague_who_took_a_request_keeps_it(office: Office) -> None:
    (first, *_) = apply(office.database)
    one, two = (office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    admin = office.desk_of("chief", Role.ADMIN)
    address = f"/staff/requests/{first}/assign"
    assert one.post(address).status_code == 303
    refused = two.post(address, over="1")
    assert refused.status_code == 409
    assert "one已经领走了" in refused.text
    assert first in _listed(one, "?mine=1")
    assert first not in _listed(two, "?mine=1")
    assert admin.post(address, over="1").status_code == 303
    one.post(f"/staff/requests/{first}/put-back")
    assert first in _listed(admin, "?mine=1")


def _listed(browser: Browser, query: str = "") -> list[int]:
    page = browser.get(f"/staff/requests{query}").text
    return [int(found) for found in re.findall(r'href="/staff/requests/(\d+)"', page)]


def test_the_list_is_filtered_searched_and_turned(office: Office) -> None:
    ids = apply(office.database)
    other = apply(office.database, "other", place={"city": "大连", "district": None}, name="李四")
    browser = office.desk_of("reviewer", Role.REVIEWER)
    assert sorted(_listed(browser)) == sorted(ids + other)
    assert sorted(_listed(browser, "?city=大连")) == other
    assert _listed(browser, "?service=startup_loan&tab=todo") == []
    step(browser, ids[0], "accepted")
    assert _listed(browser, "?tab=todo&state=accepted") == [ids[0]]
    assert sorted(_listed(browser, "?q=李四")) == other
    with office.database.reading() as session:
        number = session.get_one(Request, ids[0]).intake
    assert sorted(_listed(browser, f"?q={number}")) == ids
    for strange in ("?tab=x", "?behind=x", "?behind=2026-01-01~1", "?behind=~&city=%00", "?q=%25"):
        assert browser.get(f"/staff/requests{strange}").status_code == 200


def test_a_page_of_the_list_ends_where_the_next_begins(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhook.staff.requests.listing._PAGE", 2)
    ids = apply(office.database)
    browser = office.desk_of("reviewer", Role.REVIEWER)
    page = browser.get("/staff/requests").text
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following is not None
    assert _listed(browser) == ids[:2]
    rest = browser.get(following[1].replace("&amp;", "&")).text
    assert f'href="/staff/requests/{ids[2]}"' in rest
    assert 'rel="next"' not in rest


def test_papers_are_shown_to_staff_alone_and_every_look_is_on_the_record(
    office: Office, settings: Settings
) -> None:
    store = MaterialStore(settings.var_dir / "uploads")
    with office.database.unit_of_work() as session:
        contact_id = meet_contact(session, "web", "", "person").id
        upload = clean(photo(), ("jpeg",))
        key = material.receive(
            session, store, upload, contact_id=contact_id, service="startup_subsidies",
            name="id_card", most=3,
        ).key  # fmt: skip
    ids = apply(office.database)
    other = apply(office.database, "other")
    address = f"/staff/requests/{ids[1]}/materials/{key}"
    assert office.browser().get(address).status_code == 303
    assert office.desk_of("editor", Role.EDITOR).get(address).status_code == 403
    assert deeds(office, "material.view") == []
    reviewer = office.desk_of("reviewer", Role.REVIEWER)
    assert address in reviewer.get(f"/staff/requests/{ids[1]}").text
    answer = reviewer.get(address)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(deeds(office, "material.view")) == 1
    assert reviewer.get(f"/staff/requests/{other[0]}/materials/{key}").status_code == 404


def test_the_page_tells_of_what_may_be_the_same_and_of_other_requests(office: Office) -> None:
    ids = apply(office.database)
    other = apply(office.database, "other")
    browser = office.desk_of("reviewer", Role.REVIEWER)
    page = browser.get(f"/staff/requests/{ids[0]}").text
    alike, of_person = page.split("同一个人的申请")
    assert all(f'href="/staff/requests/{one}"' in alike for one in other)
    assert all(f'href="/staff/requests/{one}"' in of_person for one in ids[1:])
    assert "会话编号" in page
    agent = office.desk_of("agent", Role.AGENT)
    assert "打开会话" in agent.get(f"/staff/requests/{ids[0]}").text


def test_every_condition_is_told_with_its_source(office: Office) -> None:
    (first, *_) = apply(office.database)
    page = office.desk_of("reviewer", Role.REVIEWER).get(f"/staff/requests/{first}").text
    part = load_catalogue().service("startup_subsidies").parts[0]
    assert "初步判断" in page
    for rule in part.eligibility:
        assert rule.reason in page
        assert rule.source in page


def test_who_supervises_sees_how_many_there_are_and_how_many_are_late(office: Office) -> None:
    (first, *_) = apply(office.database)
    with office.database.unit_of_work() as session:
        session.get_one(Request, first).queue_at = utc_now() - timedelta(days=1)
    chief = office.desk_of("chief", Role.ADMIN)
    page = chief.get("/staff/overview").text
    assert "新到 <b>3</b>" in page
    assert "超期 <b>1</b>" in page
    assert _listed(chief, "?overdue=1") == [first]
    assert "超期 1 天" in chief.get("/staff/requests").text
    auditor = office.desk_of("auditor", Role.AUDITOR).get("/staff/overview").text
    assert "超期 <b>1</b>" in auditor
    assert "/staff/requests" not in auditor
