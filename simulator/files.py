"""Temporary media (临时素材): kept for three days under an id."""

import secrets
import threading
from dataclasses import dataclass

from simulator.clock import Clock
from simulator.errors import ApiError

LASTS = 3 * 86_400
# Bytes by type.
MOST = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}


@dataclass(frozen=True)
class Stored:
    """One file."""

    kind: str
    content: bytes
    media_type: str
    created_at: float


class Files:
    """What people sent and the account uploaded.

    Args:
        clock: by which files are forgotten.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stored: dict[str, Stored] = {}

    def keep(self, kind: str, content: bytes, media_type: str) -> str:
        """Keep a file; return its media id.

        Raises:
            ApiError: unknown type, nothing in it, or too much.
        """
        if kind not in MOST:
            raise ApiError(40004)
        if not content:
            raise ApiError(41005)
        if len(content) > MOST[kind]:
            raise ApiError(45001)
        return self.receive(kind, content, media_type)

    def receive(self, kind: str, content: bytes, media_type: str) -> str:
        """Keep what a person sent, of any kind and size."""
        media_id = secrets.token_urlsafe(48)
        with self._lock:
            self._stored[media_id] = Stored(kind, content, media_type, self._clock.now())
        return media_id

    def find(self, media_id: str) -> Stored:
        """Return a file.

        Raises:
            ApiError: there is none, or it is older than three days.
        """
        stored = self._stored.get(media_id)
        if stored is None or stored.created_at + LASTS <= self._clock.now():
            raise ApiError(40007)
        return stored
