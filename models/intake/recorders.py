"""Who stores a finished form: a service file names one of these by its key.

A recorder also finds again, shows and erases what it has stored, so that a person's own data is
in their hands for every service alike (DESIGN section 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from models import gig
from models.intake.fields.mobile import mask_mobile
from models.intake.fields.person_name import mask_name
from models.sealed import lookup_hash


@dataclass(frozen=True)
class Recorded:
    """What was stored: the number a person can quote, and since when."""

    number: str
    at: datetime
    is_update: bool = False


class Recorder(Protocol):
    """Stores the answers of one kind of service."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Store the answers; the same ones again are one record.

        Args:
            session: the open unit of work.
            contact_id: whose answers.
            consent_id: the yes they were given under.
            answers: by field name.
            replaces: the number of the person's record that these answers are to change.
        """

    def answers(self, session: Session, contact_id: int) -> dict[str, Any]:
        """Return the answers in the newest record, by field name; none where there is none."""

    def latest(self, session: Session, contact_id: int) -> Recorded | None:
        """Return the newest record of this person."""

    def held(self, session: Session, contact_id: int) -> list[str]:
        """Return what is stored of this person, line by line and masked."""

    def erase(self, session: Session, contact_id: int) -> int:
        """Delete every record of this person; returns how many there were."""


class GigRecorder:
    """Stores a gig registration (三(八))."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Store a registration; one that is replaced, or has the same mobile, is updated."""
        mine = {one.number: one for one in gig.registrations_of(session, contact_id)}
        known = set(mine)
        mobile_hash = lookup_hash(answers["mobile"])
        # A registration is found by its mobile: the one to be changed has to have the new one.
        if replaces in mine and all(one.mobile_hash != mobile_hash for one in mine.values()):
            mine[replaces].mobile_hash = mobile_hash
            session.flush()
        stored = gig.register(
            session,
            contact_id=contact_id,
            consent_id=consent_id,
            name=answers["name"],
            mobile=answers["mobile"],
            city=answers["place"]["city"],
            district=answers["place"]["district"],
            work_kinds=answers["work_kinds"],
            available=answers["available"],
        )
        return Recorded(stored.number, stored.updated_at, stored.number in known)

    def latest(self, session: Session, contact_id: int) -> Recorded | None:
        """Return the newest registration."""
        found = gig.find_registration(session, contact_id)
        return None if found is None else Recorded(found.number, found.updated_at)

    def answers(self, session: Session, contact_id: int) -> dict[str, Any]:
        """Return the newest registration as answers."""
        found = gig.find_registration(session, contact_id)
        if found is None:
            return {}
        return {
            "name": found.name,
            "mobile": found.mobile,
            "place": {"city": found.city, "district": found.district},
            "work_kinds": list(found.work_kinds),
            "available": found.available,
        }

    def held(self, session: Session, contact_id: int) -> list[str]:
        """Return every registration, masked."""
        return [
            f"{one.number}：{mask_name(one.name)}，{mask_mobile(one.mobile)}，"
            f"{one.city}{one.district or ''}，{'、'.join(one.work_kinds)}，{one.available}"
            for one in gig.registrations_of(session, contact_id)
        ]

    def erase(self, session: Session, contact_id: int) -> int:
        """Delete every registration."""
        return gig.erase_registrations(session, contact_id)


RECORDERS: dict[str, Recorder] = {"gig_registration": GigRecorder()}
