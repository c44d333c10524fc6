"""月报 on the console: screen, list and files agree; who may see and who may act."""

import csv
import io

import pytest
from lxml import html
from openpyxl import load_workbook

from models.staff import Role
from tests.models.report.office import MONTH, live_a_month
from tests.webhook.staff.conftest import Office

PAGE = f"/staff/reports?month={MONTH}"


def _screen(text: str) -> dict[str, list[list[str]]]:
    """Return every table of the page by its title, as it stands there."""
    found: dict[str, list[list[str]]] = {}
    for table in html.fromstring(text).xpath("//table[starts-with(@id, 'table-')]"):
        title = table.xpath("ancestor::section//h2")[0].text_content().strip()
        rows = [
            [cell.text_content().strip() for cell in row.xpath("./th|./td")]
            for row in table.xpath(".//tr")
            if not row.xpath("./td[@colspan]")
        ]
        rows[0][0] = ""
        found[title] = rows
    return found


def _read_csv(data: bytes) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        if len(row) == 1 and row[0]:
            rows = found.setdefault(row[0], [])
        elif row:
            rows.append(row)
    return found


def _read_xlsx(data: bytes) -> dict[str, list[list[str]]]:
    return {
        sheet.title: [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in load_workbook(io.BytesIO(data))
    }


@pytest.mark.parametrize("city", ["", "&city=沈阳市"])
def test_screen_and_files_are_equal(office: Office, city: str) -> None:
    live_a_month(office.database)
    browser = office.desk_of("admin", Role.ADMIN)
    screen = _screen(browser.get(PAGE + city).text)
    assert len(screen) >= 2
    written = browser.get(f"/staff/reports/export.csv?month={MONTH}{city}")
    assert _read_csv(written.data) == screen
    assert _read_xlsx(browser.get(f"/staff/reports/export.xlsx?month={MONTH}{city}").data) == screen


def test_every_link_leads_to_as_many_rows(office: Office) -> None:
    live_a_month(office.database)
    browser = office.desk_of("auditor", Role.AUDITOR)
    links = html.fromstring(browser.get(PAGE).text).xpath("//table//td/a")
    assert len(links) > 10
    for link in links:
        page = html.fromstring(browser.get(link.get("href")).text)
        assert str(len(page.xpath("//tbody/tr"))) == link.text_content().strip()


@pytest.mark.parametrize(
    "query",
    ["measure=submitted&city=鞍山市", "measure=accepted&city=鞍山市",
     "measure=submitted&city=没写城市&service=training_signup",
     "measure=submitted&city=鞍山市&service=training_signup"],
)  # fmt: skip
def test_what_is_hidden_cannot_be_listed(office: Office, query: str) -> None:
    live_a_month(office.database)
    browser = office.desk_of("admin", Role.ADMIN)
    assert browser.get(f"/staff/reports/rows?month={MONTH}&{query}").status_code == 403


def test_a_list_tells_no_place_that_the_table_hides(office: Office) -> None:
    live_a_month(office.database)
    browser = office.desk_of("auditor", Role.AUDITOR)
    rows = f"/staff/reports/rows?month={MONTH}"
    table = html.fromstring(browser.get(f"{rows}&measure=submitted").text).xpath("//table")[0]
    assert "沈阳市" in table.text_content()
    assert "鞍山市" not in table.text_content()
    for query in ("&measure=submitted&service=training_signup", "&measure=submitted&city=沈阳市"):
        (table,) = html.fromstring(browser.get(rows + query).text).xpath("//table")
        assert "市" not in table.text_content()
        assert "补贴" not in table.text_content()


@pytest.mark.parametrize("count", ["9" * 5000, "1000001", "-1", "٣"])
def test_no_number_breaks_the_trail(office: Office, count: str) -> None:
    browser = office.desk_of("admin", Role.ADMIN)
    form = {"month": str(MONTH), "training:沈阳市": count}
    assert browser.post("/staff/reports/submit", **form).status_code == 409


def test_submitting_locking_and_correcting(office: Office) -> None:
    live_a_month(office.database)
    browser = office.desk_of("admin", Role.ADMIN)
    form = {"month": str(MONTH), "training:沈阳市": "40"}
    assert browser.post("/staff/reports/submit", **form).status_code == 303
    assert browser.post("/staff/reports/lock", month=str(MONTH)).status_code == 303
    assert "已锁定" in browser.get(PAGE).text
    refused = browser.post("/staff/reports/submit", **form)
    assert refused.status_code == 409
    assert "更正" in refused.text
    assert browser.post("/staff/reports/correct", **form).status_code == 409
    done = browser.post("/staff/reports/correct", reason="补报一个班", **form)
    assert done.status_code == 303
    assert "补报一个班" in browser.get(PAGE).text
    wrong = browser.post("/staff/reports/correct", reason="补报一个班", month=str(MONTH),
                         **{"training:沈阳市": "四十"})  # fmt: skip
    assert wrong.status_code == 409


@pytest.mark.parametrize(
    ("role", "sees", "acts"),
    [(Role.AGENT, 403, 403), (Role.AUDITOR, 200, 403), (Role.REVIEWER, 403, 403),
     (Role.ADMIN, 200, 303)],
)  # fmt: skip
def test_who_sees_and_who_acts(office: Office, role: Role, sees: int, acts: int) -> None:
    browser = office.desk_of("somebody", role)
    assert browser.get(PAGE).status_code == sees
    assert browser.post("/staff/reports/submit", month=str(MONTH)).status_code == acts


@pytest.mark.parametrize(
    "path",
    ["?month=2026-99", "?city=纽约", "/export.pdf", "/rows?measure=none", "?month=9999-12"],
)
def test_strange_addresses_get_a_clear_no(office: Office, path: str) -> None:
    assert office.desk_of("admin", Role.ADMIN).get(f"/staff/reports{path}").status_code == 404
