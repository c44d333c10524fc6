"""WeChat's clock: windows, quotas, tokens and files grow old by it."""

import threading
import time


class Clock:
    """Real time, moved ahead at will. Seconds since 1970.

    What is signed and what a message says of its time stays in real time (`time.time`): the
    product checks those against its own clock, which nobody moves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    @property
    def ahead(self) -> float:
        """How many seconds the clock is ahead of real time."""
        return self._ahead

    def now(self) -> float:
        """Return what the clock shows."""
        return time.time() + self._ahead

    def skip(self, seconds: float) -> None:
        """Move the clock ahead."""
        with self._lock:
            self._ahead += max(0.0, seconds)
