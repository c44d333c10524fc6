"""What every action is made of: it hears a message, has one topic, and always says something.

Rasa calls one action for one intent. What a message means while a form is open is decided by
`models.intake.turn`, though, so the action that was called hands over to the topic that is due.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from models import message as messages
from models.catalogue import Catalogue
from models.database import Database
from models.intake import form as forms
from models.intake.misses import likely_meanings, misses_before, ways_on
from models.intake.turn import Heard, Move
from models.intake.wording import phrase
from models.knowledge.search import Knowledge
from models.office_hours import Calendar, load_calendar
from models.reply import Choice, Reply
from models.understanding import NOT_UNDERSTOOD

NOBODY = 0
"""The contact of a message that came past the message road: nothing is stored under it."""

LISTEN = "action_listen"
"""Rasa's own action: the turn is over."""

_TAPPED = re.compile(r"^/[\w-]+(?P<arguments>\{.*\})?\s*$", re.DOTALL)


@dataclass(frozen=True)
class Desk:
    """What the actions of one process work with, built once at its start.

    `public_url` is the address under which people reach our pages.
    """

    database: Database
    catalogue: Catalogue
    knowledge: Knowledge
    calendar: Calendar = field(default_factory=load_calendar)
    public_url: str = ""


@dataclass(frozen=True)
class Response:
    """Wording from the assistant's domain, by its name there; Rasa fills it in."""

    name: str
    choices: tuple[Choice, ...] = ()


Part = Reply | Response


@dataclass(frozen=True)
class Spoken:
    """What is said in a turn, in order. The choices of the last part that has some hold.

    `is_miss` says that the message was not understood: the turn taker marks it. `keeps` is what
    a turn that only reads leaves to be kept, in a unit of work of its own.
    """

    parts: tuple[Part, ...]
    is_miss: bool = False
    keeps: Callable[[Session], object] | None = None

    @property
    def reply(self) -> Reply | None:
        """Everything said as one reply; None where the domain holds some of the words."""
        replies = [part for part in self.parts if isinstance(part, Reply)]
        if len(replies) < len(self.parts):
            return None
        choices = next((one.choices for one in reversed(replies) if one.choices), ())
        begins = next((one.begins for one in replies if one.begins), "")
        return Reply("\n\n".join(one.text for one in replies), choices, begins)


@dataclass(frozen=True)
class Call:
    """One message as Rasa hands it to an action.

    Attributes:
        message_id: the stored message, None when it came past the message road.
        conversation_key: Rasa's name of the conversation.
        contact_id: who wrote it.
        conversation_id: where it was written.
        heard: the message and what the classifier takes it for.
        guess: the likeliest intent, also where the classifier was too unsure to name it.
        guess_confidence: how sure it was of it, 0 to 1.
    """

    message_id: int | None
    conversation_key: str
    contact_id: int
    conversation_id: int
    heard: Heard
    guess: str = ""
    guess_confidence: float = 1.0


@dataclass(frozen=True)
class Turn:
    """One message being answered, inside one unit of work."""

    session: Session
    desk: Desk
    call: Call
    form: forms.OpenForm | None
    move: Move

    @property
    def contact_id(self) -> int:
        """Who wrote."""
        return self.call.contact_id

    @property
    def catalogue(self) -> Catalogue:
        """The services in force."""
        return self.desk.catalogue

    def say(self, *parts: Part) -> Spoken:
        """Say this and nothing else."""
        return Spoken(parts)

    def interrupt(self, *parts: Part) -> Spoken:
        """Say this, then ask the open form's question again: nothing of the form is lost."""
        if self.form is None:
            return Spoken(parts)
        return Spoken((*_without_choices(parts), forms.question(self.form)))

    def _asked_before(self) -> Reply | None:
        """Return what could be chosen from before this message, with no words of its own."""
        last = messages.last_outbound(self.session, self.call.conversation_id)
        if last is None:
            return None
        human = forms.human_choice()
        return Reply("", tuple(one for one in last.reply.choices if one != human))

    def miss(self, *parts: Part, asks: Reply | None = None, suggests: bool = False) -> Spoken:
        """Say that the message was not understood, with what helps on after so many misses.

        Args:
            parts: what is said; their choices do not hold.
            asks: the open form's question as it was just asked; asked here when left out.
            suggests: whether the likeliest meanings are offered at the first miss already.
        """
        call, before = self.call, 0
        if call.message_id is not None:
            before = misses_before(self.session, self.contact_id, call.message_id)
        meant: tuple[Choice, ...] = ()
        if before == 1 or (suggests and before == 0 and self.form is None):
            meant = likely_meanings(
                self.desk.knowledge,
                self.catalogue,
                call.heard.ranking,
                call.heard.text,
                in_form=self.form is not None,
            )
        if before == 0:
            # After one miss only what these very words may mean is offered, or nothing.
            meant = tuple(
                one for one in meant if one.payload.startswith(("/start_", "/ask_policy"))
            )
        ways = ways_on(before, self.form, meant)
        if asks is None and self.form is not None:
            asks = forms.question(self.form)
        elif asks is None and before == 0 and not meant:
            asks = self._asked_before()
        choices = (*(asks.choices if asks is not None else ()), *ways.choices)
        texts = [one.text for one in (ways, asks) if one is not None and one.text]
        last = (Reply("\n".join(texts), choices),) if texts else ()
        if not last and parts:
            *earlier, final = _without_choices(parts)
            return Spoken((*earlier, replace(final, choices=choices)), is_miss=True)
        return Spoken((*_without_choices(parts), *last), is_miss=True)


