"""Takes a message through its turn: once, in one unit of work, whatever happens around it.

A turn that changes something keeps its answer in the same transaction (`message.keep_turn`), so
the same message coming again says the same and changes nothing. Nothing about a conversation is
kept in this process: any number of action servers may run.
"""

import asyncio
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.actions.topic import NOBODY, Call, Desk, Spoken, TopicAction, Turn
from models import message as messages
from models.contact import hold
from models.conversation import Conversation, ConversationState, lock_conversation
from models.intake.form import human_choice, open_form
from models.intake.misses import note_miss
from models.intake.policy_answer import continues
from models.intake.turn import ANSWER, POLICY, decide
from models.intake.wording import phrase
from models.reply import Reply
from models.understanding import NOT_UNDERSTOOD, UNCLEAR_BELOW, keep_unclear

log = structlog.get_logger()

_THREADS = 16
MISUNDERSTOOD = NOT_UNDERSTOOD


class OutOfOrderError(RuntimeError):
    """The database does not answer. The message road is told, and has another way to answer."""


class TurnTaker:
    """Decides for every message which topic is due and lets it answer.

    Args:
        desk: what the topics work with.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._topics: dict[str, TopicAction] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="turn")

    def serve(self, actions: Iterable[TopicAction], starts: Mapping[str, str]) -> None:
        """Take these actions as the topics.

        Args:
            actions: each is there for its own intents.
            starts: the intents of the catalogue with the name of the action for them.
        """
        by_name = {action.name(): action for action in actions}
        self._topics = {intent: one for one in by_name.values() for intent in one.intents}
        self._topics |= {intent: by_name[name] for intent, name in starts.items()}

    async def take_in_thread(self, call: Call) -> Spoken:
        """Take a turn without holding up the server's loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.take, call)

    def take(self, call: Call) -> Spoken:
        """Take a turn. There is always something to say.

        Raises:
            OutOfOrderError: the database failed; nothing has changed.
        """
        try:
            spoken, turn = self._take(call)
        except SQLAlchemyError as error:
            log.error("turn.database_failed", message=call.message_id, error=type(error).__name__)
            # The original error holds the statement's values: it must not travel on.
            raise OutOfOrderError(type(error).__name__) from None
        except Exception as error:
            log.error(
                "turn.failed",
                message=call.message_id,
                intent=call.heard.intent,
                error=type(error).__name__,
                at=[f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)],
            )
            return _given_up()
        if turn is not None and _is_unclear(turn):
            guess = (call.heard.text, call.guess, call.guess_confidence)
            self._keep(lambda session: keep_unclear(session, turn.contact_id, *guess))
        return spoken

    def _take(self, call: Call) -> tuple[Spoken, Turn | None]:
        """Take a turn; there is no turn to tell of where it was taken before."""
        with self._desk.database.reading() as session:
            kept = _kept(session, call)
            if kept is not None:
                return kept, None
            turn, topic = self._begin(session, call)
            spoken = topic.serve(turn) if not topic.changes else None
            if spoken is None and turn.contact_id == NOBODY:
                return topic.serve_nobody(turn), None
        if spoken is not None:
            return self._marked(call, spoken), turn
        with self._desk.database.unit_of_work() as session:
            # The conversation first, as the road locks them. Then read again, alone with this
            # message: another server may have taken the same turn.
            if turn.call.conversation_id != NOBODY:
                conversation = lock_conversation(session, turn.call.conversation_id)
                if conversation.state is ConversationState.OPEN:
                    # Staff have the word: the road drops what is said here.
                    return _given_up(), None
            asked = (
                session.get(messages.Message, call.message_id, with_for_update=True)
                if call.message_id is not None
                else None
            )
            kept = _kept(session, call)
            if kept is not None:
                return kept, None
            if asked is not None and asked.state is not messages.InboundState.WAITING:
                # The road gave this turn up and has answered: nothing may take effect now.
                return _given_up(), None
            hold(session, turn.contact_id)
            turn, topic = self._begin(session, call)
            spoken = topic.serve(turn)
            if spoken.is_miss and call.message_id is not None:
                note_miss(session, call.message_id)
            if call.message_id is not None and spoken.reply is not None:
                messages.keep_turn(session, call.message_id, spoken.reply)
            return spoken, turn

    def _marked(self, call: Call, spoken: Spoken) -> Spoken:
        """Mark the message of a turn that only reads, where it was missed."""
        if spoken.is_miss and call.message_id is not None:
            with self._desk.database.unit_of_work() as session:
                note_miss(session, call.message_id)
        if spoken.keeps is not None and call.message_id is not None:
            self._keep(spoken.keeps)
        return spoken

    def _keep(self, keeps: Callable[[Session], object]) -> None:
        """Keep what staff learn from a turn; it must cost nobody the answer."""
        try:
            with self._desk.database.unit_of_work() as session:
                keeps(session)
        except SQLAlchemyError as error:
            log.warning("turn.not_kept", error=type(error).__name__)

    def _begin(self, session: Session, call: Call) -> tuple[Turn, TopicAction]:
        call = _with_person(session, call)
        form = open_form(session, self._desk.catalogue, call.contact_id)
        if form is not None and call.message_id is not None:
            # Only what fills a form is read back to who spoke it.
            is_spoken = messages.was_spoken(session, call.message_id)
            call = replace(call, heard=replace(call.heard, is_spoken=is_spoken))
        move = decide(session, self._desk.catalogue, form, call.contact_id, call.heard)
        topic = self._topics.get(move.intent, self._topics[MISUNDERSTOOD])
        may_go_on = form is None and topic.gives_way and not call.heard.is_tapped
        if may_go_on and continues(session, call.conversation_id, call.heard.text):
            # 「那要啥材料」 says so little that a classifier takes it for anything.
            move, topic = replace(move, intent=POLICY), self._topics[POLICY]
        return Turn(session, self._desk, call, form, move), topic


def _is_unclear(turn: Turn) -> bool:
    """Whether somebody typed what the classifier was unsure of, and neither rule nor form knew."""
    heard, move = turn.call.heard, turn.move
    unsure = heard.intent in (MISUNDERSTOOD, "") or turn.call.guess_confidence < UNCLEAR_BELOW
    if heard.is_tapped or not unsure or turn.contact_id == NOBODY:
        return False
    if turn.form is not None and move.intent in (ANSWER, "correct", "affirm", "deny"):
        return False
    return move.intent in (heard.intent, POLICY, MISUNDERSTOOD, "")


def _given_up() -> Spoken:
    return Spoken((Reply(phrase("broken"), (human_choice(),)),))


def _kept(session: Session, call: Call) -> Spoken | None:
    kept = None if call.message_id is None else messages.kept_turn(session, call.message_id)
    return None if kept is None else Spoken((kept,))


def _with_person(session: Session, call: Call) -> Call:
    """Find out who wrote, by the conversation's key, where Rasa has lost the metadata."""
    if call.contact_id != NOBODY:
        return call
    found = session.scalar(select(Conversation).where(Conversation.key == call.conversation_key))
    if found is None:
        return call
    return replace(call, contact_id=found.contact_id, conversation_id=found.id)
