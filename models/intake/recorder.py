"""What stores the answers of a service, whatever it stores them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Service
from models.reply import Choice


@dataclass(frozen=True)
class Recorded:
    """What was stored: the number a person can quote, and since when.

    `said` is what is to be told instead of the service's own words, where there is more to say.
    `choices` is what can be done next with what was found.
    For an anonymous request both are tokens, opened for their owner at delivery alone
    (`models.intake.anonymity`).
    """

    number: str
    at: datetime
    is_update: bool = False
    said: str | None = None
    choices: tuple[Choice, ...] = ()


class Recorder:
    """Stores the answers of one service.

    Args:
        service: whose answers.
    """

    def __init__(self, service: Service) -> None:
        self.service = service

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Store the answers; the same ones again are one record.

        Args:
            session: the open unit of work.
            contact_id: whose answers.
            consent_id: the yes they were given under; None where the service asks for none.
            answers: by field name.
            replaces: the number of the person's record that these answers are to change.
        """
        raise NotImplementedError

    def answers(self, session: Session, contact_id: int) -> dict[str, Any]:
        """Return the answers in the newest record, by field name; none where there is none.

        An answer that was returned for correction is left out, so that it is asked again.
        """
        return {}

    def latest(self, session: Session, contact_id: int) -> Recorded | None:
        """Return the newest record of this person that they can still change."""
        return None

    def in_hand(self, session: Session, contact_id: int) -> str | None:
        """Return why this person cannot begin now: the same is being worked on already."""
        return None

    def progress(self, session: Session, contact_id: int) -> list[str]:
        """Return how far this person's records are, a paragraph each."""
        return []

    def held(self, session: Session, contact_id: int) -> list[str]:
        """Return what is stored of this person, line by line and masked."""
        return []

    def erase(self, session: Session, contact_id: int) -> list[str]:
        """Delete the records of this person; returns the numbers of those that have to stay."""
        return []
