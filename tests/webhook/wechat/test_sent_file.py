"""A PDF of staff's in WeChat: its link opens it for the one it was sent to, and for a while."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from models import attachment, attachment_link
from models.attachment_link import Leads, link_to
from models.contact import meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.materials.upload import clean
from models.settings import Settings
from tests.models.materials.files import pdf
from tests.simulator import Simulator, simulating
from tests.webhook.conftest import web_process
from tests.webhook.wechat.test_pages import named


@pytest.fixture
def app(settings: Settings, sqlite_database: Database) -> Iterator[APIFlask]:
    with web_process(settings) as made:
        yield made


def send(app: APIFlask, database: Database, openid: str) -> str:
    """Send somebody a PDF; return the address of its page."""
    upload = clean(pdf())
    key = app.extensions["services"].materials.keep(upload.content)
    with database.unit_of_work() as session:
        contact = meet_contact(session, "wechat", "gh_1", openid)
        conversation = open_conversation(session, contact.id)
        attachment.attach(session, conversation.id, None, key, upload, "社保指南.pdf")
    return f"/m/files/{link_to(key, Leads.TO_PAGE)}"


def file_on(client: FlaskClient, page: str) -> bytes:
    """Open the bare file as another app of the phone does: without cookies."""
    address = page.split('href="/m/file/')[1].split('"')[0]
    answer = client.application.test_client().get(f"/m/file/{address}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return answer.data


def test_the_first_browser_that_opens_it_keeps_it(app: APIFlask, sqlite_database: Database) -> None:
    address = send(app, sqlite_database, "o-1")
    mine, other = app.test_client(), app.test_client()
    # WeChat's own look at the link opens nothing.
    assert "打开</button>" in other.get(address).text
    app.config["WTF_CSRF_ENABLED"] = False
    assert file_on(mine, mine.post(address).text).startswith(b"%PDF")
    assert file_on(mine, mine.get(address).text)
    for refused in (other.get(address), other.post(address)):
        assert refused.status_code == 410
        assert "请工作人员再发一次" in refused.text
        assert "社保指南" not in refused.text


def test_a_link_expires_and_cannot_be_made_up(
    app: APIFlask, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = send(app, sqlite_database, "o-1")
    key = address.removeprefix("/m/files/").partition(".")[0]
    client = app.test_client()
    for link in (key, f"{key}.9999999999.00", f"{key}.½.0", "", "..", link_to(key, Leads.TO_FILE)):
        assert client.get(f"/m/files/{link}").status_code in (404, 410), link
    for link in (key, address.removeprefix("/m/files/")):
        assert client.get(f"/m/file/{link}").status_code == 404, link
    later = utc_now() + timedelta(days=7, seconds=1)
    monkeypatch.setattr(attachment_link, "utc_now", lambda: later)
    assert client.get(address).status_code == 410


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        settings.wechat_page_sign_in = True
        yield made


def test_where_wechat_says_who_looks_only_the_owner_sees_it(
    simulator: Simulator, app: APIFlask, sqlite_database: Database
) -> None:
    owner, stranger = app.test_client(), app.test_client()
    openid = named(owner, simulator, "小赵")
    named(stranger, simulator, "小钱")
    address = send(app, sqlite_database, openid)
    assert file_on(owner, owner.get(address).text)
    app.config["WTF_CSRF_ENABLED"] = False
    for client in (stranger, app.test_client()):
        for refused in (client.get(address), client.post(address)):
            assert refused.status_code == 403
            assert "请用收到它的微信号" in refused.text
            assert "社保指南" not in refused.text
