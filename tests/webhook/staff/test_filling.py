"""Staff fill in a service for the person they talk to: whose sheet, whose yes, who is told."""

import re
from typing import Any

from sqlalchemy import select

from models import audit, handoff
from models.catalogue import load_catalogue
from models.contact import Consent
from models.draft import drafts_of
from models.handoff import HandoffReason
from models.intake import sheet
from models.message import NOTICE, Message
from models.request import Request
from models.staff import Role
from tests.bot.actions.paths import paths_of
from tests.models.staffing import talk
from tests.webhook.staff.conftest import Browser, Office

SERVICE = load_catalogue().service("social_insurance_subsidy")
(PATH, *_) = paths_of(SERVICE)
BASE = f"/staff/conversations/1/services/{SERVICE.code}"


def served(office: Office, name: str = "agent") -> Browser:
    """Somebody whom the person of conversation 1 talks to."""
    browser = office.desk_of(name)
    with office.database.unit_of_work() as session:
        handoff.request(session, talk(session, "person"), HandoffReason.ASKED)
    browser.post("/staff/conversations/1/claim")
    return browser


def fill(browser: Browser, **more: Any) -> str:
    """Answer section after section with the examples; return where it ended."""
    at = f"{BASE}/1"
    while not at.endswith("/check"):
        answer = browser.post(at, agreed="1", **(dict(PATH) | more))
        assert answer.status_code == 303, re.findall(r'class="error"[^>]*>([^<]+)', answer.text)
        at = answer.location
    return at


def deeds(office: Office, action: str) -> list[audit.AuditEntry]:
    with office.database.reading() as session:
        return audit.entries(session, action=action)


def test_what_somebody_says_is_filled_in_submitted_and_told_to_them(office: Office) -> None:
    browser = served(office)
    assert SERVICE.name in browser.get("/staff/conversations/1/services").text
    assert "先念给对方听" in browser.get(f"{BASE}/1").text
    page = browser.get(fill(browser)).text
    assert "对方说都对，提交" in page
    done = browser.post(f"{BASE}/check")
    office.app.extensions["services"].desk.say_notices()
    with office.database.reading() as session:
        request = session.scalars(select(Request)).one()
        consent = session.scalars(select(Consent)).one()
        (told,) = session.scalars(select(Message.text).where(Message.kind == NOTICE))
    assert request.number in done.text
    assert told.startswith("工作人员按您说的帮您办了。")
    assert request.number in told
    assert request.consent_id == consent.id
    assert request.contact_id == consent.contact_id
    (yes, *_) = deeds(office, "consent.told")
    assert (yes.subject_id, yes.details["wording"]) == (consent.contact_id, consent.wording)
    (deed,) = deeds(office, "request.submit_for")
    assert deed.subject_id == request.id
    reviewer = office.desk_of("reviewer", Role.REVIEWER)
    assert "agent 按本人说的代填" in reviewer.get(f"/staff/requests/{request.id}").text


def test_without_the_persons_yes_nothing_is_stored(office: Office) -> None:
    browser = served(office)
    answer = browser.post(f"{BASE}/1", **PATH)
    assert answer.status_code == 422
    assert "对方同意了才能往下填" in answer.text
    with office.database.reading() as session:
        assert session.scalars(select(Consent)).all() == []
        assert all(draft.answers.get("name") is None for draft in drafts_of(session, 1))
    assert deeds(office, "consent.told") == []


def test_what_the_person_began_goes_on_and_private_answers_stay_covered(office: Office) -> None:
    browser = served(office)
    with office.database.unit_of_work() as session:
        begun = {"name": "王小芳", "mobile": "13900139000"}
        sheet.fill(session, load_catalogue(), 1, SERVICE.code, begun, agreed=True)
    assert "接着填" in browser.get("/staff/conversations/1/services").text
    page = browser.get(f"{BASE}/check").text
    assert "139****9000" in page
    assert "13900139000" not in page
    assert "王小芳" not in page
    assert deeds(office, "consent.told") == []


def test_a_mistake_is_told_beside_its_field(office: Office) -> None:
    browser = served(office)
    fill(browser)
    wrong = dict(PATH) | {"mobile": "123"}
    pages = [browser.post(f"{BASE}/{number}", **wrong) for number in (1, 2, 3)]
    (refused,) = [page for page in pages if page.status_code == 422]
    assert 'id="mobile-error"' in refused.text


def test_only_who_serves_the_person_may(office: Office) -> None:
    served(office)
    other = office.desk_of("other")
    assert other.get("/staff/conversations/1/services").status_code == 409
    assert other.get(f"{BASE}/1").status_code == 409
    assert other.post(f"{BASE}/1", agreed="1", **PATH).status_code == 409
    assert other.post(f"{BASE}/check").status_code == 409
    assert office.desk_of("reviewer", Role.REVIEWER).get(f"{BASE}/1").status_code == 403
    with office.database.reading() as session:
        assert drafts_of(session, 1) == []


def test_strange_addresses_lead_nowhere(office: Office) -> None:
    browser = served(office)
    for path in (f"{BASE}/0", f"{BASE}/99", f"{BASE[:-3]}/1", "/staff/conversations/9/services"):
        assert browser.get(path).status_code == 404, path
    guide = next(one.code for one in load_catalogue() if one.record is None)
    assert browser.get(f"/staff/conversations/1/services/{guide}/1").status_code == 404
    assert browser.get(f"{BASE}/check").status_code == 302


def test_what_is_anonymous_is_left_to_the_person_alone(office: Office) -> None:
    browser = served(office)
    base = "/staff/conversations/1/services/complaint_report"
    given = {
        "agreed": "1", "named": "匿名", "about": "乱收费", "place": "朝阳双塔",
        "story": "上周三，红旗窗口要我交五十元工本费",
    }  # fmt: skip
    refused = browser.post(f"{base}/1", **given)
    assert refused.status_code == 409
    assert "匿名的不能代填" in refused.text
    with office.database.unit_of_work() as session:
        assert drafts_of(session, 1) == []
        sheet.fill(session, load_catalogue(), 1, "complaint_report", given, agreed=True)
    for seen in (browser.get(f"{base}/1"), browser.get(f"{base}/check")):
        assert seen.status_code == 409
        assert "工本费" not in seen.text
    assert browser.post(f"{base}/check").status_code == 409
    with office.database.reading() as session:
        assert session.scalars(select(Request)).all() == []
        assert "complaint_report" not in str([one.details for one in audit.entries(session)])
