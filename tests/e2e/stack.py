"""The real stack, started by `jct run` as a newcomer would, on ports of its own."""

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

from models import sealed
from models.database import Database
from models.settings import ROOT, Settings
from tests.ports import free_port
from tests.wechat import WeChat

START_WITHIN = 120


class Stack:
    """Rasa, action server, Redis, web and worker over one ``var`` folder.

    Args:
        var: the folder; a stack started again over it is the same installation.
        database_url: empty for SQLite in `var`.
        redis_url: empty for the embedded server.
    """

    def __init__(self, var: Path, database_url: str = "", redis_url: str = "") -> None:
        var.mkdir(parents=True, exist_ok=True)
        if not (var / "rasa").exists():
            (var / "rasa").symlink_to(ROOT / "var" / "rasa")
        self.environment = {
            "VAR_DIR": str(var),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "EMBEDDED_REDIS_PORT": str(free_port()),
            "RASA_URL": f"http://127.0.0.1:{free_port()}",
            "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
            "PORT": str(free_port()),
            "WECHAT_API_BASE_URL": "http://127.0.0.1:9",
            "RATELIMIT_ENABLED": "false",
        }
        self.var = var
        self.url = f"http://127.0.0.1:{self.environment['PORT']}"
        self.settings = Settings(
            _env_file=None, **{name.lower(): value for name, value in self.environment.items()}
        )
        self.wechat = WeChat.of(self.settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def start(self) -> float:
        """Start everything; return the seconds until a message would be answered."""
        began = time.monotonic()
        with open(self.var / "run.log", "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webhook.cli", "run", "--no-train"],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while time.monotonic() - began < START_WITHIN:
            assert self._process.poll() is None, (self.var / "run.log").read_text()
            try:
                if self._client.get("/readyz").status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.var / "run.log").read_text())

    def wait_until_ready(self, within: float = 60) -> None:
        """Wait until everything runs again, after some of it was killed."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                if self.get("/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise AssertionError("the stack did not come back")

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(40)
        finally:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(10)
            self._process = None

    def pids(self, name: str) -> list[int]:
        """Return the process ids of a part, its parent first, as supervisord started it."""
        told = subprocess.run(
            [
                sys.executable, "-m", "supervisor.supervisorctl",
                "-c", str(self.var / "run" / "supervisord.conf"), "pid", name,
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        parent = int(told.stdout.strip())
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def post(self, body: bytes, query: str | None = None) -> httpx.Response:
        """POST to the callback as WeChat's server does."""
        return self._client.post(f"/wechat?{query or self.wechat.query()}", content=body)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self._client.get(path, params=params)

    @contextmanager
    def database(self) -> Iterator[Database]:
        sealed.use_key(self.settings)
        opened = Database(self.settings.database_url)
        yield opened
        opened.dispose()

    @contextmanager
    def running(self) -> Iterator["Stack"]:
        self.start()
        try:
            yield self
        finally:
            self.stop()
            self._client.close()
