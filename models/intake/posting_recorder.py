"""Stores gig postings as requests with a face to the public, and looks them up."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from models import gig
from models.database import utc_now
from models.gig_application import erase_of_posting, waiting_for
from models.intake.answers import type_of
from models.intake.fields.dates import last_day_in
from models.intake.gig_choosing import head
from models.intake.gig_wish import register, wishes_for
from models.intake.recorder import Recorded, Recorder
from models.intake.request_recorder import RequestRecorder
from models.intake.wording import phrase
from models.request import Request
from models.request_notice import progress_line
from models.working_days import china_today


class PostingRecorder(RequestRecorder):
    """Stores a posting: the request, and what of it can be found by others."""

    def _stored(self, session: Session, request: Request) -> None:
        answers = request.answers
        last_day, when = answers.get("last_day"), str(answers["when"])
        gig.post(
            session,
            request,
            city=answers["place"]["city"],
            district=answers["place"]["district"],
            work_kinds=answers["work_kinds"],
            pay=type_of(self.service.field("pay")).show(answers["pay"]),
            when=when,
            how_many=answers["how_many"],
            notes=answers.get("notes"),
            last_day=date.fromisoformat(last_day) if last_day else last_day_in(when, china_today()),
        )

    def progress(self, session: Session, contact_id: int) -> list[str]:
        """Tell state and next step, and of what is published how many people it has."""
        on = {one.request_id: one for one in gig.postings_of(session, contact_id)}
        told = []
        for request in self._requests(session, contact_id):
            posting = on.get(request.id)
            if posting is None:
                told.append(progress_line(self.service, request))
                continue
            waiting = waiting_for(session, posting.request_id)
            told.append(f"{progress_line(self.service, request)}\n{head(posting, waiting)}")
        return told

    def _delete(self, session: Session, requests: Sequence[Request]) -> None:
        for request in requests:
            erase_of_posting(session, request.id)
        gig.erase_postings(session, requests)
        super()._delete(session, requests)


class PostingSearch(Recorder):
    """Looks postings up by place and kind of work. It stores nothing."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Return the postings that fit, as words."""
        place = answers["place"]
        kinds = answers.get("work_kinds") or []
        found = gig.search_postings(session, place["city"], place["district"], kinds)
        where = f"{place['city']}{place['district'] or ''}"
        is_registered = gig.find_registration(session, contact_id) is not None
        if not found:
            if is_registered:
                return Recorded("", utc_now(), said=phrase("postings_none_yet", place=where))
            said = phrase("postings_none", place=where)
            return Recorded("", utc_now(), said=said, choices=(register(),))
        lines = [phrase("postings_head", place=where, count=len(found))]
        lines += [self._line(number, one) for number, one in enumerate(found, 1)]
        lines.append(phrase("postings_foot" if is_registered else "postings_foot_register"))
        return Recorded("", utc_now(), said="\n".join(lines), choices=wishes_for(found))

    def _line(self, number: int, posting: gig.GigPosting) -> str:
        return phrase(
            "posting_line",
            position=number,
            kinds=type_of(self.service.field("work_kinds")).show(posting.work_kinds),
            place=posting.place,
            pay=posting.pay,
            when=f"{posting.when}｜{posting.notes}" if posting.notes else posting.when,
            how_many=posting.how_many,
            number=posting.request.number,
        )
