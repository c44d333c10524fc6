"""Office hours on the console: what an admin sets holds at once, everywhere."""

from datetime import datetime

import pytest

from models import reception
from models.conversation import conversation_of
from models.handoff import HandoffReason, current
from models.office_calendar import in_force
from models.office_hours import Calendar, load_calendar
from models.staff import Role
from models.working_days import CHINA
from tests.webhook.staff.conftest import Browser, Office

ALWAYS = {f"day-{day}": "00:00-23:59" for day in range(1, 8)}
USUAL = {f"day-{day}": "08:30-11:30 13:00-17:00" for day in range(1, 6)}


@pytest.fixture
def boss(office: Office) -> Browser:
    return office.desk_of("laoliu", Role.ADMIN)


def holding(office: Office) -> Calendar:
    with office.database.reading() as session:
        return in_force(session, load_calendar())


def test_hours_that_are_set_hold_for_the_next_person(office: Office, boss: Browser) -> None:
    assert (
        boss.post("/staff/hours/offices", before="", name="人工服务", **ALWAYS).status_code == 200
    )
    with office.database.unit_of_work() as work:
        conversation = conversation_of(work, "web", "", "visitor-1")
        reception.receive(work, load_calendar(), conversation, HandoffReason.ASKED, None)
        case = current(work, conversation.id)
        assert case is not None and not case.is_ticket


def test_an_office_of_its_own_with_special_days(office: Office, boss: Browser) -> None:
    special = {"special-date": ["2026-12-26", "2026-12-28"], "special-hours": ["9:00－12:00", ""]}
    answer = boss.post("/staff/hours/offices", region="沈阳", name="沈阳服务台", **USUAL, **special)
    assert answer.status_code == 200
    shenyang = holding(office).office_for("沈阳")
    assert shenyang.is_open(datetime(2026, 12, 26, 10, tzinfo=CHINA))
    assert not shenyang.is_open(datetime(2026, 12, 28, 10, tzinfo=CHINA))
    assert holding(office).office_for("大连").region is None
    boss.post("/staff/hours/offices", before="沈阳", region="沈阳", deed="close")
    assert holding(office).office_for("沈阳").region is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"before": "", "day-1": "上午"}, "看不懂"),
        ({"before": "", "day-1": "11:00-9:00"}, "先后"),
        ({"before": "", "day-1": "25:00-26:00"}, "先后"),
        ({"before": ""}, "至少要有一天"),
        ({"day-1": "9:00-10:00"}, "哪个地区"),
        ({"before": "", "deed": "close"}, "不能撤掉"),
        ({"before": "", "day-1": "9:00-10:00", "special-date": "x", "special-hours": ""}, "日期"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(
    office: Office, boss: Browser, fields: dict[str, str], told: str
) -> None:
    refused = boss.post("/staff/hours/offices", **fields)
    assert refused.status_code == 422 and told in refused.text
    assert holding(office) == load_calendar()


def test_limits_are_set_and_an_agent_sets_nothing(office: Office, boss: Browser) -> None:
    limits = {
        "first_reply_within": 3, "next_reply_within": 6, "resolved_within": 60,
        "patience": 2, "reopens_within": 30,
    }  # fmt: skip
    assert boss.post("/staff/hours/limits", **limits).status_code == 200
    assert holding(office).patience.total_seconds() == 120
    assert boss.post("/staff/hours/limits", **(limits | {"patience": 0})).status_code == 422
    assert office.desk_of("xiaowang").post("/staff/hours/limits", **limits).status_code == 403
    assert "修改时限" in office.desk_of("shen", Role.AUDITOR).get("/staff/audit").text
