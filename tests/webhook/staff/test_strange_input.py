"""What nobody types by accident: no view breaks on it, on either database."""

from collections.abc import Iterator

import pytest

from models.database import Database
from models.settings import Settings
from models.staff import Role
from tests.webhook.conftest import web_process
from tests.webhook.staff.conftest import Office


@pytest.fixture
def each_office(settings: Settings, database: Database) -> Iterator[Office]:
    with web_process(settings) as app:
        yield Office(app, database)


def test_nul_breaks_nothing(each_office: Office) -> None:
    browser = each_office.desk_of("admin", Role.ADMIN)
    for path in (
        "requests?q=%00", "requests?service=%00", "requests?city=%00", "offerings?q=%00",
        "knowledge/documents?q=%00", "knowledge/synonyms?q=%00", "canned/clauses?q=%00",
        "search?q=%00", "desk/queue?q=%00", "conversations/1/files/%00",
        "/m/requests/%00", "/m/mine/%00", "/m/calendar?q=%00", "/m/pictures/%00",
    ):  # fmt: skip
        address = path if path.startswith("/") else f"/staff/{path}"
        assert browser.get(address).status_code < 500, path
    fields = {"title": "a\0b", "text": "a\0b", "shortcut": "a\0b", "code": "a\0b", "kind": "培训班",
              "city": "沈阳", "says": "a\0b", "means": "a\0b", "region": "a\0b", "name": "a\0b",
              "day-1": "08:00-09:00", "intent": "a\0b"}  # fmt: skip
    for path in ("canned", "offerings/new", "knowledge/synonyms", "knowledge/import",
                 "hours/offices", "team", "understanding/teach"):  # fmt: skip
        assert browser.post(f"/staff/{path}", **fields).status_code < 500, path


@pytest.mark.parametrize(
    "path",
    [
        "requests?behind=0001-01-01T00:00:00%2B23:59~1",
        "requests?behind=9999-12-31T23:59:59-23:59~1",
        "requests?behind=2026-01-01T00:00:00~1",
        "knowledge/documents?page=9223372036854775807",
    ],
)
def test_far_away_pages_are_empty_or_the_first(each_office: Office, path: str) -> None:
    assert each_office.desk_of("admin", Role.ADMIN).get(f"/staff/{path}").status_code == 200
