"""`jct doctor` names what is missing and how to mend it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from webhook.cli.doctor import doctor


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine on which nothing has been set up yet."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    for name in ("DATABASE_URL", "REDIS_URL", "WECHAT_ENCODING_AES_KEY"):
        monkeypatch.setenv(name, "")
    return monkeypatch


def test_a_model_that_was_never_trained_is_named(machine: pytest.MonkeyPatch) -> None:
    told = CliRunner().invoke(doctor)
    assert told.exit_code == 1
    assert "✗ trained model" in told.output
    assert "make train" in told.output


def test_servers_that_do_not_answer_are_named(machine: pytest.MonkeyPatch) -> None:
    machine.setenv("DATABASE_URL", "postgresql://someone:secret-word@127.0.0.1:9/none")
    machine.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    told = CliRunner().invoke(doctor)
    assert told.exit_code == 1
    assert "✗ database" in told.output
    assert "✗ Redis" in told.output
    assert "leave DATABASE_URL empty" in told.output
    assert "secret-word" not in told.output


def test_a_wrong_setting_is_named_and_not_shown(machine: pytest.MonkeyPatch) -> None:
    machine.setenv("WECHAT_ENCODING_AES_KEY", "too-short-key")
    told = CliRunner().invoke(doctor)
    assert told.exit_code == 1
    assert "WECHAT_ENCODING_AES_KEY" in told.output
    assert "too-short-key" not in told.output


def test_a_missing_rasa_environment_is_named(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine.setattr("webhook.cli.stack.ROOT", tmp_path)
    told = CliRunner().invoke(doctor)
    assert "✗ Rasa's environment" in told.output
    assert "make setup" in told.output
