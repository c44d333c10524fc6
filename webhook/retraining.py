"""Training with what staff taught, beside everything that runs: one training at a time.

The training is a process of its own in Rasa's environment. It outlives the request that began it,
and holds a lock on a file for as long as it lives, so no worker has to remember it and a crash
leaves nothing to clear up. Rasa takes the finished model over by itself (``bot/server.py``).
"""

import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.settings import ROOT
from webhook.cli.stack import rasa_python

_LINE = "training:"
_DONE = "done:"
_SAME = "nothing changed"


@dataclass(frozen=True)
class Progress:
    """How far the newest training is.

    Attributes:
        is_running: whether it goes on.
        is_done: whether it ended well; both are false where it failed or none was begun here.
        seconds: how long it had been at it when it told last.
        begun: whether any training was begun here.
    """

    is_running: bool
    is_done: bool = False
    seconds: float = 0.0
    begun: bool = True


class Retraining:
    """The training of one installation.

    Args:
        var_dir: what this machine keeps.
    """

    def __init__(self, var_dir: Path) -> None:
        self._var = var_dir
        self._log = var_dir / "nlu" / "retraining.log"

    @property
    def taught(self) -> Path:
        """The file in which training finds what was taught."""
        return self._var / "nlu" / "taught.yml"

    def command(self, *, force: bool = False) -> list[str]:
        """Return what trains."""
        return [str(rasa_python()), "-m", "bot.train", *(["--force"] if force else [])]

    def where(self) -> dict[str, Any]:
        """Return where it has to run."""
        return {"cwd": ROOT, "env": {**os.environ, "VAR_DIR": str(self._var.absolute())}}

    def begin(self) -> bool:
        """Begin to train, and do not wait for it. False where a training is going on."""
        with self.alone() as lock:
            if lock is None:
                return False
            with self._log.open("wb") as log:
                training = subprocess.Popen(
                    self.command(),
                    **self.where(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=[lock],
                )
            # Somebody has to take note of its end, or it stays in the process table.
            threading.Thread(target=training.wait, daemon=True).start()
        return True

    def progress(self) -> Progress:
        """Tell how far the newest training is."""
        with self.alone() as lock:
            is_running = lock is None
        if not self._log.is_file():
            return Progress(is_running, begun=is_running)
        told = [
            line.removeprefix(_LINE).strip()
            for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith(_LINE)
        ]
        is_done = bool(told) and (_DONE in told[-1] or _SAME in told[-1])
        seconds = told[-1].split(" ")[0] if told else ""
        return Progress(
            is_running,
            is_done=is_done and not is_running,
            seconds=float(seconds) if seconds.replace(".", "", 1).isdecimal() else 0.0,
        )

    @contextmanager
    def alone(self) -> Iterator[int | None]:
        """Hold the lock, whose descriptor a training inherits. None where somebody holds it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._log.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            yield None
            return
        try:
            yield descriptor
        finally:
            # Closed here, the lock stays with the training that inherited it.
            os.close(descriptor)
