"""Quality samples: drawn by lot, read masked, scored once and never one's own."""

import pytest

from models import handoff
from models.conversation import conversation_of
from models.handoff import HandoffReason
from models.staff import Role, find_staff
from tests.models.staffing import writes
from tests.webhook.staff.conftest import Browser, Office

SCORES = {"accuracy": 5, "kindness": 4, "rules": 3}


@pytest.fixture
def boss(office: Office) -> Browser:
    return office.desk_of("laoliu", Role.ADMIN)


def finished(office: Office, person: str, name: str, *, answered: bool = True) -> int:
    """A case that this member of staff has ended."""
    with office.database.unit_of_work() as work:
        staff = find_staff(work, name)
        assert staff is not None
        conversation = conversation_of(work, "web", "", person)
        message = writes(work, conversation, f"{person}的问题")
        case = handoff.request(work, conversation, HandoffReason.ASKED, message_id=message.id)
        handoff.claim(work, conversation.id, staff)
        if answered:
            handoff.note_staff_message(work, conversation.id, staff, message.id)
        handoff.resolve(work, conversation.id, staff)
        return case.id


def test_a_case_is_drawn_read_and_scored_once(office: Office, boss: Browser) -> None:
    office.employ("xiaowang")
    finished(office, "mine", "laoliu")
    finished(office, "unanswered", "xiaowang", answered=False)
    case = finished(office, "theirs", "xiaowang")
    drawn = boss.post("/staff/quality/draw").headers["Location"]
    assert drawn == f"/staff/quality/{case}"
    assert "theirs的问题" in boss.get(drawn).text
    assert boss.post(drawn, **SCORES, remark="说得清楚").status_code == 303
    assert "4.0" in boss.get("/staff/quality").text
    assert "说得清楚" in boss.get(drawn).text
    again = boss.post(drawn, **SCORES)
    assert again.status_code == 422 and "已经有人评过" in again.text
    assert "empty" in boss.post("/staff/quality/draw").headers["Location"]
    trail = office.desk_of("shen", Role.AUDITOR).get("/staff/audit").text
    assert "质检评分" in trail and "查看会话" in trail


def test_what_may_not_be_scored_is_told(office: Office, boss: Browser) -> None:
    office.employ("xiaowang")
    own, theirs = finished(office, "mine", "laoliu"), finished(office, "theirs", "xiaowang")
    assert "请别人" in boss.post(f"/staff/quality/{own}", **SCORES).text
    refused = boss.post(f"/staff/quality/{theirs}", **(SCORES | {"rules": 6}))
    assert refused.status_code == 422 and "1 到 5" in refused.text
    assert boss.get("/staff/quality/999").status_code == 404
    assert office.desk_of("xiaoli").get("/staff/quality").status_code == 403
