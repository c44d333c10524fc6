"""The road of a message: receive → remember → decide who answers → answer → deliver.

One road for every door (DESIGN section 4). What is promised here:

* a message is a row before anything else happens to it, and one row however often it comes;
* messages of one conversation are answered one at a time, in order of arrival, by whoever holds
  the conversation's lease; different conversations in parallel;
* each message has one answer at most, and the answer leaves once;
* what a crash left half done is picked up by `catch_up`.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import carried, handoff
from models import delivery as deliveries
from models import message as messages
from models.catalogue.loader import Catalogue
from models.change import ChangeKind, note_change
from models.conversation import (
    Conversation,
    conversation_of,
    lock_conversation,
)
from models.database import Database, utc_now
from models.delivery import Piece
from models.intake.recognise import private_spans
from models.message import Author, Inbound, InboundState, Message, Receipt
from models.office_hours import Calendar
from models.private_value import TOKEN, open_all, swap
from models.push_window import release_held
from models.reply import Reply
from webhook import wording, wordless
from webhook.answerer import Answerer
from webhook.assistant import Assistant, Turn
from webhook.channel import Channel
from webhook.deciding import decided_here, may_speak, meant
from webhook.wake import Wake

# After a door's own deadline its repeat (WeChat's comes at once) may still fetch the answer; only
# then is it pushed.
_GRACE = timedelta(seconds=1.5)
_A_MOMENT = timedelta(seconds=1)
BEHIND_A_TRY = "behind-a-try"
"""The thread that makes an answer its request may not be able to wait for."""


@dataclass(frozen=True)
class Sender:
    """Who a message is from: a contact's identity at one door."""

    channel: Channel
    account: str
    external_id: str


@dataclass(frozen=True)
class Passage:
    """How far a message got while its door waited.

    Attributes:
        receipt: where it was remembered, and how often it has come by now.
        text: what the door's own answer carries; None when nothing goes out this way.
        is_late: whether the door's patience ended first; a repeat, or a push, carries the answer.
    """

    receipt: Receipt
    text: str | None
    is_late: bool


