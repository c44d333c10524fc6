"""The world of one simulator: the account, the phones, and everything WeChat keeps for them."""

import hashlib
import json
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.account import Account
from simulator.clock import Clock
from simulator.courier import Courier
from simulator.files import Files
from simulator.phone import Phone
from simulator.tokens import Tokens

_REMEMBERED_CALLS = 500


@dataclass
class Fault:
    """Something that goes wrong with an API: an error code, an HTTP status, or silence.

    Attributes:
        path: the API's path behind ``/cgi-bin/`` or ``/sns/``.
        errcode: what it answers; 0 for none.
        status: the HTTP status it answers instead; 0 for none.
        hang: seconds before it answers at all.
        times: how many calls it hits.
        takes_effect: whether the call is carried out all the same, and only its answer is lost.
    """

    path: str
    errcode: int = 0
    status: int = 0
    hang: float = 0.0
    times: int = 1
    takes_effect: bool = False


@dataclass
class World:
    """All state of a simulator; it lives as long as its process."""

    account: Account
    base_url: str
    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    phones: dict[str, Phone] = field(default_factory=dict)
    menu: dict[str, Any] | None = None
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_CALLS))
    faults: list[Fault] = field(default_factory=list)
    used_up: Counter[tuple[str, int]] = field(default_factory=Counter)
    menu_file: Path | None = None

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.account, self.clock)
        self.files = Files(self.clock)
        self.courier = Courier(self)
        if self.menu_file is not None and self.menu_file.exists():
            self.menu = json.loads(self.menu_file.read_text())

    def phone(self, openid: str, name: str = "") -> Phone:
        """Return a phone, made and following the account at first sight."""
        with self.lock:
            if openid not in self.phones:
                self.phones[openid] = Phone(openid, name or openid)
            return self.phones[openid]

    def phone_named(self, name: str) -> Phone:
        """Return the phone of somebody by their name; each name has one openid of WeChat's look."""
        digest = hashlib.sha256(f"{self.account.app_id}:{name}".encode()).hexdigest()
        return self.phone(f"oSim{digest[:24]}", name)

    def show(self, phone: Phone, sender: str, kind: str, **content: Any) -> None:
        """Put something on a phone's screen."""
        with self.lock:
            if sender == "account":
                phone.typing_until = 0.0
            phone.show(sender, kind, time.time(), **content)

    def keep_menu(self, menu: dict[str, Any] | None) -> None:
        """Put a menu below every talk, or take it away; it outlives the simulator."""
        self.menu = menu
        if self.menu_file is None:
            return
        if menu is None:
            self.menu_file.unlink(missing_ok=True)
        else:
            self.menu_file.parent.mkdir(parents=True, exist_ok=True)
            self.menu_file.write_text(json.dumps(menu, ensure_ascii=False))

    def fault_of(self, path: str) -> Fault | None:
        """Return what is to go wrong with this call, if anything."""
        with self.lock:
            for fault in self.faults:
                if fault.path == path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None
