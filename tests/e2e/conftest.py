"""One real stack for each kind of machine: with nothing, and with PostgreSQL and Redis."""

from collections.abc import Iterator
from itertools import count

import pytest

from models.settings import ROOT
from tests.conftest import HAS_POSTGRES, HAS_REDIS, REDIS, temporary_postgres
from tests.e2e.stack import Stack
from tests.wechat import reply_text

MACHINES = ["alone", "served"] if HAS_POSTGRES and HAS_REDIS else ["alone"]


@pytest.fixture(scope="session", params=MACHINES)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """``alone``: SQLite and embedded Redis. ``served``: PostgreSQL and Redis of the machine."""
    if not any((ROOT / "var" / "rasa").glob("*.tar.gz")):
        pytest.fail("there is no trained model: run `make train` first")
    var = tmp_path_factory.mktemp(request.param)
    if request.param == "alone":
        with Stack(var).running() as made:
            yield made
    else:
        with temporary_postgres() as url, Stack(var, url, REDIS).running() as made:
            yield made


_numbers = count(1)


class Person:
    """Somebody with a phone, talking to the account."""

    def __init__(self, stack: Stack, openid: str | None = None) -> None:
        self.stack = stack
        self.openid = openid or f"openid-e2e-{next(_numbers)}"

    def say(self, text: str) -> str:
        return self._answer(self.stack.wechat.text(self.openid, text))

    def speak(self, recognised: str) -> str:
        """Send a voice message that WeChat has recognised as this text."""
        return self._answer(self.stack.wechat.voice(self.openid, recognised))

    def _answer(self, body: bytes) -> str:
        answer = self.stack.post(body)
        assert answer.status_code == 200
        assert answer.text != "success", "the answer did not come in time"
        return reply_text(answer.content)


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack)
