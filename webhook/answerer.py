"""What the bot says to a message: the assistant's answer, or the best there is without it."""

from collections.abc import Callable

import structlog

from models import message as messages
from models import reception
from models.conversation import lock_conversation
from models.database import Database
from models.draft import active_draft
from models.office_hours import Calendar
from models.reply import Reply
from webhook import wording
from webhook.assistant import Assistant, AssistantError, Turn

log = structlog.get_logger()


class Answerer:
    """Asks the assistant; silence, an error or a time-out is never what a person gets.

    Args:
        database: where turns that took effect are kept.
        assistant: who answers for the bot.
        search: the answer made from policy text alone; None when the text holds nothing on the
            question.
        calendar: when staff are there.
    """

    def __init__(
        self,
        database: Database,
        assistant: Assistant,
        search: Callable[[str], Reply | None],
        calendar: Calendar,
    ) -> None:
        self._database = database
        self._assistant = assistant
        self._search = search
        self._calendar = calendar

    def reply(self, turn: Turn) -> Reply:
        """Ask the assistant; when it fails, answer from the policy text alone or apologise."""
        try:
            return self._assistant.reply(turn)
        except AssistantError as error:
            log.warning("answerer.assistant_failed", message=turn.message_id, error=str(error))
        with self._database.unit_of_work() as session:
            conversation = lock_conversation(session, turn.conversation_id)
            # The turn may have taken effect although its answer was lost on the way.
            kept = messages.kept_turn(session, turn.message_id)
            if kept is None:
                kept = reception.without_assistant(
                    session, self._calendar, conversation, turn.message_id, turn.text
                )
                if kept is not None:
                    messages.keep_turn(session, turn.message_id, kept)
            in_form = active_draft(session, turn.contact_id) is not None
        if kept is not None:
            return kept
        if in_form:
            return wording.APOLOGY_IN_FORM
        if turn.text.startswith("/"):
            return wording.APOLOGY  # a tapped choice: there is no question to search for
        try:
            found = self._search(turn.text)
        except Exception as error:
            log.error("answerer.search_failed", message=turn.message_id, error=type(error).__name__)
            found = None
        if found is None:
            return wording.APOLOGY
        return Reply(f"{found.text}\n\n{wording.ONLY_SEARCH}", found.choices or (wording.PERSON,))
