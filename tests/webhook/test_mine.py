"""我的信息 on a page: one opening, one browser, half an hour; with a copy to keep."""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from models.audit import AuditEntry
from models.contact import meet_contact
from models.database import Database
from models.person.own_page import link_for
from models.private_value import open_all
from models.settings import Settings
from tests.models.person.life import MOBILE, SECRETS, live
from tests.webhook.conftest import web_process


@pytest.fixture
def app(settings: Settings, sqlite_database: Database) -> Iterator[APIFlask]:
    with web_process(settings) as made:
        made.config["WTF_CSRF_ENABLED"] = False
        yield made


@pytest.fixture
def link(settings: Settings, sqlite_database: Database) -> str:
    mine = live(sqlite_database, settings.var_dir / "uploads")
    with sqlite_database.unit_of_work() as session:
        return open_all(session, mine, link_for(session, mine, "/m/mine"))


def _opened(app: APIFlask, link: str) -> FlaskClient:
    client = app.test_client()
    assert client.post(link).status_code == 303
    return client


def test_looking_at_the_link_does_not_use_it_up(app: APIFlask, link: str) -> None:
    for _ in range(2):
        page = app.test_client().get(link)
        assert page.status_code == 200
        assert MOBILE not in page.text
    mine = _opened(app, link).get("/m/mine")
    assert [secret for secret in SECRETS if secret not in mine.text] == []
    assert mine.headers["Cache-Control"] == "no-store"


def test_only_the_browser_that_opened_it_sees_anything(app: APIFlask, link: str) -> None:
    _opened(app, link)
    other = app.test_client()
    used = other.post(link)
    assert used.status_code == 410
    assert "打不开了" in used.text
    page = other.get("/m/mine")
    assert page.status_code == 410
    assert "打不开了" not in page.text, "no link was used here"
    assert "导出我的信息" in page.text
    assert not re.search("|".join(SECRETS), page.text)
    assert other.post("/m/mine/download").status_code == 410


def test_leaving_closes_it(app: APIFlask, link: str) -> None:
    client = _opened(app, link)
    client.post("/m/mine/leave")
    assert client.get("/m/mine").status_code == 410


def test_a_copy_to_keep(app: APIFlask, link: str, sqlite_database: Database) -> None:
    answer = _opened(app, link).post("/m/mine/download")
    assert answer.content_type == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    assert MOBILE in packed.read("我的信息.html").decode()
    with sqlite_database.reading() as session:
        deeds = session.scalars(select(AuditEntry.action)).all()
    assert "data.export" in deeds


@pytest.mark.parametrize("secret", ["x", "..%2f..", "a" * 3000, "中文"])
def test_wild_links_are_told_plainly(app: APIFlask, secret: str) -> None:
    assert app.test_client().post(f"/m/mine/{secret}").status_code in (404, 410)


def test_what_somebody_typed_is_no_markup(app: APIFlask, sqlite_database: Database) -> None:
    with sqlite_database.unit_of_work() as session:
        mine = meet_contact(session, "web", "", "<script>alert(1)</script>").id
        link = open_all(session, mine, link_for(session, mine, "/m/mine"))
    assert "<script>alert" not in _opened(app, link).get("/m/mine").text
