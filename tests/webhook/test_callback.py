"""The callback's contract: who is let in, what is stored, what goes back."""

import time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from models.delivery import Delivery, DeliveryState
from models.message import Direction
from tests.standins import RasaStandIn
from tests.webhook.conftest import Door
from tests.wechat import WeChat, reply_text
from webhook.wechat.limits import Limits
from webhook.wechat.protocol import Protocol


def test_echo_proves_the_address_is_ours(door: Door) -> None:
    client = door.apps[0].test_client()
    answer = client.get(f"/wechat?{door.wechat.query(echostr='5821')}")
    assert (answer.status_code, answer.text) == (200, "5821")


def test_echo_with_a_wrong_signature_is_refused(door: Door) -> None:
    answer = door.apps[0].test_client().get("/wechat?signature=x&timestamp=1&nonce=2&echostr=3")
    assert answer.status_code == 403


def test_a_text_is_stored_and_answered_as_reply_xml(door: Door) -> None:
    answer = door.say("打零工去哪里登记")
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    assert reply_text(answer.data) == "听到：打零工去哪里登记"
    assert [message.text for message in door.stored()] == ["打零工去哪里登记"]


def test_safe_mode_is_opened_and_answered_in_kind(door: Door) -> None:
    query, body = door.wechat.encrypted(door.wechat.text("openid-1", "你好"))
    answer = door.post(body, query=query)
    assert answer.status_code == 200
    assert "你好" not in answer.text
    assert reply_text(door.wechat.decrypted(answer.data)) == "听到：你好"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "signature=abc&timestamp=1700000000&nonce=n",
        "signature=%E4%BD%A0&timestamp=x&nonce=n",
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_is_stored(door: Door, query: str) -> None:
    answer = door.post(door.wechat.text("openid-1", "你好"), query=query)
    assert answer.status_code == 403
    assert door.count() == 0


@pytest.mark.parametrize("age", [301, -301, 86400])
def test_a_stale_request_is_refused(door: Door, age: int) -> None:
    query = door.wechat.query(timestamp=int(time.time()) - age)
    answer = door.post(door.wechat.text("openid-1", "你好"), query=query)
    assert answer.status_code == 403
    assert door.count() == 0


@pytest.mark.parametrize("broken", ["signature", "ciphertext", "account"])
def test_what_is_wrong_with_safe_mode_does_not_show_outside(door: Door, broken: str) -> None:
    if broken == "account":
        door.wechat.app_id = "wx0000000000000000"
    query, body = door.wechat.encrypted(door.wechat.text("openid-1", "你好"))
    if broken == "signature":
        query = query.replace("msg_signature=", "msg_signature=0")
    if broken == "ciphertext":
        stamp = str(int(time.time()))
        signature = door.wechat.sign(stamp, "n", "AAAA")
        query = door.wechat.query(int(stamp), "n", encrypt_type="aes", msg_signature=signature)
        body = b"<xml><Encrypt>AAAA</Encrypt></xml>"
    answer = door.post(body, query=query)
    assert (answer.status_code, answer.text) == (403, "forbidden")
    assert door.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<xml><a></xml>",
        b"<xml></xml>",
        b"<other/>",
        b"<xml><MsgType>text</MsgType></xml>",
        b"<xml><MsgType>text</MsgType><FromUserName>a</FromUserName>"
        b"<ToUserName>b</ToUserName><CreateTime>soon</CreateTime></xml>",
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
    ],
)
def test_an_unreadable_body_is_a_400(door: Door, body: bytes) -> None:
    assert door.post(body).status_code == 400
    assert door.count() == 0


def test_a_body_over_64_kib_is_a_413(door: Door) -> None:
    answer = door.say("长" * 30_000)
    assert answer.status_code == 413
    assert door.count() == 0


def test_a_control_character_does_no_harm(door: Door) -> None:
    answer = door.post(door.wechat.text("openid-1", "打\x1d零\x00工\x0b&#x1d;"))
    assert answer.status_code == 200
    assert door.stored()[0].text in ("打零工", "打零工&#x1d;")


def test_text_that_ends_a_cdata_section_stays_inside_it(door: Door) -> None:
    answer = door.say("]]><x>&amp;")
    assert reply_text(answer.data) == "听到：]] ><x>&amp;"


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
def test_no_body_makes_the_server_fail(door: Door, body: bytes) -> None:
    wrapped = b"<xml><MsgType>text</MsgType><FromUserName>f</FromUserName><ToUserName>t" + body
    for sent in (body, wrapped):
        assert door.post(sent).status_code in (200, 400)


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(min_size=1, max_size=120))
def test_any_text_a_person_can_send_is_answered(door: Door, text: str) -> None:
    answer = door.post(door.wechat.text("openid-wild", text.encode("utf-8", "replace").decode()))
    assert answer.status_code == 200
    assert answer.text


@pytest.mark.parametrize("kind", ["image", "video", "shortvideo", "location", "link", "music_9"])
def test_a_kind_we_cannot_read_gets_a_friendly_sentence(
    door: Door, rasa: RasaStandIn, kind: str
) -> None:
    answer = door.post(door.wechat.message("openid-1", kind, MediaId="m1"))
    assert "打字" in reply_text(answer.data) or "打成字" in reply_text(answer.data)
    assert rasa.turns == []
    assert door.stored()[0].kind == kind


