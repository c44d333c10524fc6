"""Messages that were not understood, kept until somebody has taught or dismissed them.

What is kept is free of personal data: private values are tokens already, and of a token only its
kind stays. Whose words they are is noted for one purpose, so that erasing a person's data finds
them. Taught messages become training examples: the database is their one source, and the file that
training reads is written from it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import Double, ForeignKey, String, Text, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.settings import ROOT

UNCLEAR_BELOW = 0.6
"""Confidence under which an understood message is kept for review as well."""

NOT_UNDERSTOOD = "nlu_fallback"
"""Rasa's own name for a message it does not place."""

_LONGEST = 200
_ALIKE = 0.4
_TOKEN_NUMBER = re.compile(r"#\d+(?=〕)")
_LONG_NUMBER = re.compile(r"\d(?:[\s-]?\d){4,}")
# What would be markup in a training file.
_MARKUP = re.compile(r"[\[\]{}()<>\s]+")
_EXAMPLES = ROOT / "nlu_data" / "nlu"
_NAMES = Path(__file__).with_suffix(".yml")


class ReviewState(StrEnum):
    """What has become of an unclear message."""

    OPEN = "open"
    TAUGHT = "taught"
    DISMISSED = "dismissed"


class UnclearMessage(Base):
    """One wording of one person that was not understood, and how often it came."""

    __tablename__ = "unclear_message"
    __table_args__ = (UniqueConstraint("contact_id", "text_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    text_hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    guess: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float] = mapped_column(Double)
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[ReviewState] = mapped_column(
        one_of(ReviewState), default=ReviewState.OPEN, index=True
    )
    intent: Mapped[str | None] = mapped_column(String(64))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass(frozen=True)
class Cluster:
    """Open messages that are much alike, the most frequent first.

    Attributes:
        messages: at least one.
    """

    messages: tuple[UnclearMessage, ...]

    @property
    def id(self) -> int:
        """The id of its first message; it names the cluster."""
        return self.messages[0].id

    @property
    def times(self) -> int:
        """How often its messages came in all."""
        return sum(message.times for message in self.messages)

    @property
    def guesses(self) -> tuple[str, ...]:
        """What the classifier took its messages for, the most frequent first."""
        counts: dict[str, int] = {}
        for message in self.messages:
            counts[message.guess] = counts.get(message.guess, 0) + message.times
        return tuple(sorted(counts, key=lambda guess: -counts[guess]))


class UnknownIntentError(ValueError):
    """The intent is none that the assistant learns."""


def keep_unclear(
    session: Session, contact_id: int, text: str, guess: str, confidence: float
) -> UnclearMessage | None:
    """Keep a message for review; what is there already is counted. None if it has no words.

    Args:
        session: an open unit of work.
        contact_id: who wrote it.
        text: the safe text, private values as tokens.
        guess: the likeliest intent.
        confidence: how sure the classifier was of it, 0 to 1.
    """
    safe = _without_values(text)
    if not safe:
        return None
    key = hashlib.sha256(safe.encode()).hexdigest()
    kept = session.scalar(
        select(UnclearMessage).where(
            UnclearMessage.contact_id == contact_id, UnclearMessage.text_hash == key
        )
    )
    if kept is None:
        kept = UnclearMessage(
            contact_id=contact_id, text_hash=key, text=safe, guess=guess, confidence=confidence
        )
        session.add(kept)
    else:
        kept.times += 1
        kept.last_at, kept.guess, kept.confidence = utc_now(), guess, confidence
    session.flush()
    return kept


def clusters(session: Session) -> list[Cluster]:
    """Group the open messages by likeness of wording, the most frequent group first."""
    found = session.scalars(
        select(UnclearMessage)
        .where(UnclearMessage.state == ReviewState.OPEN)
        .order_by(UnclearMessage.times.desc(), UnclearMessage.id)
    )
    groups: list[tuple[frozenset[str], list[UnclearMessage]]] = []
    for message in found:
        pairs = _pairs(message.text)
        likest = max(groups, key=lambda group: _likeness(pairs, group[0]), default=None)
        if likest is not None and _likeness(pairs, likest[0]) >= _ALIKE:
            likest[1].append(message)
        else:
            groups.append((pairs, [message]))
    found_clusters = [Cluster(tuple(messages)) for _, messages in groups]
    return sorted(found_clusters, key=lambda cluster: (-cluster.times, cluster.id))


def teach(session: Session, messages: Sequence[UnclearMessage], intent: str) -> None:
    """Make these messages training examples of an intent.

    Raises:
        UnknownIntentError: no training data knows that intent.
    """
    if intent not in known_intents():
        raise UnknownIntentError(intent)
    _settle(session, messages, ReviewState.TAUGHT, intent)


def dismiss(session: Session, messages: Sequence[UnclearMessage]) -> None:
    """Lay these messages aside: there is nothing to learn from them."""
    _settle(session, messages, ReviewState.DISMISSED, None)


def write_taught(session: Session, file: Path) -> int:
    """Write every taught message as training data that Rasa reads; returns how many there are."""
    rows = session.execute(
        select(UnclearMessage.intent, UnclearMessage.text)
        .where(UnclearMessage.state == ReviewState.TAUGHT)
        .order_by(UnclearMessage.intent, UnclearMessage.text)
        .distinct()
    )
    examples: dict[str, list[str]] = {}
    for intent, text in rows:
        examples.setdefault(str(intent), []).append(text)
    if not examples:
        file.unlink(missing_ok=True)
        return 0
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in examples.items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False),
        encoding="utf-8",
    )
    fresh.replace(file)
    return sum(map(len, examples.values()))


@cache
def plain_names() -> dict[str, str]:
    """Return what staff read for each intent that starts no service."""
    names: dict[str, str] = yaml.safe_load(_NAMES.read_text(encoding="utf-8"))
    return names


def count_taught(session: Session) -> int:
    """Return how many messages were taught in all."""
    taught = select(func.count()).where(UnclearMessage.state == ReviewState.TAUGHT)
    return session.scalars(taught).one()


@cache
def known_intents() -> frozenset[str]:
    """Return every intent that the shipped training data has examples of."""
    return frozenset(
        block["intent"]
        for file in _EXAMPLES.rglob("*.yml")
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        if "intent" in block
    )


def _settle(
    session: Session, messages: Sequence[UnclearMessage], state: ReviewState, intent: str | None
) -> None:
    session.execute(
        update(UnclearMessage)
        .where(UnclearMessage.id.in_([message.id for message in messages]))
        .values(state=state, intent=intent)
    )


def _without_values(text: str) -> str:
    kinds_only = _TOKEN_NUMBER.sub("", text)
    without_numbers = _LONG_NUMBER.sub("〔号码〕", kinds_only)
    return _MARKUP.sub(" ", without_numbers).strip(" -")[:_LONGEST].strip()


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(max(1, len(text) - 1)))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of character pairs that two texts have in common, 0 to 1 (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other))
