"""WeChat hangs up after five seconds and calls three times: the answer arrives all the same, once.

Everything here runs for real and at WeChat's own pace, so the slow phones talk side by side.
"""

import time

from models.delivery import DeliveryState, Way
from models.message import Direction
from tests.webhook.wechat.conftest import Installation


def test_a_slow_assistant_answers_once_by_the_way_that_is_left(installation: Installation) -> None:
    quick, second, third, dead, queued = (
        installation.phone(f"o-slow-{name}")
        for name in ("four", "eight", "eleven", "dead", "queued")
    )
    said = {quick: "慢4秒", second: "慢8秒", third: "慢11秒"}
    for phone, words in said.items():
        phone.say(words)
    dead.say("慢60秒")
    queued.say("慢9秒")
    time.sleep(0.5)  # nobody writes two lines in the same moment
    queued.say("慢9.5秒")
    for phone, words in said.items():
        phone.wait_for(1, within=40)
        assert phone.texts == [f"听到：{words}"]
    dead.wait_for(1, within=40)
    queued.wait_for(2, within=40)
    # Long enough for a second copy to be pushed, if there were one.
    time.sleep(4)
    assert [len(phone.shown) for phone in (*said, dead)] == [1, 1, 1, 1]
    assert "12333" in dead.texts[0]
    assert queued.texts == ["听到：慢9秒", "听到：慢9.5秒"]
    assert queued.shown[1]["way"] == "customer_service"
    outcomes = [one["outcome"] for one in installation.simulator.tries(third.openid)]
    assert outcomes[0] == "timeout"
    assert len(outcomes) > 1
    # The assistant was asked once for each message, however often WeChat called.
    assert [installation.rasa.turns.count(words) for words in said.values()] == [1, 1, 1]


def test_an_account_without_the_right_fetches_the_rest_with_a_word(
    installation: Installation,
) -> None:
    phone = installation.phone("o-no-right")
    installation.simulator.set("account", kind="subscription")
    try:
        phone.say("慢9秒")
        time.sleep(0.5)
        phone.say("慢9.9秒")
        phone.wait_for(1, within=40)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            states = [piece.state for piece in installation.pieces(phone.openid)]
            if DeliveryState.HELD in states:
                break
            time.sleep(0.2)
        assert states == [DeliveryState.SENT, DeliveryState.HELD]
        already = len(phone.shown)
        phone.say("继续")
        shown = phone.wait_for(already + 1)
        assert shown[-1]["text"] == "听到：慢9.9秒"
        assert shown[-1]["way"] == "passive"
    finally:
        installation.simulator.set("account", kind="service")


def test_twenty_words_at_once_are_answered_in_order(installation: Installation) -> None:
    phone = installation.phone("o-burst")
    for number in range(20):
        phone.say(f"第{number}句")
    until = time.monotonic() + 60
    while time.monotonic() < until and len(installation.pieces(phone.openid)) < 20:
        time.sleep(0.2)
    phone.settle()
    came = [message.text for message in installation.stored(phone.openid, Direction.IN)]
    said = [message.text for message in installation.stored(phone.openid, Direction.OUT)]
    assert sorted(came) == sorted(f"第{number}句" for number in range(20))
    assert said == [f"听到：{text}" for text in came]
    shown = "\n\n".join(phone.texts)
    assert all(shown.count(f"听到：第{number}句") == 1 for number in range(20))
    assert all(one["kind"] == "text" for one in phone.shown)


def test_web_workers_killed_in_mid_message_lose_nothing_and_say_nothing_twice(
    installation: Installation,
) -> None:
    phone = installation.phone("o-killed")
    phone.say("慢6秒")
    time.sleep(1.5)
    installation.kill_web_workers()
    installation.wait_until_up()
    until = time.monotonic() + 60
    while time.monotonic() < until and not any("慢6秒" in text for text in phone.texts):
        time.sleep(0.5)
    time.sleep(4)
    assert [text for text in phone.texts if "慢6秒" in text] == ["听到：慢6秒"]
    (piece,) = installation.pieces(phone.openid)
    assert piece.state is DeliveryState.SENT
    assert piece.way in (Way.PASSIVE, Way.CUSTOMER_SERVICE)
