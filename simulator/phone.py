"""A phone: one WeChat user, what their talk with the account shows, and what may be pushed to them.

Windows and quotas: 客服消息, 下发条数. A person's word opens 48 hours for 5 messages; a tap on the
menu, following and scanning open a minute for 3. A new one replaces the last; they do not add up.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

WORD_LASTS, WORD_ALLOWS = 48 * 3600.0, 5
TOUCH_LASTS, TOUCH_ALLOWS = 60.0, 3


@dataclass
class Window:
    """A time in which the account may push. Seconds of WeChat's clock."""

    opened_at: float
    lasts: float
    allows: int
    used: int = 0

    def is_open(self, now: float) -> bool:
        """Whether it has not closed yet."""
        return now < self.opened_at + self.lasts

    def as_json(self, now: float) -> dict[str, Any]:
        """Return what the page shows of it."""
        closes_in = max(0, round(self.opened_at + self.lasts - now))
        return {"left": self.allows - self.used if closes_in else 0, "closes_in": closes_in}


@dataclass
class Phone:
    """One user.

    Attributes:
        openid: their id for this account.
        name: what they call themselves.
        shown: the talk, oldest first; each entry is a dict with ``id``, ``from`` (``me``,
            ``account``, ``wechat``), ``kind``, ``at`` and what its kind shows.
        grants: how many notices of a template they have allowed.
        muted: templates they want nothing of any more.
        typing_until: until when 「对方正在输入…」 is shown.
    """

    openid: str
    name: str
    follows: bool = True
    shown: list[dict[str, Any]] = field(default_factory=list)
    grants: Counter[str] = field(default_factory=Counter)
    muted: set[str] = field(default_factory=set)
    last_message_at: float = 0.0
    typing_until: float = 0.0
    in_flight: int = 0
    _word: Window | None = None
    _touch: Window | None = None

    def note_word(self, now: float) -> None:
        """They have written: 48 hours begin."""
        self._word = Window(now, WORD_LASTS, WORD_ALLOWS)
        self._touch = None
        self.last_message_at = now

    def note_touch(self, now: float) -> None:
        """They have tapped, followed or scanned: a minute begins."""
        self._touch = Window(now, TOUCH_LASTS, TOUCH_ALLOWS)

    def window(self, now: float) -> Window | None:
        """Return the window that counts now; None when none is open."""
        for window in (self._touch, self._word):
            if window is not None and window.is_open(now):
                return window
        return None

    def show(self, sender: str, kind: str, at: float, **content: Any) -> dict[str, Any]:
        """Put something on the screen."""
        entry = {"id": len(self.shown) + 1, "from": sender, "kind": kind, "at": at, **content}
        self.shown.append(entry)
        return entry