def test_voice_goes_by_what_wechat_recognised(door: Door, rasa: RasaStandIn) -> None:
    door.post(door.wechat.message("openid-1", "voice", MediaId="m", Recognition="我想登记零工"))
    assert rasa.turns == ["我想登记零工"]


def test_voice_that_was_not_recognised_asks_to_type(door: Door, rasa: RasaStandIn) -> None:
    answer = door.post(door.wechat.message("openid-1", "voice", MediaId="m"))
    assert "打字" in reply_text(answer.data)
    assert rasa.turns == []


def test_a_new_follower_is_welcomed(door: Door) -> None:
    answer = door.post(door.wechat.event("openid-1", "subscribe"))
    assert "就创通" in reply_text(answer.data)


@pytest.mark.parametrize("event", ["unsubscribe", "VIEW", "LOCATION", "something_new"])
def test_an_event_that_asks_nothing_gets_success(door: Door, event: str) -> None:
    answer = door.post(door.wechat.event("openid-1", event))
    assert (answer.status_code, answer.text) == (200, "success")


def test_two_events_in_one_second_are_two(door: Door) -> None:
    now = int(time.time())
    door.post(door.wechat.event("openid-1", "CLICK", "a", created=now))
    door.post(door.wechat.event("openid-1", "CLICK", "b", created=now))
    door.post(door.wechat.event("openid-1", "CLICK", "b", created=now))
    assert len(door.stored()) == 2


def test_two_people_with_the_same_message_id_are_both_answered(door: Door) -> None:
    for openid in ("openid-1", "openid-2"):
        assert door.post(door.wechat.text(openid, "你好", message_id=7)).status_code == 200
    assert len(door.stored()) == 2


def test_the_same_message_three_times_to_two_workers_is_one(door: Door, rasa: RasaStandIn) -> None:
    rasa.delay = 0.4
    body = door.wechat.text("openid-1", "打零工去哪里登记")
    answers = door.post_together((body, 0), (body, 1), (body, 0))
    assert {reply_text(answer.data) for answer in answers} == {"听到：打零工去哪里登记"}
    assert len(door.stored()) == 1
    assert len(door.stored(Direction.OUT)) == 1
    assert rasa.turns == ["打零工去哪里登记"]


def test_an_answer_written_when_wechat_had_gone_is_pushed(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = door.wechat.text("openid-1", "你好")
    monkeypatch.setattr("webhook.wechat.callback._STILL_THERE", -1.0)
    states = []
    for _ in range(3):
        door.post(body).close()
        with door.database.reading() as session:
            states.append(session.get_one(Delivery, 1).state)
    # WeChat comes again for what it missed, but for the last time.
    assert states == [DeliveryState.SENT, DeliveryState.SENT, DeliveryState.PENDING]


def test_a_number_means_the_choice_it_stands_for(door: Door, rasa: RasaStandIn) -> None:
    buttons = [
        {"title": "现在登记", "payload": "/start_x"},
        {"title": "先看看", "payload": "/look"},
    ]
    rasa.says = [{"text": "要登记吗？", "buttons": buttons}]
    shown = reply_text(door.say("打零工").data)
    assert shown.endswith("1. 现在登记\n2. 先看看")
    door.say("1")
    door.say("9")
    assert rasa.turns == ["打零工", "/start_x", "9"]


def test_a_signature_carries_one_body_only(door: Door) -> None:
    query = door.wechat.query()
    body = door.wechat.text("openid-1", "你好")
    assert door.post(body, query=query).status_code == 200
    assert door.post(body, query=query).status_code == 200
    forged = door.post(door.wechat.text("openid-1", "别的话"), query=query)
    assert forged.status_code == 403
    assert [message.text for message in door.stored()] == ["你好"]


def test_safe_mode_by_setting_refuses_plain_bodies(door: Door) -> None:
    door.apps[0].extensions["services"].settings.wechat_safe_mode = True
    assert door.say("你好").status_code == 403
    query, body = door.wechat.encrypted(door.wechat.text("openid-1", "你好"))
    assert door.post(body, query=query).status_code == 200


def test_two_keys_hold_while_they_are_changed(door: Door) -> None:
    old, new = door.wechat, WeChat(door.wechat.app_id, "new-token", "N" * 43)
    door.apps[0].extensions["wechat_protocol"] = Protocol(
        old.app_id, [new.token, old.token], [new.aes_key, old.aes_key]
    )
    for server in (old, new):
        query, body = server.encrypted(server.text("openid-1", "你好"))
        answer = door.post(body, query=query)
        assert reply_text(server.decrypted(answer.data)) == "听到：你好"


def test_a_flood_is_answered_kindly_and_a_complaint_is_heard(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhook.wechat.limits.OF_ONE", 2)
    limits = Limits(door.apps[0].extensions["services"].brisk_redis, is_counting=True)
    door.apps[0].extensions["wechat_limits"] = limits
    openid = f"flood-{time.time_ns()}"
    said = [reply_text(door.say("在吗", openid).data) for _ in range(6)]
    assert any("有点快" in text for text in said)
    assert "听到" in reply_text(door.say("老板拖欠工资，我要投诉", openid).data)
