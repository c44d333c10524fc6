"""Stores the lines of a bureau's spreadsheet: each once, under the yes given at the desk."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import audit
from models.catalogue.life import Actor, RequestState
from models.catalogue.service import Service
from models.contact import BUREAU, give_consent, meet_contact
from models.gig import GigRegistration, registrations_of
from models.gig_import.lines import Line
from models.gig_import.words import says
from models.intake.recorders import recorder_of
from models.request import Request, find_by_number, find_same, requests_of
from models.request_life import Mover, move
from models.sealed import lookup_hash

CONSENT = "线下登记"
"""The basis on which a line is kept: the person said yes at the bureau, on paper."""

_POSTING = "gig_posting"
_GRANTED = "线下核实，批量导入"


class Came(StrEnum):
    """What became of a line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BY_THEMSELVES = "by_themselves"  # the person has registered online: their own word stands
    WRONG = "wrong"


@dataclass(frozen=True)
class Landed:
    """What became of one line, and what was wrong with it."""

    line: Line
    came: Came
    errors: tuple[str, ...] = ()


@dataclass
class Counts:
    """How many lines of each service became what."""

    by: Counter[tuple[str, Came]] = field(default_factory=Counter)

    def add(self, landed: Landed) -> None:
        """Count one line."""
        code = landed.line.service.code if landed.line.service else ""
        self.by[code, landed.came] += 1

    def of(self, *came: Came, service: str | None = None) -> int:
        """Return how many became one of these."""
        return sum(
            count
            for (code, one), count in self.by.items()
            if one in came and service in (None, code)
        )


class Importing:
    """One import: it remembers which people were in the file, so that nobody is in it twice.

    Args:
        granted_by: the id of the reviewer who answers for the postings: they are published at
            once. Without one they wait for review like any other.
    """

    def __init__(self, granted_by: int | None = None) -> None:
        self._granted_by = granted_by
        self._seen: dict[str, Line] = {}

    def store(self, session: Session, line: Line) -> Landed:
        """Store one line, in a savepoint of its own.

        Args:
            session: the open unit of work.
            line: as it was read.
        """
        if line.errors or line.service is None:
            return Landed(line, Came.WRONG, line.errors)
        whose = _whose(line.service, line.answers)
        earlier = self._seen.setdefault(whose, line)
        if earlier is not line and line.service.code != _POSTING:
            if earlier.answers != line.answers:
                told = says("same_person", line=earlier.number)
                return Landed(line, Came.WRONG, (told,))
            return Landed(line, Came.UNCHANGED)
        try:
            with session.begin_nested():
                if line.service.code == _POSTING:
                    return self._posting(session, line, line.service, whose)
                return self._registration(session, line, line.service, whose)
        except IntegrityError:
            # Somebody stored the same at this very moment; importing again settles it.
            return Landed(line, Came.WRONG, (says("stored"),))

    def close(self, session: Session, file: bytes, counts: Counts, staff_id: int | None) -> None:
        """Write down that a file was imported: its fingerprint and figures, nothing of its lines.

        Args:
            session: the open unit of work.
            file: its bytes.
            counts: what became of its lines.
            staff_id: who answers for it, where that is known.
        """
        audit.record(
            session,
            staff_id,
            "gig.import",
            subject="import",
            subject_id=0,
            sha256=hashlib.sha256(file).hexdigest(),
            lines={f"{code or 'unknown'}.{came}": n for (code, came), n in counts.by.items()},
        )

    def _registration(self, session: Session, line: Line, service: Service, whose: str) -> Landed:
        contact_id = meet_contact(session, BUREAU, "", whose).id
        mine = registrations_of(session, contact_id)
        if not mine and _registered_online(session, line.answers):
            return Landed(line, Came.BY_THEMSELVES)
        recorder = recorder_of(service)
        if mine and recorder.answers(session, contact_id) == dict(line.answers):
            return Landed(line, Came.UNCHANGED)
        consent = give_consent(session, contact_id, service.code, CONSENT)
        recorder.record(session, contact_id, consent.id, line.answers)
        return Landed(line, Came.UPDATED if mine else Came.CREATED)

    def _posting(self, session: Session, line: Line, service: Service, whose: str) -> Landed:
        contact_id = meet_contact(session, BUREAU, "", whose).id
        answers = dict(line.answers)
        mine = requests_of(session, contact_id, service.code)
        if any(one.answers == answers for one in mine):
            return Landed(line, Came.UNCHANGED)
        same = find_same(session, service, None, contact_id, answers)
        if same is not None:
            return Landed(line, Came.WRONG, (says("other_open", number=same.number),))
        consent = give_consent(session, contact_id, service.code, CONSENT)
        done = recorder_of(service).record(session, contact_id, consent.id, answers)
        for request in find_by_number(session, contact_id, done.number):
            self._publish(session, service, request)
        return Landed(line, Came.CREATED)

    def _publish(self, session: Session, service: Service, request: Request) -> None:
        if self._granted_by is None:
            return
        mover = Mover(Actor.REVIEWER, self._granted_by)
        for state in (RequestState.ACCEPTED, RequestState.GRANTED):
            move(session, service, request, state, mover, reason=_GRANTED)


def lines_to_mend(landed: Sequence[Landed]) -> list[Landed]:
    """Return the lines that were not stored."""
    return [one for one in landed if one.came is Came.WRONG]


def _whose(service: Service, answers: Mapping[str, Any]) -> str:
    """Return the name of a person, or an employer, among those of the bureau; it tells nothing.

    Several of a family share a mobile, so the name belongs to it.
    """
    called = answers["employer" if service.code == _POSTING else "name"]
    return lookup_hash(f"{BUREAU}:{answers['mobile']}:{called}")


def _registered_online(session: Session, answers: Mapping[str, Any]) -> bool:
    """Whether a person of this name and mobile has registered by themselves."""
    same_mobile = session.scalars(
        select(GigRegistration).where(GigRegistration.mobile_hash == lookup_hash(answers["mobile"]))
    )
    return any(one.name == answers["name"] for one in same_mobile)