def _without_choices(parts: Sequence[Part]) -> list[Part]:
    return [replace(part, choices=()) for part in parts]


class Turns(Protocol):
    """Whoever takes a message through its turn."""

    def take(self, call: Call) -> Spoken:
        """Decide what the message means, let the topic act, and return what to say."""

    async def take_in_thread(self, call: Call) -> Spoken:
        """Do the same without holding up the server's loop."""


class TopicAction(Action):
    """An action with one topic.

    Attributes:
        action_name: its name in the domain.
        intents: the intents it is there for.
        changes: whether it may write; then its turn is kept with its effects.
        gives_way: whether a message that asks on about a policy answer is for that instead.
    """

    action_name: ClassVar[str]
    intents: ClassVar[tuple[str, ...]] = ()
    changes: ClassVar[bool] = False
    gives_way: ClassVar[bool] = False

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def name(self) -> str:
        """Return the name the domain calls it by."""
        return self.action_name

    def serve(self, turn: Turn) -> Spoken:
        """Answer one message on this topic."""
        raise NotImplementedError

    def serve_nobody(self, turn: Turn) -> Spoken:
        """Answer a message that came past the message road: nothing can be kept for its writer."""
        return turn.say(Reply(phrase("no_door")))

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Take the message through its turn and hand Rasa what is to be said."""
        spoken = await self._turns.take_in_thread(call_of(tracker))
        for part in spoken.parts:
            buttons = [choice.as_json() for choice in part.choices]
            if isinstance(part, Response):
                dispatcher.utter_message(response=part.name, buttons=buttons)
            else:
                dispatcher.utter_message(text=part.text, buttons=buttons)
        # Rasa would ask its policies what comes now.
        return [FollowupAction(LISTEN)]


def call_of(tracker: Tracker) -> Call:
    """Read the newest message of a tracker."""
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    intent = message.get("intent") or {}
    text = str(message.get("text") or "")
    ranking = message.get("intent_ranking") or []
    likeliest = next((one for one in ranking if one.get("name") != NOT_UNDERSTOOD), intent)
    return Call(
        message_id=_number(metadata.get("message_id")),
        conversation_key=str(tracker.sender_id),
        contact_id=_number(metadata.get("contact_id")) or NOBODY,
        conversation_id=_number(metadata.get("conversation_id")) or NOBODY,
        heard=Heard(
            text=text,
            intent=str(intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
            arguments=arguments_of(text),
            ranking=_ranking(message.get("intent_ranking")),
        ),
        guess=str(likeliest.get("name") or ""),
        guess_confidence=float(likeliest.get("confidence") or 0.0),
    )


def _ranking(told: object) -> tuple[str, ...]:
    guesses = told if isinstance(told, list) else []
    return tuple(str(one["name"]) for one in guesses if isinstance(one, dict) and one.get("name"))


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def arguments_of(text: str) -> dict[str, str]:
    """Return what a tapped choice carries (``/ask_policy{"clause": "12"}``)."""
    tapped = _TAPPED.match(text)
    if tapped is None or not tapped["arguments"]:
        return {}
    try:
        given = json.loads(tapped["arguments"])
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
