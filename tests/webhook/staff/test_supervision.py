"""Supervision on the console: every figure opens the list it counts, and exports as it stands."""

import csv
import io
import re
from html import unescape

import pytest

from models import handoff
from models.conversation import conversation_of
from models.database import utc_now
from models.handoff import HandoffReason
from models.private_value import Span, swap
from models.staff import Role, find_staff
from tests.models.staffing import writes
from tests.webhook.staff.conftest import Browser, Office


@pytest.fixture
def boss(office: Office) -> Browser:
    """A supervisor, over one case that was resolved, one that waits, and a talk with the bot."""
    office.employ("xiaowang")
    with office.database.unit_of_work() as work:
        agent = find_staff(work, "xiaowang")
        assert agent is not None
        for person in ("done", "waits", "bot"):
            conversation = conversation_of(work, "web", "", person)
            message = writes(work, conversation, "你好")
            if person == "bot":
                continue
            case = handoff.request(work, conversation, HandoffReason.ASKED, message_id=message.id)
            if person == "waits":
                continue
            swap(work, conversation.contact_id, "=王芳", [Span(0, 3, "姓名", "=王芳")])
            handoff.claim(work, conversation.id, agent)
            handoff.note_staff_message(work, conversation.id, agent, message.id)
            handoff.resolve(work, conversation.id, agent)
            handoff.rate(work, case, 2)
    return office.desk_of("laoliu", Role.ADMIN)


def cells(csv_file: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(csv_file.removeprefix("\ufeff"))) if row]


def test_every_figure_opens_the_list_it_counts(boss: Browser) -> None:
    page = boss.get("/staff/overview").text
    links = re.findall(r'<a href="(/staff/overview/cases[^"]+)">([^<]+)</a>', page)
    counts = {
        "waiting": 1, "in_service": 0, "all": 2, "replied": 1, "resolved": 1, "rated": 1, "bot": 1,
    }  # fmt: skip
    shown = {}
    for address, _told in links:
        counted = re.search(r"counted=(\w+)", address)
        assert counted is not None
        if "staff=" in address or "hour=" in address:
            continue
        listed = boss.get(unescape(address)).text
        shown[counted[1]] = listed.split("<tbody>")[1].count("/staff/desk/")
    assert shown == counts
    mine = boss.get("/staff/overview/cases?counted=all&staff=1").text
    assert mine.count('href="/staff/desk/') == 1


def test_what_is_exported_is_what_the_page_shows(
    boss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_at = utc_now()  # one look: the longest wait grows between page and file
    monkeypatch.setattr("models.supervision.utc_now", lambda: seen_at)
    page = unescape(re.sub(r"<[^>]+>", " ", boss.get("/staff/overview").text))
    exported = boss.get("/staff/overview/export")
    assert exported.mimetype == "text/csv"
    rows = cells(exported.text)
    assert rows[1] == ["项目", "数值", "说明"]  # cards, on the page
    for row in [rows[0], *rows[2:]]:
        assert all(" ".join(cell.split()) in " ".join(page.split()) for cell in row), row


def test_a_list_is_exported_without_formulas(boss: Browser) -> None:
    rows = cells(boss.get("/staff/overview/cases/export?counted=rated").text)
    assert rows[1][0] == "联系人" and len(rows) == 3
    assert rows[2][0].startswith("'=") and "2 分" in rows[2]


def test_figures_are_for_those_who_supervise(office: Office) -> None:
    agent, auditor = office.desk_of("xiaoli"), office.desk_of("shen", Role.AUDITOR)
    for path in ("", "/export", "/cases", "/cases/export"):
        assert agent.get(f"/staff/overview{path}").status_code == 403
        assert auditor.get(f"/staff/overview{path}?span=nonsense&hour=x").status_code == 200
