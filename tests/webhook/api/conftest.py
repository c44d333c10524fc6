"""A mini-program with its user signed in, on a real database."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.test import TestResponse

from models.database import Database
from models.settings import Settings
from tests.standins import WeChatApiStandIn
from tests.webhook.conftest import web_process

_KEYS = itertools.count(10_000_000)


class MiniProgram:
    """One user of the mini-program, with their token."""

    def __init__(self, app: APIFlask, openid: str = "somebody") -> None:
        self.app = app
        self.client = app.test_client()
        signed = self.client.post("/api/v1/session", json={"code": f"code-of-{openid}"})
        assert signed.status_code == 201, signed.text
        self.headers = {"Authorization": f"Bearer {signed.json['token']}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def write(self, method: str, path: str, key: str | None = None, **sent: Any) -> TestResponse:
        headers = self.headers | {"Idempotency-Key": key or f"key-{next(_KEYS)}"}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent)


@pytest.fixture
def api_app(settings: Settings, database: Database) -> Iterator[APIFlask]:
    standin = WeChatApiStandIn()
    with standin.running():
        settings.wechat_api_base_url = standin.url
        settings.miniprogram_app_id = "wx-mini"
        settings.ratelimit_enabled = False
        with web_process(settings) as app:
            yield app


@pytest.fixture
def user(api_app: APIFlask) -> MiniProgram:
    return MiniProgram(api_app)
