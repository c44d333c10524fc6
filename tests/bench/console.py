"""The console under load: 200 open chats, 20 officials signed in, everybody writing.

A message of a person counts as arrived when the official's screen has it: the event of the feed
came, and the line was fetched, as the page's own script does. Every official follows the feed of
the whole house, keeps one chat on the screen, and redraws the list of chats as the page does.
"""

import json
import re
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

import httpx
from sqlalchemy import select

from models.handoff import Handoff
from models.office_calendar import set_calendar
from models.office_hours import Calendar, load_calendar
from models.staff import Role, Staff
from tests.e2e.stack import Stack
from tests.models.staffing import PASSWORD, official

OFFICIALS = 20
CHATS = 200
# How long the page waits before it redraws the list, and what people write a second, all together.
_QUEUE_PAUSE = 0.8
PER_SECOND = 10.0


@dataclass
class Screen:
    """One official's browser, as far as the server feels it."""

    url: str
    name: str
    chats: list[int] = field(default_factory=list)
    arrived: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        page = self.http.get("/staff/sign-in").text
        self._token = _token(page)
        self.http.post(
            "/staff/sign-in",
            data={"csrf_token": self._token, "name": self.name, "password": PASSWORD},
        )
        desk = self.http.get("/staff/desk").text
        self._token = _token(desk)
        self._number = int(re.findall(r'data-number="(\d+)"', desk)[0])
        self._last: dict[int, int] = {}
        self._queue_due = threading.Event()

    def claim(self, chat: int) -> None:
        """Take a chat and have it on the screen."""
        answer = self.http.post(
            f"/staff/conversations/{chat}/claim", headers={"X-CSRFToken": self._token}
        )
        answer.raise_for_status()
        self.chats.append(chat)
        self._last[chat] = max(
            map(int, re.findall(r'data-message="(\d+)"', answer.text)), default=0
        )

    def follow(self, ends: threading.Event) -> None:
        """Follow the feed, fetch what is new in one's own chats, redraw the list now and then."""
        threading.Thread(target=self._redraw, args=(ends,), daemon=True).start()
        while not ends.is_set():
            address = f"/staff/live?after={self._number}"
            with self.http.stream("GET", address, timeout=httpx.Timeout(30, read=20)) as stream:
                for line in stream.iter_lines():
                    if ends.is_set():
                        return
                    if line.startswith("data: {"):
                        self._react(json.loads(line.removeprefix("data: ")))

    def _react(self, change: dict[str, object]) -> None:
        if "number" not in change:
            return
        self._number = int(str(change["number"]))
        self._queue_due.set()
        chat = int(str(change["conversation"]))
        if change["kind"] != "message" or chat not in self._last:
            return
        lines = self.http.get(
            f"/staff/conversations/{chat}/lines?after={self._last[chat]}",
            headers={"HX-Request": "true"},
        ).text
        now = time.perf_counter()
        self._last[chat] = max(
            [self._last[chat], *map(int, re.findall(r'data-message="(\d+)"', lines))]
        )
        for mark in re.findall(r"bench-line-\d+", lines):
            self.arrived.setdefault(mark, now)

    def _redraw(self, ends: threading.Event) -> None:
        with httpx.Client(
            base_url=self.url, timeout=30, trust_env=False, cookies=self.http.cookies
        ) as http:
            while not ends.is_set():
                if self._queue_due.wait(0.5):
                    time.sleep(_QUEUE_PAUSE)
                    self._queue_due.clear()
                    http.get("/staff/desk/queue?queue=mine", headers={"HX-Request": "true"})


@dataclass(frozen=True)
class Arrivals:
    """Milliseconds from a person's message until it stands on the screen."""

    median: float
    p99: float
    lost: int

    def __str__(self) -> str:
        return f"median {self.median:6.1f} ms   p99 {self.p99:6.1f} ms   lost {self.lost}"


def run(stack: Stack, seconds: float) -> Arrivals:
    """Fill the house, let everybody write for a while, and return how long messages took."""
    chats = _fill(stack)
    screens = [Screen(stack.url, f"bench{number}") for number in range(OFFICIALS)]
    for screen, chat in zip(cycle(screens), chats, strict=False):
        screen.claim(chat)
    ends = threading.Event()
    threads = [threading.Thread(target=one.follow, args=(ends,), daemon=True) for one in screens]
    for thread in threads:
        thread.start()
    time.sleep(2)
    sent = dict(_written(stack, seconds))
    time.sleep(3)
    ends.set()
    arrived: dict[str, float] = {}
    for screen in screens:
        arrived |= screen.arrived
    took = sorted((arrived[mark] - at) * 1000 for mark, at in sent.items() if mark in arrived)
    return Arrivals(statistics.median(took), took[int(len(took) * 0.99)], len(sent) - len(took))


def _fill(stack: Stack) -> list[int]:
    """Open the office, employ the officials, and let everybody ask for one."""
    told = load_calendar().model_dump(mode="json")
    always = {day: ["00:00-23:59"] for day in range(1, 8)}
    told["offices"] = [{"region": None, "name": "人工服务", "days": always}]
    with stack.database() as database:
        with database.unit_of_work() as work:
            staff: list[Staff] = [
                official(work, f"bench{number}", Role.AGENT) for number in range(OFFICIALS)
            ]
            for one in staff:
                one.must_change_password = False
            set_calendar(work, staff[0], Calendar.model_validate(told))
        for number in range(CHATS):
            stack.post(stack.wechat.text(f"bench-chat-{number}", "找人工"))
        with database.reading() as session:
            return list(session.scalars(select(Handoff.conversation_id).order_by(Handoff.id)))


def _written(stack: Stack, seconds: float) -> Iterator[tuple[str, float]]:
    """Let people write at an even pace; yield each mark with when it left."""
    began = time.perf_counter()
    for number in range(int(seconds * PER_SECOND)):
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        mark = f"bench-line-{number}"
        left = time.perf_counter()
        threading.Thread(
            target=stack.post,
            args=(stack.wechat.text(f"bench-chat-{number * 7 % CHATS}", mark),),
            daemon=True,
        ).start()
        yield mark, left


def _token(page: str) -> str:
    return re.findall(r'name="csrf[_-]token" (?:value|content)="([^"]+)"', page)[0]
