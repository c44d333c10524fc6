"""Deciding who answers a message: a person, the road itself, or the assistant; and what is meant.

Read inside the transaction that holds the conversation's lock.
"""

import re

from sqlalchemy.orm import Session

from models import carried, handoff, reception
from models import message as messages
from models.catalogue.loader import Catalogue
from models.conversation import Conversation, ConversationState
from models.message import Author, Message, Said
from models.office_hours import Calendar
from models.reply import Choice, Reply, chosen, names_position
from webhook import wording, wordless
from webhook.channel import Channel

# What the assistant is given of a very long message; all of it is remembered.
_HEARD = 500


def decided_here(
    session: Session,
    catalogue: Catalogue,
    calendar: Calendar,
    channel: Channel,
    conversation: Conversation,
    message: Message,
) -> tuple[Reply | None, Author]:
    """Return the reply that needs no assistant, if this message has one, and whose words it is."""
    contact = conversation.contact
    wordless.take_note(session, conversation, contact, message)
    if message.turn is not None:
        return Reply.from_json(message.turn), Author.BOT
    if conversation.state.is_with_staff:
        if message.kind == "event":
            return _SILENCE, Author.BOT
        words = meant(session, message)
        said = reception.while_with_staff(
            session, catalogue, calendar, conversation, message, words
        )
        return said, Author.SYSTEM
    if conversation.state is ConversationState.RESOLVED and message.kind != "event":
        words = meant(session, message)
        told = reception.after_resolved(session, calendar, conversation, message, words)
        if told is not None:
            return told, Author.SYSTEM
    if not message.text:
        return wordless.answer(session, conversation, contact, message), Author.BOT
    if message.text == wording.ASK_FOR_MORE:
        return _more(session, channel, message), Author.BOT
    return None, Author.BOT


def may_speak(
    session: Session, conversation: Conversation, message: Message, author: Author
) -> bool:
    """Whether these words may still be said, as the locked conversation stands now.

    While a person waits for staff, only the answer that announces it is the assistant's; once
    somebody has the conversation, only the word that it was passed on to them.
    """
    if not conversation.state.is_with_staff:
        return True
    case = handoff.current(session, conversation.id)
    announces = case is not None and case.message_id == message.id
    if conversation.state is ConversationState.PENDING:
        return announces or author is Author.SYSTEM
    return announces and author is Author.SYSTEM


_SILENCE = Reply("")
_SLASH = re.compile(r"^\s*/")


def _more(session: Session, channel: Channel, message: Message) -> Reply | None:
    """Return what could not be pushed, oldest first; None when the word means something else."""
    taken = carried.take_next(session, message.conversation_id, channel.room, channel.way)
    if not taken:
        return None
    *earlier, last = taken
    # Kept with the message, so that a repeat or a crash does not lose the pieces.
    reply = Reply(last.piece.behind([one.piece for one in earlier]))
    message.turn = reply.as_json()
    message.details = {"continues": last.message_id}
    return reply


def meant(session: Session, message: Message) -> str:
    """Return what the assistant gets: a choice's payload where the text names a choice."""
    if not message.text:
        return wordless.meaning(session, message)
    said = messages.last_outbound(session, message.conversation_id)
    choice = chosen(said.reply.choices, message.text) if said is not None else None
    if choice is None and not names_position(message.text):
        choice = _chosen_from_notice(session, message, said)
    if choice is not None:
        return choice.payload
    # A slash at the beginning is a command to Rasa. People may type one (WeChat's old signs for
    # faces begin so), but only our own choices may command.
    return _SLASH.sub("／", message.text[:_HEARD])


def _chosen_from_notice(session: Session, message: Message, said: Said | None) -> Choice | None:
    """Return the choice of a notice that a text names, while nothing was said behind it."""
    after = said.position if said is not None else 0
    notice = messages.last_notice(session, message.conversation_id, after)
    return chosen(notice.reply.choices, message.text) if notice is not None else None
