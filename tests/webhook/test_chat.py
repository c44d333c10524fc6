"""The web chat without JavaScript and with htmx."""

import re

from models import handoff
from models.change import ChangeKind, changes_after, last_change
from models.message import Direction
from models.notification import notify
from tests.models.staffing import official
from tests.standins import RasaStandIn
from tests.webhook.conftest import Door


def _fields(page: str) -> dict[str, str]:
    found = {}
    for name in ("csrf_token", "nonce"):
        match = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
        assert match, f"no {name} on the page"
        found[name] = match[1]
    return found


def test_a_person_without_javascript_talks_by_form(door: Door) -> None:
    client = door.apps[0].test_client()
    page = client.get("/chat").text
    answer = client.post("/chat/messages", data=_fields(page) | {"text": "你好"})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "听到：你好" in page


def test_the_same_form_sent_twice_is_one_message(door: Door, rasa: RasaStandIn) -> None:
    client = door.apps[0].test_client()
    form = _fields(client.get("/chat").text) | {"text": "你好"}
    for _ in range(2):
        client.post("/chat/messages", data=form)
    assert rasa.turns == ["你好"]


def test_htmx_gets_what_is_new_and_a_fresh_nonce(door: Door) -> None:
    client = door.apps[0].test_client()
    form = _fields(client.get("/chat").text) | {"text": "你好", "after": "0"}
    answer = client.post("/chat/messages", data=form, headers={"HX-Request": "true"})
    assert "听到：你好" in answer.text
    fresh = re.search(r'name="nonce"[^>]*value="([^"]+)"', answer.text)
    assert fresh
    assert fresh[1] != form["nonce"]
    assert "听到" not in client.get("/chat/messages?after=2").text


def test_a_form_without_its_token_is_refused(door: Door) -> None:
    answer = door.apps[0].test_client().post("/chat/messages", data={"text": "你好"})
    assert answer.status_code == 400
    assert door.count() == 0


def test_visitors_do_not_see_each_other(door: Door) -> None:
    one, other = door.apps[0].test_client(), door.apps[0].test_client()
    one.post("/chat/messages", data=_fields(one.get("/chat").text) | {"text": "我的事"})
    assert "我的事" not in other.get("/chat").text


def test_what_a_person_typed_is_shown_as_text(door: Door) -> None:
    client = door.apps[0].test_client()
    form = _fields(client.get("/chat").text) | {"text": "<script>alert(1)</script>\x00"}
    client.post("/chat/messages", data=form)
    assert "<script>alert" not in client.get("/chat").text
    assert len(door.stored(Direction.IN)) == 1


def test_a_person_sees_their_own_words_and_not_our_tokens(door: Door) -> None:
    client = door.apps[0].test_client()
    form = _fields(client.get("/chat").text) | {"text": "电话13800138000"}
    client.post("/chat/messages", data=form)
    assert "电话13800138000" in client.get("/chat").text


def test_what_staff_say_appears_on_the_page(door: Door) -> None:
    browser = door.apps[0].test_client()
    browser.post("/chat/messages", data=_fields(browser.get("/chat").text) | {"text": "你好"})
    with door.database.unit_of_work() as session:
        agent = official(session, "agent")
        handoff.claim(session, 1, agent)
    door.apps[0].extensions["services"].desk.say(1, agent.id, "您好，我是工作人员")
    with door.database.reading() as session:
        seen = last_change(session)
    shown = browser.get("/chat/messages?after=2").text
    assert "您好，我是工作人员" in shown
    with door.database.reading() as session:
        (arrived,) = changes_after(session, seen)
    assert arrived.kind is ChangeKind.DELIVERY


def test_a_notice_stands_in_the_chat_and_under_what_is_mine(door: Door) -> None:
    client = door.apps[0].test_client()
    client.post("/chat/messages", data=_fields(client.get("/chat").text) | {"text": "你好"})
    with door.database.unit_of_work() as session:
        notify(session, 1, "您的申请批准了，王芳。", key="k")
    door.apps[0].extensions["services"].desk.say_notices()
    for page in ("/chat", "/m/requests"):
        assert "您的申请批准了，王芳。" in client.get(page).text, page
    assert '<b class="bubble__who">通知</b>' in client.get("/chat").text
    other = door.apps[0].test_client()
    assert "批准了" not in other.get("/m/requests").text + other.get("/chat").text