class Road:
    """The road, for one process.

    Args:
        database: where everything is remembered.
        assistant: who answers for the bot.
        search: the answer made from policy text alone, for when the assistant fails; None when
            the text holds nothing on the question.
        wake: how waiting threads hear of answers.
        push: called after commit when pieces are left to be pushed.
        channels: every door by name, for what is answered later.
        catalogue: the services, for how far a person's requests are.
        calendar: when staff are there, and how long their cases stay fresh.
        lease: seconds after which a crashed answerer's conversation is free again; longer than
            the assistant may take.
    """

    def __init__(
        self,
        database: Database,
        assistant: Assistant,
        search: Callable[[str], Reply | None],
        wake: Wake,
        push: Callable[[], None],
        channels: Mapping[str, Channel],
        catalogue: Catalogue,
        calendar: Calendar,
        lease: float,
    ) -> None:
        self._database = database
        self._answerer = Answerer(database, assistant, search, calendar)
        self._wake = wake
        self._push = push
        self._channels = channels
        self._catalogue = catalogue
        self._calendar = calendar
        self._lease = timedelta(seconds=lease)

    def travel(
        self, sender: Sender, inbound: Inbound, is_listening: Callable[[], bool] = lambda: True
    ) -> "Passage":
        """Take one message all the way, or as far as the door has patience.

        `is_listening` tells whether the one who brought it still waits for the answer.
        """
        began = time.monotonic()
        receipt, task = self._receive(sender, inbound)
        channel = sender.channel
        is_last = receipt.tries > channel.repeats
        patience = channel.last_answer_within if is_last else channel.answer_within
        waiter = _Waiter(receipt, channel, began + patience, is_last, is_listening)
        if task is not None:
            self._work(task, waiter)
        if not waiter.is_served:
            self._wait(waiter)
        # An answer that came after the deadline was not taken along: a repeat can still have it.
        is_late = waiter.text is None and waiter.is_late
        text = self._as_its_owner_reads(receipt, waiter.text)
        return Passage(receipt, text, is_late)

    def give_back(self, receipt: Receipt) -> None:
        """Take an answer back that nobody fetched any more: it is pushed instead."""
        with self._database.unit_of_work() as session:
            lock_conversation(session, receipt.conversation_id)
            said = messages.reply_to(session, receipt.message_id)
            is_back = said is not None and carried.give_back(session, said.id)
        if is_back:
            self._push()

    def _as_its_owner_reads(self, receipt: Receipt, text: str | None) -> str | None:
        """Open the tokens of an answer that is about to reach the very person they are of."""
        if text is None or not TOKEN.search(text):
            return text
        with self._database.reading() as session:
            conversation = session.get_one(Conversation, receipt.conversation_id)
            return open_all(session, conversation.contact_id, text)

    def catch_up(self, conversation_id: int) -> None:
        """Answer everything that waits in a conversation (the sweep after a crash)."""
        with self._database.unit_of_work() as session:
            conversation = lock_conversation(session, conversation_id)
            task = self._claim(session, conversation, uuid.uuid4().hex)
        if task is not None:
            self._work(task, None)

    def _receive(self, sender: Sender, inbound: Inbound) -> "tuple[Receipt, _Task | None]":
        """Remember a message, or recognise it as one that came before."""
        awaited_until = utc_now() + timedelta(seconds=sender.channel.answer_within)
        try:
            with self._database.unit_of_work() as session:
                return self._remember(session, sender, inbound, awaited_until)
        except IntegrityError:
            # The table has this message already: it is a repeat.
            with self._database.unit_of_work() as session:
                known = messages.find_inbound(session, inbound.source_key)
                if known is None:
                    raise
                tries = messages.note_repeat(session, known, awaited_until)
                return Receipt(known.id, known.conversation_id, tries), None

    def _remember(
        self, session: Session, sender: Sender, inbound: Inbound, awaited_until: datetime
    ) -> "tuple[Receipt, _Task | None]":
        conversation = conversation_of(
            session, sender.channel.name, sender.account, sender.external_id
        )
        spans = private_spans(session, conversation.contact_id, inbound.text)
        safe_text = swap(session, conversation.contact_id, inbound.text, spans)
        owner = uuid.uuid4().hex
        # Just before the message is stored, so that the conversation's row is written once.
        is_free = conversation.take_lease(owner, self._lease)
        message = messages.record_inbound(
            session, conversation, inbound, safe_text=safe_text, awaited_until=awaited_until
        )
        receipt = Receipt(message.id, conversation.id, 1)
        if inbound.kind != "event":
            if sender.channel.pushes:
                release_held(session, conversation.id)
            if conversation.state.is_with_staff:
                handoff.note_contact_message(session, conversation, message.id)
        return receipt, self._next_task(session, conversation, owner) if is_free else None

    def _wait(self, waiter: "_Waiter") -> None:
        """Wait for the answer another thread makes, or make it when nobody is at it any more."""
        receipt = waiter.receipt
        is_begun = False
        with self._wake.listening(_answered(receipt.conversation_id)) as bell:
            while not waiter.is_served:
                if self._somebody_is_at(receipt):
                    if waiter.is_late:
                        return
                    bell.wait(waiter.deadline - time.monotonic())
                    continue
                with self._database.unit_of_work() as session:
                    conversation = lock_conversation(session, receipt.conversation_id)
                    message = session.get_one(Message, receipt.message_id)
                    if message.state is not InboundState.WAITING:
                        waiter.serve(session)
                        return
                    if is_begun:
                        return  # it failed: the sweep tries again
                    task = self._claim(session, conversation, uuid.uuid4().hex)
                if task is None:
                    continue
                if waiter.is_last:
                    # It has to give up in time, however long the answer takes.
                    is_begun = True
                    threading.Thread(
                        name=BEHIND_A_TRY, target=self._work, args=(task, None), daemon=True
                    ).start()
                else:
                    self._work(task, waiter)

    def _somebody_is_at(self, receipt: Receipt) -> bool:
        """Whether the message still waits for an answer that another thread is making."""
        with self._database.reading() as session:
            message = session.get_one(Message, receipt.message_id)
            conversation = session.get_one(Conversation, receipt.conversation_id)
            is_leased = conversation.lease_until is not None and (
                conversation.lease_until >= utc_now()
            )
            return message.state is InboundState.WAITING and is_leased

    def _claim(self, session: Session, conversation: Conversation, owner: str) -> "_Task | None":
        """Take (or keep) a locked conversation's lease with its oldest waiting message.

        None when somebody else is at it, or nothing waits; the lease is free then.
        """
        if not conversation.take_lease(owner, self._lease):
            return None
        return self._next_task(session, conversation, owner)

    def _next_task(
        self, session: Session, conversation: Conversation, owner: str
    ) -> "_Task | None":
        """Return the oldest waiting message for the one who has the lease; none frees the lease."""
        message = messages.next_waiting(session, conversation.id)
        if message is None:
            conversation.drop_lease(owner)
            return None
        contact = conversation.contact
        channel = self._channels[contact.channel]
        decided, author = decided_here(
            session, self._catalogue, self._calendar, channel, conversation, message
        )
        return _Task(
            owner=owner,
            message_id=message.id,
            channel=channel,
            decided=decided,
            author=author,
            turn=Turn(
                conversation_key=conversation.key,
                text=meant(session, message),
                message_id=message.id,
                conversation_id=conversation.id,
                contact_id=contact.id,
                channel=contact.channel,
            ),
        )

    def _work(self, task: "_Task", waiter: "_Waiter | None") -> None:
        """Answer waiting messages, oldest first; stop at the waiter's own."""
        conversation_id = task.turn.conversation_id
        current: _Task | None = task
        try:
            while current is not None:
                reply = (
                    current.decided
                    if current.decided is not None
                    else self._answerer.reply(current.turn)
                )
                current, is_awaited = self._conclude(current, reply, waiter)
                if is_awaited:
                    self._wake.ring(_answered(conversation_id))
        except BaseException:
            with self._database.unit_of_work() as session:
                lock_conversation(session, conversation_id).drop_lease(task.owner)
            self._wake.ring(_answered(conversation_id))
            raise

    def _conclude(
        self, task: "_Task", reply: Reply, waiter: "_Waiter | None"
    ) -> "tuple[_Task | None, bool]":
        """Store the answer, put it on its way, and take the next message; one transaction.

        Whether the assistant may speak is read again here: a person may have taken the
        conversation over while the answer was being made.

        Returns:
            The next message, and whether a thread elsewhere may wait for this answer or for its
            turn: a repeat counts itself in the message's row before it waits.
        """
        following, is_awaited = None, True
        with self._database.unit_of_work() as session:
            conversation = lock_conversation(session, task.turn.conversation_id)
            message = messages.lock_message(session, task.message_id)
            if message.turn is not None:
                # A slow turn took effect after all, while we had given it up.
                reply = Reply.from_json(message.turn)
            if conversation.lease_owner != task.owner:
                # The lease ran out and somebody else is at it; a waiter goes on waiting.
                return None, is_awaited
            is_own = waiter is not None and waiter.receipt.message_id == message.id
            if is_own:
                # Before the answer, so that the conversation's row is written once.
                conversation.drop_lease(task.owner)
            must_push = False
            if reply.text.strip() and may_speak(session, conversation, message, task.author):
                carrier = waiter if is_own and waiter is not None else None
                must_push = _say(session, conversation, message, task, reply, carrier)
            else:
                message.state = InboundState.SILENT
                if task.decided is None and conversation.state.is_with_staff:
                    # It came before somebody took over, and is theirs to answer now.
                    handoff.note_contact_message(session, conversation, message.id)
            if is_own and waiter is not None:
                waiter.is_served = True
                is_awaited = message.tries > 1 or messages.has_other_waiting(session, message)
            else:
                session.flush()
                following = self._claim(session, conversation, task.owner)
        if must_push:
            self._push()
        return following, is_awaited


