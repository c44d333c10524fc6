"""Access tokens and tickets (获取稳定版接口调用凭据, JS-SDK 附录1)."""

import secrets
import threading
from dataclasses import dataclass

from simulator.account import Account
from simulator.clock import Clock
from simulator.errors import ApiError

LASTS = 7200
_FORCED_A_DAY = 20
_DAY = 86_400


@dataclass
class _Issued:
    token: str
    expires_at: float


class Tokens:
    """The account's token: one is valid, a forced one ends the last at once.

    Args:
        account: whose.
        clock: by which they expire.
    """

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._lock = threading.Lock()
        self._current: _Issued | None = None
        self._ended: set[str] = set()
        self._forced: list[float] = []
        self._ticket: _Issued | None = None
        self.issued = 0

    def issue(self, app_id: str, secret: str, *, force: bool) -> dict[str, object]:
        """Return the token, a new one where it is expired or asked for by force."""
        if app_id != self._account.app_id:
            raise ApiError(40013)
        if secret != self._account.secret:
            raise ApiError(40125)
        now = self._clock.now()
        with self._lock:
            if force:
                self._forced = [at for at in self._forced if at > now - _DAY]
                if len(self._forced) >= _FORCED_A_DAY:
                    raise ApiError(45009)
                self._forced.append(now)
            current = self._current
            if force or current is None or current.expires_at <= now:
                if current is not None:
                    self._ended.add(current.token)
                current = _Issued(f"sim_{secrets.token_hex(24)}", now + LASTS)
                self._current = current
                self.issued += 1
            return {"access_token": current.token, "expires_in": int(current.expires_at - now)}

    def check(self, token: str) -> None:
        """Let a call in.

        Raises:
            ApiError: the token is missing, ended, expired, or never was.
        """
        current = self._current
        if not token:
            raise ApiError(41001)
        if current is None or token != current.token:
            raise ApiError(40001 if token in self._ended else 40014)
        if current.expires_at <= self._clock.now():
            raise ApiError(42001)

    def end(self) -> None:
        """Make the current token worthless, as a second system that fetches its own would."""
        with self._lock:
            if self._current is not None:
                self._ended.add(self._current.token)
                self._current = None

    def ticket(self) -> dict[str, object]:
        """Return the JS-SDK's ticket."""
        now = self._clock.now()
        with self._lock:
            if self._ticket is None or self._ticket.expires_at <= now:
                self._ticket = _Issued(f"tic_{secrets.token_hex(24)}", now + LASTS)
            expires_in = int(self._ticket.expires_at - now)
            told = {"ticket": self._ticket.token, "expires_in": expires_in}
            return {"errcode": 0, "errmsg": "ok", **told}
