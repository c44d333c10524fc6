"""Feed: rings on every machine when there are changes to read, and when a colleague is writing.

The changes themselves lie in the database (`models.change`); the bell only says that it is worth
looking.
"""

import json
from contextlib import AbstractContextManager

from sqlalchemy import event
from sqlalchemy.orm import Session

from models.change import has_changed
from models.database import Database
from webhook.wake import Bell, Wake

_NAME = "changes"


class Feed:
    """Rings after every commit of this process that wrote changes.

    Args:
        database: whose commits.
        wake: rings the bells.
    """

    def __init__(self, database: Database, wake: Wake) -> None:
        self._wake = wake
        self._engine = database.engine
        event.listen(Session, "after_commit", self._committed)

    def close(self) -> None:
        """Stop listening to commits."""
        event.remove(Session, "after_commit", self._committed)

    def typing(self, conversation_id: int, staff_id: int) -> None:
        """Tell open consoles that somebody of the staff is writing; nothing is stored."""
        self._wake.ring(_NAME, json.dumps({"conversation": conversation_id, "staff": staff_id}))

    def listening(self) -> AbstractContextManager[Bell]:
        """Listen from now on; the bell's words are signs of typing, as JSON."""
        return self._wake.listening(_NAME)

    def _committed(self, session: Session) -> None:
        if session.bind is self._engine and has_changed(session):
            self._wake.ring(_NAME)