def _answered(conversation_id: int) -> str:
    """Name the bell that rings when something was answered in a conversation."""
    return f"answered:{conversation_id}"


@dataclass(frozen=True)
class _Task:
    """One message to be answered by the holder of its conversation's lease.

    `decided` is the reply when no assistant is needed; an empty text means silence. `author` is
    the system where the words are about staff: those may be said while somebody waits for them.
    """

    owner: str
    message_id: int
    channel: Channel
    decided: Reply | None
    author: Author
    turn: Turn


@dataclass
class _Waiter:
    """A request whose own answer can still carry the reply until `deadline` (monotonic)."""

    receipt: Receipt
    channel: Channel
    deadline: float
    is_last: bool
    is_listening: Callable[[], bool]
    is_served: bool = False
    text: str | None = None

    @property
    def is_late(self) -> bool:
        """Whether the door's patience is over."""
        return time.monotonic() >= self.deadline

    def serve(self, session: Session) -> None:
        """Take the reply's first piece along, unless it is too late or it left another way."""
        self.is_served = True
        said = messages.reply_to(session, self.receipt.message_id)
        if said is None or self.is_late or not self.is_listening():
            return
        channel = self.channel
        self.text = carried.take_passively(session, said.id, channel.room, channel.way)


def _say(
    session: Session,
    conversation: Conversation,
    message: Message,
    task: _Task,
    reply: Reply,
    carrier: _Waiter | None,
) -> bool:
    """Store a reply and plan its pieces; the carrier takes the first one along.

    Returns:
        Whether something has to be pushed right away.
    """
    now = utc_now()
    channel = task.channel
    if task.author is Author.BOT:
        reply = replace(reply, text=wordless.preface(session, message) + reply.text)
    said = messages.record_reply(session, conversation, message, reply, task.author)
    if conversation.state.is_with_staff:
        note_change(session, conversation.id, ChangeKind.MESSAGE, message_id=said.id)
    continued = (message.details or {}).get("continues")
    if continued is not None:
        # The piece shows the choices of the message it belongs to; they hold again. It tells
        # itself whether there is more.
        said.choices = session.get_one(Message, continued).choices
        pieces = [Piece(reply.text)]
    elif channel.pushes and deliveries.has_held(session, conversation.id):
        told = f"{reply.text}\n{wording.MORE_IS_WAITING}"
        pieces = channel.pieces(replace(reply, text=told))
    else:
        pieces = channel.pieces(reply)
    first, *others = pieces
    patience_ends = (message.awaited_until or now) + _GRACE
    is_carried = carrier is not None and not carrier.is_late and carrier.is_listening()
    leaving = channel.way if is_carried else None
    (piece,) = deliveries.plan(
        session, said, [first], patience_ends, can_push=channel.pushes, leaving=leaving
    )
    if carrier is not None and leaving is not None:
        carrier.text = carried.take_overdue(session, piece, channel.room, leaving)
    # A moment later, so that what follows does not overtake the answer being written.
    later = now + _A_MOMENT
    deliveries.plan(session, said, others, later, can_push=channel.pushes, first_part=2)
    return channel.pushes and patience_ends <= now
