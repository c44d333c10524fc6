"""Our processes behind WeChat's: web, worker and simulator for real; only Rasa is a stand-in."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import yaml
from sqlalchemy import select

from models import sealed
from models.database import Database
from models.delivery import Delivery
from models.message import Direction, Message
from models.settings import ROOT, Settings
from tests.conftest import KINDS, temporary_postgres
from tests.ports import free_port
from tests.simulator import Handset, Simulator, simulating
from tests.standins import RasaStandIn

# What the account has picked in WeChat's console (webhook/wechat/notices.py).
NOTICES: list[dict[str, Any]] = [
    {
        "id": "template-of-progress",
        "title": "办理进度通知",
        "about": ["request", "answer"],
        "data": {"thing1": "{words}", "time2": "{time}"},
    }
]
# Shorter than WeChat's three tries together, so that a dead Rasa still has a passive answer.
RASA_TIMEOUT = 12.0


class SlowRasa(RasaStandIn):
    """Takes as many seconds as the message says: 「慢4秒」; 「死」 breaks off."""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        message = str(body.get("message", ""))
        if message.startswith("慢"):
            time.sleep(float(message[1:].partition("秒")[0]))
        if message.startswith("死"):
            return 500, {"status": "failure"}
        return super().answer(path, body)


class Installation:
    """Web processes and a worker over one database, with a WeChat to talk to."""

    def __init__(self, settings: Settings, simulator: Simulator, rasa: SlowRasa) -> None:
        self.settings = settings
        self.simulator = simulator
        self.rasa = rasa
        self.database = Database(settings.database_url)
        self._processes: list[subprocess.Popen[bytes]] = []

    def phone(self, openid: str) -> Handset:
        return self.simulator.phone(openid)

    def start(self) -> None:
        self.database.migrate()
        told = self.settings.var_dir / "wechat" / "notices.yml"
        told.parent.mkdir(parents=True)
        told.write_text(yaml.safe_dump(NOTICES, allow_unicode=True))
        run = self.settings.var_dir / "run" / "metrics"
        run.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "PROMETHEUS_MULTIPROC_DIR": str(run),
            "VAR_DIR": str(self.settings.var_dir),
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "RASA_URL": self.settings.rasa_url,
            "RASA_TIMEOUT": str(self.settings.rasa_timeout),
            "PORT": str(self.settings.port),
            "WECHAT_API_BASE_URL": self.settings.wechat_api_base_url,
            "RATELIMIT_ENABLED": "false",
        }
        for command in (
            ["gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")],
            [
                "celery", "-A", "webhook.worker:app", "worker", "--beat", "--schedule",
                str(self.settings.var_dir / "beat"), "--pool", "threads", "--concurrency", "2",
                "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
            ],
        ):  # fmt: skip
            log = open(self.settings.var_dir / f"{command[0]}.log", "ab")  # noqa: SIM115
            with log:
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *command],
                        cwd=ROOT,
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        self.wait_until_up()

    def wait_until_up(self, within: float = 60.0) -> None:
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{self.settings.port}/healthz", trust_env=False)
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError((self.settings.var_dir / "gunicorn.log").read_text())

    def kill_web_workers(self) -> None:
        parent = self._processes[0].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        self.database.dispose()

    def stored(self, openid: str, direction: Direction) -> list[Message]:
        with self.database.reading() as session:
            inbound = select(Message.conversation_id).where(Message.source_key.contains(openid))
            return list(
                session.scalars(
                    select(Message)
                    .where(Message.conversation_id.in_(inbound), Message.direction == direction)
                    .order_by(Message.position)
                )
            )

    def pieces(self, openid: str) -> list[Delivery]:
        said = [message.id for message in self.stored(openid, Direction.OUT)]
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Delivery).where(Delivery.message_id.in_(said)).order_by(Delivery.id)
                )
            )


@contextmanager
def _database_url(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
    else:
        with temporary_postgres() as url:
            yield url


# As in production where there is PostgreSQL; the whole stack runs on both (tests/e2e).
@pytest.fixture(scope="module", params=KINDS[-1:])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_url: str
) -> Iterator[Installation]:
    """One installation for a whole file: every test has phones of its own."""
    rasa = SlowRasa()
    with _database_url(request.param) as url, rasa.running():
        port = free_port()
        settings = Settings(
            _env_file=None,
            var_dir=tmp_path_factory.mktemp("var"),
            database_url=url,
            redis_url=redis_url,
            rasa_url=rasa.url,
            rasa_timeout=RASA_TIMEOUT,
            port=free_port(),
            wechat_api_base_url=f"http://127.0.0.1:{port}",
        )
        sealed.use_key(settings)
        with redis.Redis.from_url(redis_url) as client:
            # Tasks of an installation that is gone would be answered by this one.
            client.delete("jct:jct")
        with simulating(settings, port) as simulator:
            made = Installation(settings, simulator, rasa)
            try:
                made.start()
                yield made
            finally:
                made.stop()
