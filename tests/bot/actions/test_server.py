"""The action server over HTTP, as Rasa speaks to it."""

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.database import Database
from models.settings import ROOT, Settings
from tests.ports import free_port


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx.Client, Path]]:
    var = tmp_path_factory.mktemp("var")
    port = free_port()
    Database(Settings(_env_file=None, var_dir=var).database_url).migrate()
    environment = {
        **os.environ,
        "VAR_DIR": str(var),
        "DATABASE_URL": "",
        "ACTIONS_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    log = (var / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.actions.server"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)
    until = time.monotonic() + 30
    while True:
        try:
            client.get("/health").raise_for_status()
            break
        except httpx.HTTPError:
            assert process.poll() is None, (var / "server.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
    yield client, var
    process.terminate()
    assert process.wait(10) == 0
    log.close()
    client.close()


def _call(action: str, text: str, intent: str) -> dict[str, Any]:
    return {
        "next_action": action,
        "sender_id": "key",
        "tracker": {
            "sender_id": "key",
            "slots": {},
            "latest_message": {"text": text, "intent": {"name": intent, "confidence": 0.9}},
            "events": [],
            "paused": False,
            "active_loop": {},
            "latest_action_name": None,
        },
        "domain": {},
        "domain_digest": "digest",
        "version": "3.6.21",
    }


def test_a_call_is_answered(server: tuple[httpx.Client, Path]) -> None:
    client, _ = server
    answer = client.post("/webhook", json=_call("action_small_talk", "你好", "greet"))
    assert answer.status_code == 200
    # Nothing is left to do in this turn.
    (event,) = answer.json()["events"]
    assert (event["event"], event["name"]) == ("followup", "action_listen")
    (said,) = answer.json()["responses"]
    assert said["response"] == "utter_greet"


def test_a_compressed_call_is_answered(server: tuple[httpx.Client, Path]) -> None:
    client, _ = server
    body = json.dumps(_call("action_answer_policy", "打零工去哪里登记", "ask_policy")).encode()
    answer = client.post(
        "/webhook", content=zlib.compress(body), headers={"Content-Encoding": "deflate"}
    )
    (said,) = answer.json()["responses"]
    assert "没找到" in said["text"]
    assert said["buttons"] == [{"title": "找人工", "payload": "/human"}]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"next_action": 1}'])
def test_what_is_no_call_is_refused(server: tuple[httpx.Client, Path], body: bytes) -> None:
    client, _ = server
    assert client.post("/webhook", content=body).status_code == 400


def test_an_unknown_action_is_named(server: tuple[httpx.Client, Path]) -> None:
    client, _ = server
    answer = client.post("/webhook", json=_call("action_nowhere", "我叫王芳", "inform"))
    assert answer.status_code == 404
    assert answer.json()["action_name"] == "action_nowhere"
    assert "王芳" not in answer.text


def test_without_a_database_the_call_fails_and_repeats_nothing(
    server: tuple[httpx.Client, Path],
) -> None:
    client, var = server
    database = var / "jct.sqlite3"
    with Database(f"sqlite:///{database}").unit_of_work() as session:
        session.connection().exec_driver_sql("ALTER TABLE draft RENAME TO gone")
    try:
        answer = client.post("/webhook", json=_call("action_small_talk", "我叫王芳", "greet"))
    finally:
        with Database(f"sqlite:///{database}").unit_of_work() as session:
            session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO draft")
    assert answer.status_code == 500
    assert "王芳" not in answer.text
    assert "王芳" not in (var / "server.log").read_text()


def test_help_is_given() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot.actions.server", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "ACTIONS_URL" in run.stdout
