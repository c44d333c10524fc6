"""Who stores a finished form: a service file names one of these by its key.

A recorder also finds again, shows and erases what it has stored, so that a person's own data is
in their hands for every service alike (DESIGN section 9).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from models import gig
from models.catalogue.service import RecordedBy, Service
from models.gig_application import erase_applications
from models.intake.answers import type_of
from models.intake.booking_recorder import BookingRecorder
from models.intake.fields.mobile import mask_mobile
from models.intake.fields.person_name import mask_name
from models.intake.gig_wish import progress_lines
from models.intake.posting_recorder import PostingRecorder, PostingSearch
from models.intake.recorder import Recorded, Recorder
from models.intake.request_recorder import RequestRecorder
from models.intake.wording import phrase
from models.request import services_of
from models.sealed import lookup_hash
from models.working_days import china_day

__all__ = ["RECORDERS", "Recorded", "Recorder", "recorder_of", "shared_answers"]


class GigRecorder(Recorder):
    """Stores a gig registration (三(八)) in a table of its own."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Store a registration; one that is replaced, or has the same mobile, is updated."""
        assert consent_id is not None, "the service asks for consent"
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

    def progress(self, session: Session, contact_id: int) -> list[str]:
        """Tell that the newest registration is stored, and since when."""
        found = self.latest(session, contact_id)
        if found is None:
            return []
        day = china_day(found.at)
        told = f"{day.year}年{day.month}月{day.day}日"
        service = self.service.name
        return [phrase("recorded", service=service, number=found.number, day=told)]

    def held(self, session: Session, contact_id: int) -> list[str]:
        """Return every registration, masked, and what somebody applied for with it."""
        kinds = type_of(self.service.field("work_kinds"))
        registered = [
            f"{one.number}：{mask_name(one.name)}，{mask_mobile(one.mobile)}，"
            f"{one.city}{one.district or ''}，{kinds.show(one.work_kinds)}，{one.available}"
            for one in gig.registrations_of(session, contact_id)
        ]
        return [*registered, *progress_lines(session, contact_id)]

    def erase(self, session: Session, contact_id: int) -> list[str]:
        """Delete every registration and application; none has to stay."""
        erase_applications(session, contact_id)
        gig.erase_registrations(session, contact_id)
        return []


RECORDERS: dict[RecordedBy, type[Recorder]] = {
    "gig_registration": GigRecorder,
    "request": RequestRecorder,
    "booking": BookingRecorder,
    "gig_posting": PostingRecorder,
    "gig_search": PostingSearch,
}


def recorder_of(service: Service) -> Recorder:
    """Return who stores the answers of a service.

    Raises:
        ValueError: the service stores nothing (a guide).
    """
    if service.record is None:
        raise ValueError(f"{service.code} stores nothing")
    return RECORDERS[service.record](service)


def shared_answers(
    session: Session, services: Iterable[Service], contact_id: int, service: Service
) -> dict[str, Any]:
    """Return what this person answered elsewhere to the shared fields of `service`.

    They are to be offered, not filled in: they were given for another purpose.
    """
    wanted = {field.name for field in service.fields if field.shared}
    found: dict[str, Any] = {}
    requested = services_of(session, contact_id)
    for other in services:
        names = {field.name for field in other.fields if field.shared} & (wanted - found.keys())
        if other.record is None or not names:
            continue
        if other.code == service.code and not other.distinct_by:
            # What is stored of the service itself and can be changed is filled in already.
            continue
        recorder = recorder_of(other)
        if isinstance(recorder, RequestRecorder) and other.code not in requested:
            continue
        answers = recorder.answers(session, contact_id)
        found |= {name: answers[name] for name in names if answers.get(name) is not None}
    return found
