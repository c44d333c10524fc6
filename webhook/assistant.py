"""The assistant as the road sees it: one question, one reply, or a clear failure.

Rasa's REST channel answers ``200 []`` when something broke inside it (channels/rest.py logs the
exception and returns what was collected). Silence where an answer is due is therefore a failure.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, TimeoutError

from models.reply import Choice, Reply


class AssistantError(RuntimeError):
    """The assistant did not answer: unreachable, too slow, broken or silent."""


@dataclass(frozen=True)
class Turn:
    """What the assistant is told of a message. `text` holds tokens instead of private values."""

    conversation_key: str
    text: str
    message_id: int
    conversation_id: int
    contact_id: int
    channel: str


class Assistant(Protocol):
    """Whoever answers for the bot."""

    def reply(self, turn: Turn) -> Reply:
        """Answer one message.

        Raises:
            AssistantError: no answer is to be had now.
        """

    def is_ready(self) -> bool:
        """Whether a message sent now would be answered."""


class _Pulse:
    """Keeps threads from waiting for a Rasa that hangs: they would be missing elsewhere.

    After `MISSES` time-outs in a row everybody fails at once, but for one try every few seconds.
    """

    MISSES = 3
    _REST = 3.0

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._misses = 0
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Refuse the turn while Rasa rests; let one through when it may be back.

        Raises:
            AssistantError: Rasa has not answered lately.
        """
        with self._lock:
            if self._misses < self.MISSES:
                return
            now = time.monotonic()
            if now < self._rests_until:
                raise AssistantError("resting after time-outs")
            self._rests_until = now + self._timeout

    def failed(self, error: Exception) -> None:
        """Count a time-out. Other failures come at once and hold nobody up."""
        with self._lock:
            self._misses += isinstance(error, TimeoutError)
            self._rests_until = time.monotonic() + self._REST

    def beat(self) -> None:
        """Forget the time-outs: Rasa has answered."""
        with self._lock:
            self._misses = 0


class RasaAssistant:
    """Rasa behind its REST channel (rasa.core.channels.rest).

    Args:
        url: ``RASA_URL``.
        timeout: seconds a turn may take before it counts as failed.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=64, retries=False)
        self._timeout = timeout
        self._pulse = _Pulse(timeout)

    def reply(self, turn: Turn) -> Reply:
        """Send the message to Rasa and gather what it says into one reply."""
        body = {
            "sender": turn.conversation_key,
            "message": turn.text,
            "metadata": {
                "message_id": turn.message_id,
                "conversation_id": turn.conversation_id,
                "contact_id": turn.contact_id,
                "channel": turn.channel,
            },
        }
        self._pulse.check()
        try:
            answer = self._post("/webhooks/rest/webhook", json.dumps(body).encode())
            said = answer.json()
        except (HTTPError, ValueError) as error:
            self._pulse.failed(error)
            raise AssistantError(type(error).__name__) from error
        self._pulse.beat()
        if answer.status != 200:
            raise AssistantError(f"HTTP {answer.status}")
        return _gathered(said)

    def _post(self, path: str, body: bytes) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/json"}
        until = time.monotonic() + self._timeout

        def post() -> urllib3.BaseHTTPResponse:
            left = urllib3.Timeout(connect=1.0, total=max(0.1, until - time.monotonic()))
            url = self._url + path
            return self._pool.request("POST", url, body=body, headers=headers, timeout=left)

        try:
            return post()
        except ProtocolError:
            # A kept connection was closed under us. The turn may be taken again: it takes
            # effect once, by its message's id.
            return post()

    def close(self) -> None:
        """Close the connections to Rasa."""
        self._pool.clear()

    def is_ready(self) -> bool:
        """Whether Rasa is up with a model loaded."""
        try:
            return self._pool.request("GET", f"{self._url}/status", timeout=2.0).status == 200
        except HTTPError:
            return False


def _gathered(said: Any) -> Reply:
    """Make one reply of Rasa's list of messages; the last choices given hold."""
    if not isinstance(said, list):
        raise AssistantError("not a list of messages")
    texts = [str(part["text"]) for part in said if isinstance(part, dict) and part.get("text")]
    if not texts:
        raise AssistantError("silence")
    given = [part["buttons"] for part in said if isinstance(part, dict) and part.get("buttons")]
    buttons = given[-1] if given else []
    return Reply(
        "\n\n".join(texts),
        tuple(map(Choice.from_json, buttons)),
    )
