"""The launcher: same verdict on actions, no words of people in the log, no TensorFlow."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.server import _endpoints, hide_private_fields, main, validate_actions_with_one_schema
from bot.train import newest_finished_archive

_STOCK_VERDICT = RemoteAction._validate_action_result

GOOD: list[Any] = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{"text": "好"}]},
    {"events": [{"event": "followup", "name": "action_listen"}], "responses": []},
    {"responses": []},
    {},
]
BAD: list[Any] = [
    [],
    None,
    "text",
    {"events": {}, "responses": []},
    {"events": [{"event": "slot"}], "responses": []},
    {"events": [{"event": "no such event"}], "responses": []},
    {"events": [], "responses": ["text"]},
    {"events": [], "responses": "text"},
]


def verdict(validate: Any, result: Any) -> str:
    try:
        return str(validate(RemoteAction("action_x", None), copy.deepcopy(result)))
    except ValidationError as error:
        return f"{error.message} at {list(error.absolute_path)}"


@pytest.mark.parametrize("result", GOOD + BAD)
def test_the_verdict_is_the_stock_one(result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", _STOCK_VERDICT)
    validate_actions_with_one_schema()
    ours = RemoteAction._validate_action_result
    assert ours is not _STOCK_VERDICT
    assert verdict(ours, result) == verdict(_STOCK_VERDICT, result)
    assert (verdict(ours, result) == "True") == (result in GOOD)


def test_words_of_people_stay_out_of_the_log() -> None:
    event = {"event": "rest.message.received.failure", "text": "我叫王芳", "code": 7}
    assert hide_private_fields(None, "error", event) == {
        "event": "rest.message.received.failure",
        "text": "<4 hidden>",
        "code": 7,
    }


def test_the_lock_store_follows_the_redis_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:secret@10.0.0.1:6390/3")
    monkeypatch.setenv("ACTION_ENDPOINT_URL", "http://127.0.0.1:5055/webhook")
    endpoints = _endpoints("redis://:secret@10.0.0.1:6390/3")
    assert endpoints.lock_store.url == "10.0.0.1"
    assert endpoints.lock_store.kwargs["port"] == 6390
    assert endpoints.lock_store.kwargs["db"] == 3
    assert endpoints.lock_store.kwargs["password"] == "secret"
    assert endpoints.tracker_store.url == "redis://:secret@10.0.0.1:6390/3"
    assert endpoints.action.url == "http://127.0.0.1:5055/webhook"


def test_without_a_model_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "var/rasa/no-such-archive.tar.gz"]) == 2
    assert "python -m bot.train" in capsys.readouterr().err


def test_a_model_is_taken_over_when_its_training_has_ended(tmp_path: Path) -> None:
    archive = tmp_path / "new-20261124.tar.gz"
    archive.touch()
    assert newest_finished_archive(tmp_path) is None
    (tmp_path / "new-20261124.fingerprint").touch()
    assert newest_finished_archive(tmp_path) == archive


def test_serving_does_not_load_tensorflow() -> None:
    program = (
        "import sys, bot.server as server\n"
        "sys.meta_path.insert(0, server._DeferTraining())\n"
        "import rasa.core.run, rasa.core.policies.rule_policy\n"
        "import bot.components.classifier, bot.components.featurizer, bot.components.tokenizer\n"
        "sys.exit('tensorflow' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", program]).returncode == 0
