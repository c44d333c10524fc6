"""The lease on fetching a token: one that dies with it, or has a wrong clock, stops no other."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from models import access_token as tokens
from models.database import Database, utc_now
from models.settings import ROOT, Settings
from tests.simulator import Simulator, simulating
from webhook.wechat.account_client import AccountClient

FETCHING = """
from models.database import Database
from models.settings import Settings
from webhook.wechat.account_client import AccountClient
settings = Settings(_env_file=None)
AccountClient(settings, Database(settings.database_url)).access_token
"""


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        yield made


def lease(database: Database, app_id: str) -> bool:
    with database.reading() as session:
        row = session.get(tokens.AccessToken, app_id)
        return row is not None and row.fetching_until is not None


def test_a_process_killed_while_it_fetches_does_not_stop_the_others(
    settings: Settings, simulator: Simulator, sqlite_database: Database
) -> None:
    simulator.set("faults", path="stable_token", hang=60)
    holder = subprocess.Popen(
        [sys.executable, "-c", FETCHING],
        cwd=ROOT,
        env={
            **os.environ,
            "VAR_DIR": str(settings.var_dir),
            "DATABASE_URL": settings.database_url,
            "WECHAT_APP_ID": settings.wechat_app_id,
            "WECHAT_APP_SECRET": settings.wechat_app_secret.get_secret_value(),
            "WECHAT_API_BASE_URL": simulator.url,
        },
    )
    until = time.monotonic() + 30
    while not lease(sqlite_database, settings.wechat_app_id):
        assert holder.poll() is None, "it did not come to fetch"
        assert time.monotonic() < until, "it took no lease"
        time.sleep(0.02)
    holder.kill()
    holder.wait(10)
    assert lease(sqlite_database, settings.wechat_app_id)
    with closing(AccountClient(settings, sqlite_database)) as account:
        assert account.access_token.startswith("sim_")


def test_a_lease_of_a_clock_ahead_is_not_waited_for(
    settings: Settings, simulator: Simulator, sqlite_database: Database
) -> None:
    with sqlite_database.unit_of_work() as session:
        ahead = utc_now() + timedelta(hours=1)
        session.add(tokens.AccessToken(app_id=settings.wechat_app_id, fetching_until=ahead))
    with closing(AccountClient(settings, sqlite_database)) as account:
        assert account.access_token.startswith("sim_")
