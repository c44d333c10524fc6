"""Redis that is away, or hangs, holds nobody up."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from models.settings import Settings
from tests.standins import RasaStandIn
from tests.webhook.conftest import Door
from tests.wechat import reply_text
from webhook.brisk_redis import BriskRedis


@pytest.fixture
def hanging() -> Iterator[str]:
    """A Redis whose process was stopped: it takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_it_answers_while_redis_does(redis_url: str) -> None:
    with closing(BriskRedis(redis_url)) as brisk:
        assert brisk.ask(lambda client: client.ping(), False) is True


def test_one_that_hangs_is_waited_for_once(hanging: str) -> None:
    with closing(BriskRedis(hanging)) as brisk:
        began = time.monotonic()
        told = [brisk.ask(lambda client: client.ping(), "away") for _ in range(20)]
    assert set(told) == {"away"}
    assert time.monotonic() - began < 2


def test_a_message_is_answered_in_time_while_redis_hangs(
    settings: Settings, sqlite_database: object, rasa: RasaStandIn, hanging: str
) -> None:
    settings.redis_url = hanging
    settings.ratelimit_enabled = True
    door = Door(settings, sqlite_database, workers=1)  # type: ignore[arg-type]
    rasa.delay = 0.3
    began = time.monotonic()
    assert reply_text(door.say("你好").data) == "听到：你好"
    assert time.monotonic() - began < 3
    door.close()
