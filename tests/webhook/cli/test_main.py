"""The command line as a whole: its help, and what it says on a machine that lacks something."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from tests.webhook.cli.conftest import Jct
from webhook.cli import main, stack
from webhook.cli.trouble import told


def test_the_help_lists_every_command_and_loads_none() -> None:
    script = (
        "import sys; from webhook.cli import main\n"
        "try: main(['--help'])\n"
        "finally: print('loaded', [m for m in sys.modules if m.startswith('webhook.cli.')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert "loaded []" in shown
    assert isinstance(main, Group)
    for name in main.list_commands(None):  # type: ignore[arg-type]
        assert re.search(rf"^  {name}  +\S.*[^.]\.$", shown, re.M), f"{name} is cut or missing"
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_wrong_settings_are_named_by_every_command(
    jct: Jct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RASA_URL", "http://127.0.0.1")
    monkeypatch.setenv("DATABASE_URL", "mysql://lili:secret@host/name")
    for words in (["staff", "list"], ["doctor"], ["run"]):
        done = jct(*words)
        assert done.exit_code == 1
        assert "RASA_URL: needs a port" in done.output
        assert "DATABASE_URL: must look like postgresql://" in done.output
        assert "secret" not in done.output


def test_a_database_that_does_not_answer_is_told(jct: Jct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://lili:secret@127.0.0.1:1/name")
    done = jct("staff", "list")
    assert done.exit_code == 1
    assert "The database does not answer" in done.output
    assert "jct doctor" in done.output
    assert "secret" not in done.output


def test_run_without_a_model_and_without_training_says_so(
    jct: Jct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "rasa_python", lambda: Path(sys.executable))
    monkeypatch.setattr(stack, "processes", lambda settings: [])
    done = jct("run", "--no-train")
    assert done.exit_code == 1
    assert "No model was trained yet" in done.output


def test_a_mistake_of_ours_is_not_called_trouble_of_the_machine() -> None:
    assert told(RuntimeError("ours")) is None
    assert told(OperationalError("SELECT 1", {}, Exception("no such table"))) is None
