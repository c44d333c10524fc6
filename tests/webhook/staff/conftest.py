"""The console on a real database: officials who sign in as a browser does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from models.database import Database
from models.settings import Settings
from models.staff import Role, create_staff
from tests.webhook.conftest import web_process

PASSWORD = "correct-horse-battery"


class Browser:
    """One official's browser: forms are sent with their token, as a page would."""

    def __init__(self, app: APIFlask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **how: Any) -> Any:
        return self.client.get(path, **how)

    def post(self, path: str, **fields: Any) -> Any:
        page = self.client.get("/staff/sign-in", follow_redirects=True).text
        token = re.search(r'name="csrf[_-]token" (?:value|content)="([^"]+)"', page)
        assert token, "no form token on the page"
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        return self.post("/staff/sign-in", name=name, password=password)


class Office:
    """The console's server with its officials; everybody has the same password here."""

    def __init__(self, app: APIFlask, database: Database) -> None:
        self.app = app
        self.database = database

    def employ(self, name: str, role: Role = Role.AGENT, *, must_change: bool = False) -> int:
        with self.database.unit_of_work() as session:
            made = create_staff(session, name, role, password=PASSWORD)
            made.must_change_password = must_change
            return made.id

    def browser(self) -> Browser:
        return Browser(self.app)

    def desk_of(self, name: str, role: Role = Role.AGENT) -> Browser:
        """Employ somebody and sign them in."""
        self.employ(name, role)
        browser = self.browser()
        assert browser.sign_in(name).status_code == 303
        return browser


@pytest.fixture
def office(settings: Settings, sqlite_database: Database) -> Iterator[Office]:
    with web_process(settings) as app:
        yield Office(app, sqlite_database)
