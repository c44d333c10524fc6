"""Allowing a notice on a page inside WeChat: offered where it can come, counted once it is said."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from apiflask import APIFlask
from werkzeug.serving import make_server

from models import notice_grant
from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import load_catalogue
from models.contact import give_consent, meet_contact
from models.database import Database
from models.intake.recorders import recorder_of
from models.request import requests_of
from models.request_life import Mover, move
from models.settings import Settings
from tests.e2e.browser import chromium, needs_chromium, opened
from tests.models.intake.test_recorders import SUBSIDIES
from tests.ports import free_port
from tests.simulator import Simulator, simulating
from tests.webhook.conftest import web_process
from tests.webhook.wechat.conftest import NOTICES
from tests.webhook.wechat.test_pages import named

PROGRESS = str(NOTICES[0]["id"])
TAG = f'<wx-open-subscribe template="{PROGRESS}">'


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    settings.port = free_port()
    settings.public_url = f"http://127.0.0.1:{settings.port}"
    told = settings.var_dir / "wechat" / "notices.yml"
    told.parent.mkdir(parents=True)
    told.write_text(yaml.safe_dump(NOTICES, allow_unicode=True))
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        settings.wechat_page_sign_in = True
        made.set("templates", template_id=PROGRESS, title="办理进度通知", fields=[])
        yield made


@pytest.fixture
def app(settings: Settings, simulator: Simulator, sqlite_database: Database) -> Iterator[APIFlask]:
    with web_process(settings) as made:
        yield made


def request_of(database: Database, openid: str) -> tuple[int, str]:
    """Let somebody who talked in WeChat submit a request; return contact and number."""
    service = load_catalogue().service("startup_subsidies")
    assert service.consent is not None
    with database.unit_of_work() as session:
        contact_id = meet_contact(session, "wechat", "gh_51a0c0de0001", openid).id
        consent = give_consent(session, contact_id, service.code, service.consent.wording)
        recorder_of(service).record(session, contact_id, consent.id, SUBSIDIES)
        return contact_id, requests_of(session, contact_id)[0].number


def test_a_notice_is_offered_on_the_page_of_an_open_request(
    app: APIFlask, simulator: Simulator, sqlite_database: Database
) -> None:
    with app.test_client() as client:
        openid = named(client, simulator, "小赵")
        contact_id, number = request_of(sqlite_database, openid)
        page = client.get(f"/m/requests/{number}")
        assert TAG in page.text
        assert "有了结果，要微信通知您吗？" in page.text
        script = f"{simulator.url}/open/js/jweixin-1.6.0.js"
        assert f'<script src="{script}"' in page.text
        assert f"script-src 'self' {simulator.url};" in page.headers["Content-Security-Policy"]
        other = client.get("/m/requests").headers["Content-Security-Policy"]
        assert "script-src 'self';" in other
        with sqlite_database.unit_of_work() as session:
            notice_grant.give(session, contact_id, PROGRESS)
        assert "已允许微信通知您 1 次" in client.get(f"/m/requests/{number}").text
        with sqlite_database.unit_of_work() as session:
            request = requests_of(session, contact_id)[0]
            applicant = Mover(Actor.APPLICANT, contact_id)
            service = load_catalogue().service(request.service)
            move(session, service, request, RequestState.WITHDRAWN, applicant)
        assert TAG not in client.get(f"/m/requests/{number}").text


@pytest.mark.parametrize("lacking", ["templates", "sign_in"])
def test_nothing_is_offered_that_cannot_come(
    app: APIFlask, settings: Settings, simulator: Simulator, sqlite_database: Database, lacking: str
) -> None:
    with app.test_client() as client:
        openid = named(client, simulator, "小赵")
        _, number = request_of(sqlite_database, openid)
        if lacking == "templates":
            app.extensions["services"].notices.templates = ()
        else:
            settings.wechat_page_sign_in = False
        page = client.get(f"/m/requests/{number}")
        assert page.status_code == 200
        assert "wx-open-subscribe" not in page.text


@contextmanager
def serving(app: APIFlask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)


def granted(database: Database, contact_id: int) -> int:
    with database.reading() as session:
        return notice_grant.left(session, contact_id, PROGRESS)


@needs_chromium
def test_a_tap_on_wechats_button_is_one_notice(
    app: APIFlask, settings: Settings, simulator: Simulator, sqlite_database: Database
) -> None:
    with serving(app, settings.port), chromium() as browser:
        page = opened(browser, 375, 700)
        page.goto(f"{simulator.url}/phone?as=小钱")
        openid = page.evaluate("document.body.dataset.openid")
        phone = simulator.phone(openid)
        phone.do("event", fields={"Event": "VIEW", "EventKey": "/m/"})
        phone.settle()
        contact_id, number = request_of(sqlite_database, openid)
        page.goto(f"{settings.public_url}/m/enter?to=/m/requests/{number}")
        button = page.get_by_role("button", name="有结果时通知我")
        button.click()
        page.get_by_text("有结果时微信通知您一次").wait_for()
        assert not button.is_visible()
        phone.settle()
        until = time.monotonic() + 10
        while granted(sqlite_database, contact_id) == 0 and time.monotonic() < until:
            time.sleep(0.1)
        assert granted(sqlite_database, contact_id) == 1
        # Where WeChat's script does not take the page, nothing is shown.
        page.route("**/m/wechat-config*", lambda route: route.fulfill(status=424))
        page.goto(f"{settings.public_url}/m/requests/{number}")
        page.wait_for_load_state("networkidle")
        assert not page.locator(".allow").is_visible()
        assert page.troubles == []
