"""Training beside a running product: alone, without waiting, and told how far it is."""

import sys
import time
from pathlib import Path

import pytest

from webhook.retraining import Retraining

FINE = "print('training:   0.0 s  loading Rasa'); print('training:  41.5 s  done: x.tar.gz')"
BROKEN = "print('training:   0.5 s  learning'); raise SystemExit(3)"


def stands_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let this program train: the real one takes a minute."""
    monkeypatch.setattr(
        Retraining, "command", lambda self, *, force=False: [sys.executable, "-c", program]
    )


def until_it_ends(retraining: Retraining) -> None:
    for _ in range(400):
        if not retraining.progress().is_running:
            return
        time.sleep(0.05)
    raise AssertionError("the training does not end")


def test_nothing_was_begun(tmp_path: Path) -> None:
    progress = Retraining(tmp_path).progress()
    assert (progress.begun, progress.is_running, progress.is_done) == (False, False, False)


@pytest.mark.parametrize(("program", "is_done"), [(FINE, True), (BROKEN, False)])
def test_it_runs_by_itself_and_tells_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, is_done: bool
) -> None:
    stands_in(monkeypatch, program)
    retraining = Retraining(tmp_path)
    assert retraining.begin()
    until_it_ends(retraining)
    progress = retraining.progress()
    assert (progress.begun, progress.is_done) == (True, is_done)


def test_one_at_a_time_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = tmp_path / "stop"
    stands_in(
        monkeypatch,
        "import pathlib, time\n"
        "print('training:  12.0 s  learning', flush=True)\n"
        f"while not pathlib.Path({str(stop)!r}).exists(): time.sleep(0.02)\n"
        "print('training:  60.0 s  done: x')",
    )
    assert Retraining(tmp_path).begin()
    other = Retraining(tmp_path)
    assert not other.begin()
    assert other.progress().is_running
    with other.alone() as lock:
        assert lock is None
    stop.touch()
    until_it_ends(other)
    assert other.progress().seconds == 60
    assert other.begin()
    until_it_ends(other)
