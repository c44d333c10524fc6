"""Plays a person at the message road's end: records, swaps, resolves choices, takes the turn."""

import itertools
import sqlite3
from dataclasses import dataclass, replace

from bot.actions.registry import build_actions
from bot.actions.topic import Call, Desk, Reply, TopicAction, arguments_of
from bot.actions.turns import TurnTaker
from models import message as messages
from models.contact import meet_contact
from models.conversation import Conversation, open_conversation
from models.database import Database, utc_now
from models.draft import Draft, active_draft
from models.gig import GigRegistration, registrations_of
from models.intake.recognise import private_spans
from models.intake.turn import Heard
from models.knowledge.search import Knowledge
from models.message import Author, Inbound
from models.private_value import open_all, swap
from models.reply import Choice, chosen

_COUNTER = itertools.count(1)


@dataclass(frozen=True)
class Answered:
    """What came back: names of the domain's responses stand in angle brackets.

    `seen` is the text as its owner reads it: tokens opened at the door.
    """

    text: str
    choices: tuple[Choice, ...]
    seen: str = ""

    @property
    def titles(self) -> list[str]:
        return [choice.title for choice in self.choices]


class Person:
    """Somebody who talks to the assistant through one desk."""

    def __init__(self, desk: Desk, name: str = "somebody") -> None:
        self.desk = desk
        with desk.database.unit_of_work() as session:
            contact = meet_contact(session, "web", "test", name)
            conversation = open_conversation(session, contact.id)
            self.contact_id = contact.id
            self.conversation_id = conversation.id
            self.key = conversation.key
        self._turns = turn_taker(desk)
        self._last: tuple[Choice, ...] = ()
        self.sent = ""
        self.ranking: tuple[str, ...] = ()
        self.call: Call | None = None
        self._opened: list[Database] = []

    def leaves(self) -> None:
        """Close what was opened for this person's other processes."""
        for database in self._opened:
            database.dispose()

    def says(
        self, text: str, intent: str = "inform", confidence: float = 0.9, kind: str = "text"
    ) -> Answered:
        """Say something that the classifier takes for `intent`."""
        self.call = self.record(text, intent, confidence, kind)
        return self.again()

    def speaks(self, text: str, intent: str = "inform", confidence: float = 0.9) -> Answered:
        """Say it as a voice message: `text` is what WeChat recognised."""
        return self.says(text, intent, confidence, messages.VOICE)

    def record(
        self, text: str, intent: str = "inform", confidence: float = 0.9, kind: str = "text"
    ) -> Call:
        """Store a message as the road does and return what Rasa would hand to an action."""
        with self.desk.database.unit_of_work() as session:
            conversation = open_conversation(session, self.contact_id)
            spans = private_spans(session, self.contact_id, text, self.desk.catalogue)
            safe = swap(session, self.contact_id, text, spans)
            inbound = Inbound(f"test-{next(_COUNTER)}", kind=kind, text=text)
            stored = messages.record_inbound(
                session, conversation, inbound, safe_text=safe, awaited_until=utc_now()
            )
            message_id = stored.id
        choice = chosen(self._last, safe)
        self.sent = choice.payload if choice is not None else safe
        if self.sent.startswith("/"):
            intent, confidence = self.sent[1:].split("{")[0], 1.0
        heard = Heard(
            self.sent, intent, confidence, arguments_of(self.sent), (intent, *self.ranking)
        )
        return Call(message_id, self.key, self.contact_id, self.conversation_id, heard)

    def again(self) -> Answered:
        """Let the same message come to the actions (again)."""
        assert self.call is not None
        spoken = self._turns.take(self.call)
        texts = [p.text if isinstance(p, Reply) else f"<{p.name}>" for p in spoken.parts]
        given = [part.choices for part in spoken.parts if part.choices]
        self._last = given[-1] if given else ()
        text = "\n\n".join(texts)
        with self.desk.database.unit_of_work() as session:
            answered = Answered(text, self._last, open_all(session, self.contact_id, text))
            assert self.call.message_id is not None
            if messages.reply_to(session, self.call.message_id) is None:
                conversation = open_conversation(session, self.contact_id)
                inbound = session.get_one(messages.Message, self.call.message_id)
                reply = Reply(answered.text, answered.choices)
                messages.record_reply(session, conversation, inbound, reply, Author.BOT)
        return answered

    def fills(self, *texts: str) -> Answered:
        """Answer one question after the other."""
        answered = Answered("", ())
        for text in texts:
            answered = self.says(text)
        return answered

    def begins(self) -> Answered:
        """Start the gig registration and agree."""
        self.says("我想登记零工", "start_gig_registration")
        return self.says("同意", "affirm")

    def on_another_device(self) -> None:
        """Go on in a new conversation of the same contact."""
        with self.desk.database.unit_of_work() as session:
            conversation = Conversation(contact_id=self.contact_id, last_position=0)
            session.add(conversation)
            session.flush()
            self.conversation_id, self.key = conversation.id, conversation.key
        self._last = ()

    def elsewhere(self, url: str | None = None) -> "Person":
        """Return the same person on another process: a new database object, nothing shared."""
        database = Database(url or self.desk.database.url.render_as_string(hide_password=False))
        self._opened.append(database)
        moved = Person.__new__(Person)
        moved.__dict__.update(self.__dict__)
        moved.desk = replace(self.desk, database=database, knowledge=Knowledge(database, None))
        moved._turns = turn_taker(moved.desk)
        return moved

    @property
    def draft(self) -> Draft | None:
        with self.desk.database.reading() as session:
            return active_draft(session, self.contact_id)

    @property
    def answers(self) -> dict[str, object]:
        draft = self.draft
        assert draft is not None
        return {k: v for k, v in draft.answers.items() if not k.startswith("_")}

    @property
    def registrations(self) -> list[GigRegistration]:
        with self.desk.database.reading() as session:
            return registrations_of(session, self.contact_id)


def turn_taker(desk: Desk) -> TurnTaker:
    """Return the turn taker that the actions of a desk share."""
    action: TopicAction = build_actions(desk)[0]
    turns = action._turns
    assert isinstance(turns, TurnTaker)
    return turns


def settle(database: Database) -> None:
    """Bring everything from the write-ahead log into the file, which can then be copied."""
    database.dispose()
    with sqlite3.connect(str(database.url.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
