"""Power cuts: what survives when processes die."""

import os
import re
import signal
import threading
import time

import pytest
import redis
from sqlalchemy import select

from models.message import InboundState, Message
from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

QUESTION = "创业培训有补贴吗"


def test_a_draft_survives_a_restart_of_everything_and_a_new_rasa_session(stack: Stack) -> None:
    person = Person(stack)
    person.say("我想登记零工")
    person.say("同意")
    person.say("赵铁柱")
    for name in ("rasa", "actions", "web", "worker"):
        for pid in reversed(stack.pids(name)):
            os.kill(pid, signal.SIGKILL)
    with redis.Redis.from_url(stack.settings.redis_url) as client:
        client.flushdb()
    time.sleep(0.5)
    stack.wait_until_ready()
    assert "干" in person.say("13600136000") or "哪里" in person.say("接着办")
    person.say("鞍山海城")
    person.say("搬运")
    assert "赵" in person.say("随时")
    assert re.search(r"LG\d{6}-\d{5}", person.say("对"))


def test_a_web_worker_killed_mid_message_loses_nothing(stack: Stack) -> None:
    """The row is there, Rasa stands still, the worker dies; the sweep answers."""
    rasa = stack.pids("rasa")
    person = Person(stack)
    person.say("你好")
    for pid in rasa:
        os.kill(pid, signal.SIGSTOP)
    try:
        lost = threading.Thread(target=_post_and_forget, args=(stack, person.openid))
        lost.start()
        time.sleep(1)
        for pid in stack.pids("web")[1:]:
            os.kill(pid, signal.SIGKILL)
        lost.join()
    finally:
        for pid in rasa:
            os.kill(pid, signal.SIGCONT)
    until = time.monotonic() + 45
    while time.monotonic() < until:
        with stack.database() as database, database.reading() as session:
            state = session.scalars(
                select(Message.state).where(
                    Message.source_key.contains(person.openid), Message.text == "创业培训有补贴吗"
                )
            ).one()
        if state is InboundState.ANSWERED:
            break
        time.sleep(1)
    assert state is InboundState.ANSWERED
    stack.wait_until_ready()


def _post_and_forget(stack: Stack, openid: str) -> None:
    try:
        stack.post(stack.wechat.text(openid, QUESTION))
    except Exception as error:
        assert "httpx" in type(error).__module__
