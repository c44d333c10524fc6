"""The lease on fetching a token: one that dies with it, or has a wrong clock, stops no other."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta

import pytest
import requests

from models import access_token as tokens
from models.database import Database, utc_now
from models.delivery_attempt import Attempt
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
    # It is being fetched once the call has come to WeChat's server.
    while simulator.faults_left or not lease(sqlite_database, settings.wechat_app_id):
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


def ticket_calls(settings: Settings, database: Database) -> list[Attempt]:
    """Ask for the ticket as one process does; return its calls for it."""
    with closing(AccountClient(settings, database)) as account, account.noting() as calls:
        with suppress(requests.RequestException):
            account.ticket()
        return [one for one in calls if one.api == "ticket/getticket"]


def test_nobody_asks_for_the_ticket_while_another_still_waits_for_it(
    settings: Settings, simulator: Simulator, sqlite_database: Database
) -> None:
    simulator.set("faults", path="ticket/getticket", hang=7, takes_effect=True)
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(ticket_calls, settings, sqlite_database) for _ in range(2)]
        slow, quick = sorted((one for each in asked for one in each.result()), key=lambda c: c.at)
    assert (slow.outcome, quick.outcome) == ("ReadTimeout", "0")
    assert slow.at + timedelta(milliseconds=slow.milliseconds) <= quick.at


def test_a_ticket_outlives_a_token_wechat_took_back(
    settings: Settings, simulator: Simulator, sqlite_database: Database
) -> None:
    with closing(AccountClient(settings, sqlite_database)) as account:
        first = account.access_token
        simulator.client.post("/sim/tokens/end")
        with account.noting() as calls:
            assert account.ticket().startswith("tic_")
        assert [one.outcome for one in calls] == ["40001", "0", "0"]
        assert account.access_token != first
        # What is shared already needs no token.
        simulator.client.post("/sim/tokens/end")
        with account.noting() as calls:
            account.ticket()
        assert calls == []
