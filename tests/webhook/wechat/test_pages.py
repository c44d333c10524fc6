"""Our pages inside WeChat: who looks at them is known, and they are signed for the JS-SDK."""

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from models.contact import meet_contact, same_person
from models.database import Database
from models.settings import Settings
from tests.simulator import Simulator, simulating
from tests.webhook.conftest import web_process
from webhook import visitor


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        settings.wechat_page_sign_in = True
        yield made


@pytest.fixture
def app(settings: Settings, simulator: Simulator, sqlite_database: Database) -> Iterator[APIFlask]:
    with web_process(settings) as made:
        yield made


def path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def named(client: FlaskClient, simulator: Simulator, name: str, to: str = "/m/requests") -> str:
    """Go through WeChat as its browser does; return the openid of the phone it is on."""
    with httpx.Client(base_url=simulator.url, trust_env=False) as phone:
        phone.get("/phone", params={"as": name})
        openid = phone.cookies["phone"]
        asked = client.get("/m/enter", query_string={"to": to}).location
        back = phone.get(asked).headers["Location"]
    answer = client.get(path(back))
    assert answer.location == to
    return openid


def test_who_comes_from_the_talk_is_known_on_the_pages(
    app: APIFlask, simulator: Simulator, sqlite_database: Database
) -> None:
    with app.test_client() as client:
        openid = named(client, simulator, "小赵")
        with sqlite_database.unit_of_work() as work:
            met = meet_contact(work, "wechat", "gh_1", openid).id
        assert client.get("/m/requests").status_code == 200
        with sqlite_database.reading() as reading:
            assert visitor.known(reading) == met


def test_what_the_browser_began_before_becomes_the_same_persons(
    app: APIFlask, simulator: Simulator, sqlite_database: Database
) -> None:
    with app.test_client() as client:
        with client.session_transaction() as cookie:
            cookie["visitor"] = "a-browser"
        with sqlite_database.unit_of_work() as work:
            before = meet_contact(work, "web", "", "a-browser").id
        openid = named(client, simulator, "小赵")
        with sqlite_database.unit_of_work() as work:
            of_talk = meet_contact(work, "wechat", "gh_1", openid).id
        with client.session_transaction() as cookie:
            cookie.pop("openid")
        named(client, simulator, "小赵")
        with sqlite_database.reading() as reading:
            assert same_person(reading, of_talk) == [before, of_talk]


def test_a_code_for_another_browser_signs_nobody_in(app: APIFlask, simulator: Simulator) -> None:
    with app.test_client() as client:
        code = simulator.client.post("/sim/phones/o-thief/code").json()["code"]
        client.get("/m/entered", query_string={"code": code, "state": "guessed", "to": "/m/"})
        for guess in ("guessed", "猜的", ""):
            client.get("/m/enter")
            back = client.get("/m/entered", query_string={"code": code, "state": guess})
            assert back.location == "/m/"
        with client.session_transaction() as cookie:
            assert "openid" not in cookie


@pytest.mark.parametrize("to", ["https://evil.cn/", "//evil.cn", "/\\evil.cn", "x", ""])
def test_nobody_is_sent_elsewhere(app: APIFlask, to: str) -> None:
    with app.test_client() as client:
        answer = client.get("/m/entered", query_string={"to": to})
        assert answer.location == "/m/"


def test_pages_open_for_anybody_where_wechat_does_not_answer(
    app: APIFlask, settings: Settings
) -> None:
    settings.wechat_api_base_url = "http://127.0.0.1:9"
    with app.test_client() as client:
        inside = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.50"}
        asked = client.get("/m/requests", headers=inside)
        assert asked.status_code == 302
        state = parse_qs(urlsplit(asked.location).query)["state"][0]
        back = client.get("/m/entered", query_string={"code": "c", "state": state, "to": "/m/"})
        assert back.location == "/m/"
        assert client.get("/m/", headers=inside).status_code == 200


def test_without_the_setting_nobody_is_asked(app: APIFlask, settings: Settings) -> None:
    settings.wechat_page_sign_in = False
    with app.test_client() as client:
        assert client.get("/m/enter?to=/m/requests").location == "/m/requests"
        inside = {"User-Agent": "MicroMessenger"}
        assert client.get("/m/", headers=inside).status_code == 200
        assert client.get("/m/wechat-config?url=x").status_code == 404


def test_a_page_is_signed_with_the_shared_ticket(
    app: APIFlask, settings: Settings, simulator: Simulator
) -> None:
    client = app.test_client()
    page = f"{settings.public_url}/m/requests?x=1"
    told = client.get("/m/wechat-config", query_string={"url": f"{page}#top"}).json
    assert told is not None
    ticket = app.extensions["wechat_account"].ticket()
    signed = (
        f"jsapi_ticket={ticket}&noncestr={told['nonceStr']}"
        f"&timestamp={told['timestamp']}&url={page}"
    )
    assert told["signature"] == hashlib.sha1(signed.encode()).hexdigest()
    assert len(simulator.calls("ticket/getticket")) == 1
    for other in ("https://evil.cn/", "http://[", ""):
        refused = client.get("/m/wechat-config", query_string={"url": other})
        assert refused.status_code == 422


def test_signing_waits_for_nobody_when_wechat_refuses(app: APIFlask, simulator: Simulator) -> None:
    simulator.set("account", kind="subscription")
    address = app.extensions["services"].settings.public_url
    answer = app.test_client().get("/m/wechat-config", query_string={"url": address})
    assert answer.status_code == 424
    assert answer.json is not None
    assert answer.json["error"]["code"] == "wechat_unavailable"
