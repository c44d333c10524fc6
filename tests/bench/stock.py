"""The yardstick: a stock ``rasa init`` bot, trained and served as Rasa ships it."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx

from tests.bench.load import Request
from tests.ports import free_port
from webhook.cli.stack import rasa_python

_QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_WARN_20": "0"}


_STARTS_WITHIN = 180


class StockBot:
    """A running stock bot and how long it took to train and to answer first."""

    def __init__(self, url: str, pid: int, training: float, starting: float) -> None:
        self.url = url
        self.pid = pid
        self.training = training
        self.starting = starting


@contextmanager
def stock_bot(folder: Path) -> Iterator[StockBot]:
    """Make, train and serve the bot of ``rasa init`` in `folder`."""
    environment = {**os.environ, **_QUIET}
    log = open(folder / "stock.log", "ab")  # noqa: SIM115
    rasa = [str(rasa_python()), "-m", "rasa"]
    began = time.monotonic()
    subprocess.run(
        [*rasa, "init", "--no-prompt", "--init-dir", str(folder)],
        env=environment, cwd=folder, stdout=log, stderr=log, check=True, timeout=300,
    )  # fmt: skip
    training = time.monotonic() - began
    port = free_port()
    began = time.monotonic()
    server = subprocess.Popen(
        [*rasa, "run", "-p", str(port), "-i", "127.0.0.1", "--model", str(folder / "models")],
        env=environment, cwd=folder, stdout=log, stderr=log,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        while not _is_up(url):
            assert time.monotonic() - began < _STARTS_WITHIN, "the stock bot did not start"
            time.sleep(0.2)
        first = next(messages())
        httpx.post(f"{url}{first.path}", content=first.body, trust_env=False, timeout=30)
        yield StockBot(url, server.pid, training, time.monotonic() - began)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _is_up(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def messages() -> Iterator[Request]:
    """Greetings the stock bot answers, each from a person of its own."""
    for number in count():
        body = json.dumps({"sender": f"stock-{number}", "message": "hi"}).encode()
        yield Request(
            "/webhooks/rest/webhook",
            body,
            {"Content-Type": "application/json"},
            lambda answer: b'"text"' in answer,
        )
