"""``/staff/live``: the feed of changes, pushed to open consoles as server-sent events.

A gunicorn thread serves one open stream. Streams therefore have threads of their own
(``WEB_STREAMS``), on top of those for citizens, and are refused beyond that: such a console asks
every other second instead. One reader per process follows the feed for all its streams. An event
names what changed and carries nobody's words; its number is where a screen that lost its
connection goes on, so nothing is missed and nothing comes twice.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from models.change import Change, changes_after, last_change
from models.database import Database
from models.staff import Right, note_seen
from models.staff_session import StaffSession
from webhook.current import database
from webhook.feed import Feed
from webhook.row_id import row_id
from webhook.staff.access import needs

log = structlog.get_logger()

bp = APIBlueprint("live", __name__, enable_openapi=False)

_KEPT = 2000
_BATCH = 500
_BEAT_SECONDS = 15.0
_LOOK_SECONDS = 1.0
# Signs of typing that are kept for the streams of a process.
_SIGNS = 50
# What an event may carry of a change: never somebody's words, such as the note of a transfer.
_SAID = frozenset(
    {"message_id", "note_id", "mentions", "move", "what", "to", "guest", "request_id"}
)
# A stream ends by itself now and then; the browser comes back where it was. So a right that was
# taken away, or a session that has ended, does not live on in an open stream.
_LASTS_SECONDS = 120.0
_LOOKS_ALONE = 10.0


class Hub:
    """Follows the feed for every stream of this process.

    Args:
        database: where changes are read.
        feed: rings when there are some.
        streams: how many may be open at once.
    """

    def __init__(self, database: Database, feed: Feed, streams: int) -> None:
        self._database = database
        self._feed = feed
        self._free = threading.BoundedSemaphore(streams)
        self._changed = threading.Condition()
        self._recent: deque[Change] = deque(maxlen=_KEPT)
        self._typing: deque[tuple[float, str]] = deque(maxlen=_SIGNS)
        self._number = 0
        self._reader: threading.Thread | None = None
        self.is_ending: Callable[[], bool] = lambda: False

    def enter(self) -> bool:
        """Take one of the places for streams, if one is free."""
        self._start()
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()

    def wait(self, number: int, seconds: float) -> list[Change]:
        """Return the changes behind `number`, waiting for some at most `seconds`."""
        with self._changed:
            if self._number <= number:
                self._changed.wait(seconds)
            recent = list(self._recent)
            newest = self._number
        if newest <= number:
            return []
        if recent and recent[0].id <= number + 1:
            return [change for change in recent if change.id > number]
        with self._database.reading() as reading:
            return changes_after(reading, number, _BATCH)

    def typing(self, since: float) -> list[tuple[float, str]]:
        """Return the signs of typing heard after a moment (monotonic), each with its own."""
        with self._changed:
            return [sign for sign in self._typing if sign[0] > since]

    def close(self) -> None:
        """End every stream and stop to follow; the process ends."""
        self.is_ending = lambda: True
        if self._reader is not None:
            self._reader.join(_LOOK_SECONDS * 3)

    def _start(self) -> None:
        """Begin to follow the feed, in the process that serves (a fork takes no threads along)."""
        with self._changed:
            if self._reader is not None and self._reader.is_alive():
                return
            with self._database.reading() as reading:
                self._number = last_change(reading)
            self._reader = threading.Thread(target=self._follow, name="live", daemon=True)
            self._reader.start()

    def _follow(self) -> None:
        while not self.is_ending():
            self._follow_with_bell()

    def _follow_with_bell(self) -> None:
        """Follow until the process ends, or until Redis is away: then another bell is needed."""
        with self._feed.listening() as bell:
            looks_alone_until = time.monotonic() + _LOOKS_ALONE
            while not self.is_ending():
                if bell.is_broken and time.monotonic() > looks_alone_until:
                    return
                try:
                    with self._database.reading() as reading:
                        found = changes_after(reading, self._number, _BATCH)
                except SQLAlchemyError as error:
                    log.warning("live.database_away", error=type(error).__name__)
                    time.sleep(_LOOK_SECONDS)
                    continue
                if found:
                    with self._changed:
                        self._recent.extend(found)
                        self._number = found[-1].id
                        self._changed.notify_all()
                    continue
                sign = bell.wait(_LOOK_SECONDS)
                if sign is not None:
                    with self._changed:
                        self._typing.append((time.monotonic(), sign))
                        self._changed.notify_all()


@bp.get("/live")
@needs(Right.SIGNED_IN)
def stream() -> Response:
    """Push what changes from number `after` on (or the browser's Last-Event-ID)."""
    hub: Hub = current_app.extensions["live"]
    number = _number()
    session_id = g.staff_session.id
    _here(database(), session_id)
    if not hub.enter():
        return Response(status=204)  # tells EventSource to stop trying
    answer = Response(_events(hub, database(), session_id, number), mimetype="text/event-stream")
    answer.call_on_close(hub.leave)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@bp.get("/live/changes")
@needs(Right.SIGNED_IN)
def changes() -> dict[str, Any]:
    """Return what changed behind number `after`: for a console without a stream."""
    _here(database(), g.staff_session.id)
    with database().reading() as reading:
        found = changes_after(reading, _number(), _BATCH)
    return {"changes": [_told(change) for change in found]}


def _events(hub: Hub, database: Database, session_id: int, number: int) -> Iterator[str]:
    until = time.monotonic() + _LASTS_SECONDS
    beat_at = time.monotonic() + _BEAT_SECONDS
    heard_at = time.monotonic()
    yield "retry: 500\n\n"
    while time.monotonic() < until and not hub.is_ending():
        for change in hub.wait(number, _LOOK_SECONDS):
            number = change.id
            told = json.dumps(_told(change), ensure_ascii=False, separators=(",", ":"))
            yield f"id: {number}\ndata: {told}\n\n"
        signs = hub.typing(heard_at)
        for _, sign in signs:
            yield f"event: typing\ndata: {sign}\n\n"
        heard_at = signs[-1][0] if signs else heard_at
        if time.monotonic() >= beat_at:
            beat_at = time.monotonic() + _BEAT_SECONDS
            if not _here(database, session_id):
                return
            yield "event: beat\ndata: 1\n\n"


def _told(change: Change) -> dict[str, Any]:
    return {
        "number": change.id,
        "conversation": change.conversation_id,
        "kind": change.kind.value,
        "staff": change.staff_id,
        **{name: told for name, told in change.details.items() if name in _SAID},
    }


def _number() -> int:
    told = request.headers.get("Last-Event-ID") or request.args.get("after", "0")
    return row_id(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


def _here(database: Database, session_id: int) -> bool:
    """Remember that somebody sits there; return whether they are still signed in."""
    with database.unit_of_work() as work:
        session = work.get(StaffSession, session_id)
        if session is None or not session.is_live:
            return False
        note_seen(session.staff)
        return True
