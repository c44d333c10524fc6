"""WeChat's side in the simulator: it says no where WeChat does, and shows a phone one can use."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.settings import Settings
from tests.e2e.browser import chromium, needs_chromium, opened, violations
from tests.simulator import Simulator, simulating

MENU = {"button": [{"type": "click", "name": "办事", "key": "/help"}]}


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        yield made


@pytest.fixture
def token(settings: Settings, simulator: Simulator) -> str:
    asked = {
        "grant_type": "client_credential",
        "appid": settings.wechat_app_id,
        "secret": settings.wechat_app_secret.get_secret_value(),
    }
    return str(simulator.client.post("/cgi-bin/stable_token", json=asked).json()["access_token"])


def call(simulator: Simulator, token: str, path: str, **told: Any) -> dict[str, Any]:
    sent = {"params": {"access_token": token}, **told}
    answer: dict[str, Any] = simulator.client.post(f"/cgi-bin/{path}", **sent).json()
    return answer


def test_a_day_has_so_many_calls_and_the_next_has_as_many_again(
    simulator: Simulator, token: str, settings: Settings
) -> None:
    codes = [call(simulator, token, "menu/create", json=MENU)["errcode"] for _ in range(1001)]
    assert (set(codes[:1000]), codes[1000]) == ({0}, 45009)
    simulator.set("clock", skip=24 * 3600)
    assert call(simulator, token, "menu/create", json=MENU)["errcode"] == 42001
    secret = settings.wechat_app_secret.get_secret_value()
    again = {"appid": settings.wechat_app_id, "secret": secret}
    token = simulator.client.post("/cgi-bin/stable_token", json=again).json()["access_token"]
    assert call(simulator, token, "menu/create", json=MENU)["errcode"] == 0


def test_a_code_of_a_mini_program_is_good_once_and_a_hundred_times_a_minute(
    simulator: Simulator,
) -> None:
    def redeem(code: str, **other: str) -> int:
        asked = {"appid": "wx1", "secret": "s", "grant_type": "authorization_code", **other}
        told = simulator.client.get("/sns/jscode2session", params={**asked, "js_code": code})
        return int(told.json().get("errcode", 0))

    def code() -> str:
        return str(simulator.client.post("/sim/phones/o-1/code").json()["code"])

    first = code()
    assert [redeem(first), redeem(first), redeem("made-up")] == [0, 40163, 40029]
    assert [redeem(code(), appid=""), redeem(code(), secret="")] == [40013, 41004]
    stale = code()
    simulator.set("clock", skip=301)
    assert redeem(stale) == 40029
    assert [redeem(code()) for _ in range(101)][99:] == [0, 45011]
    simulator.set("clock", skip=61)
    assert redeem(code()) == 0


@needs_chromium
def test_the_phone_shows_what_comes_last_and_fits_a_phone(simulator: Simulator, token: str) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (800, 1200), "teal").save(drawn, "jpeg")
    with chromium() as browser:
        page = opened(browser, 375, 700)
        page.goto(f"{simulator.url}/phone?as=小王")
        phone = simulator.phone(page.evaluate("document.body.dataset.openid"))
        for number in range(12):
            phone.say(f"第{number}句")
        file = {"media": ("a.jpg", drawn.getvalue(), "image/jpeg")}
        asked = {"access_token": token, "type": "image"}
        media = call(simulator, token, "media/upload", params=asked, files=file)["media_id"]
        shown = {"msgtype": "image", "image": {"media_id": media}}
        sent = call(simulator, token, "message/custom/send", json={"touser": phone.openid, **shown})
        assert sent["errcode"] == 0
        page.wait_for_function("document.querySelector('.account img')?.naturalHeight > 0")
        talk = "document.querySelector('#talk')"
        is_at_end = f"{talk}.scrollTop + {talk}.clientHeight >= {talk}.scrollHeight - 2"
        page.wait_for_function(is_at_end)
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        page.click("#settings-open")
        assert page.get_by_text("还能主动发").is_visible()
        assert violations(page) == []
        assert page.troubles == []


@needs_chromium
def test_entries_for_a_picture_and_a_place_bring_them_behind_the_tap(
    simulator: Simulator, token: str, tmp_path: Path
) -> None:
    entries = [
        {"type": "pic_photo_or_album", "name": "拍照", "key": "photo"},
        {"type": "location_select", "name": "位置", "key": "place"},
    ]
    assert call(simulator, token, "menu/create", json={"button": entries})["errcode"] == 0
    picture = tmp_path / "a.jpg"
    Image.new("RGB", (80, 80), "teal").save(picture)
    with chromium() as browser:
        page = opened(browser, 375, 700)
        page.goto(f"{simulator.url}/phone?as=小李")
        with page.expect_file_chooser() as chooser:
            page.click("#menu button:has-text('拍照')")
        chooser.value.set_files(picture)
        page.wait_for_selector(".me.image")
        page.click("#menu button:has-text('位置')")
        page.click("#panel .send")
        page.wait_for_selector(".me.location")
        assert page.troubles == []
        openid = page.evaluate("document.body.dataset.openid")
    shown = [one["text"] for one in simulator.phone(openid).state["shown"] if one["kind"] == "note"]
    assert shown == ["您点了菜单「拍照」", "您点了菜单「位置」"]
