"""The launcher: no words of people in the log, no half-trained model, no TensorFlow."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.server import hide_private_fields, main
from bot.train import newest_finished_archive


def test_words_of_people_stay_out_of_the_log() -> None:
    event = {"event": "rest.message.received.failure", "text": "我叫王芳", "code": 7}
    assert hide_private_fields(None, "error", event) == {
        "event": "rest.message.received.failure",
        "text": "<4 hidden>",
        "code": 7,
    }


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
