"""The assistant as the road sees it: one question, one reply, or a clear failure.

Rasa's REST channel answers ``200 []`` when something broke inside it (channels/rest.py logs the
exception and returns what was collected). Silence where an answer is due is therefore a failure.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import httpx

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


class RasaAssistant:
    """Rasa behind its REST channel (rasa.core.channels.rest).

    Args:
        url: ``RASA_URL``.
        timeout: seconds a turn may take before it counts as failed.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(timeout, connect=1.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,
        )

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
        try:
            answer = self._client.post("/webhooks/rest/webhook", json=body)
            answer.raise_for_status()
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise AssistantError(type(error).__name__) from error
        return _gathered(said)

    def close(self) -> None:
        """Close the connections to Rasa."""
        self._client.close()

    def is_ready(self) -> bool:
        """Whether Rasa is up with a model loaded."""
        try:
            status = self._client.get("/status", timeout=2.0)
        except httpx.HTTPError:
            return False
        return status.status_code == 200


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
        tuple(Choice(button["title"], button["payload"]) for button in buttons),
    )
