"""The web door on a real database, with a Rasa stand-in behind it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from models.database import Database
from models.message import Direction, Message
from models.settings import Settings
from tests.standins import RasaStandIn, WeChatApiStandIn
from tests.webhook.house import ALWAYS, NEVER, House
from tests.wechat import WeChat
from webhook.app import create_app


@pytest.fixture
def rasa(settings: Settings) -> Iterator[RasaStandIn]:
    standin = RasaStandIn()
    with standin.running():
        settings.rasa_url = standin.url
        yield standin


@pytest.fixture
def wechat_api(settings: Settings) -> Iterator[WeChatApiStandIn]:
    standin = WeChatApiStandIn()
    with standin.running():
        settings.wechat_api_base_url = standin.url
        yield standin


@contextmanager
def web_process(settings: Settings) -> Iterator[APIFlask]:
    """One web process, with every connection closed afterwards."""
    made = create_app(settings)
    # Those it began with: a test may put another in the place of one.
    parts = [
        made.extensions[name]
        for name in ("live", "services", "queue", "wechat_account", "miniprogram_account")
    ]
    try:
        yield made
    finally:
        for part in parts:
            part.close()


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[APIFlask]:
    settings.ratelimit_enabled = False
    with web_process(settings) as made:
        yield made


class Door:
    """The callback of several workers, as WeChat's server uses it."""

    def __init__(self, settings: Settings, database: Database, workers: int = 2) -> None:
        self._processes = ExitStack()
        self.apps: list[APIFlask] = [
            self._processes.enter_context(web_process(settings)) for _ in range(workers)
        ]
        self.wechat = WeChat.of(settings)
        self.database = database

    def post(self, body: bytes, worker: int = 0, query: str | None = None) -> Any:
        address = f"/wechat?{query if query is not None else self.wechat.query()}"
        return self.apps[worker].test_client().post(address, data=body)

    def say(self, text: str, openid: str = "openid-1", worker: int = 0) -> Any:
        return self.post(self.wechat.text(openid, text), worker)

    def post_together(self, *posts: tuple[bytes, int]) -> list[Any]:
        with ThreadPoolExecutor(len(posts)) as pool:
            futures = [pool.submit(self.post, body, worker) for body, worker in posts]
            return [future.result() for future in futures]

    def stored(self, direction: Direction = Direction.IN) -> list[Message]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Message).where(Message.direction == direction).order_by(Message.id)
                )
            )

    def count(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count(Message.id))) or 0

    def close(self) -> None:
        self._processes.close()


@pytest.fixture
def door(settings: Settings, database: Database, rasa: RasaStandIn) -> Iterator[Door]:
    made = Door(settings, database)
    yield made
    made.close()


@pytest.fixture
def house(settings: Settings, database: Database) -> Iterator[House]:
    made = House(settings, database, ALWAYS)
    yield made
    made.services.close()


@pytest.fixture
def closed_house(settings: Settings, sqlite_database: Database) -> Iterator[House]:
    made = House(settings, sqlite_database, NEVER)
    yield made
    made.services.close()
