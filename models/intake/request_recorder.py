"""Stores the answers of a service as requests: one, or one for each part of a bundle."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.intake.anonymity import cut_ties, receipt
from models.intake.answers import type_of
from models.intake.precheck import eligible_parts
from models.intake.recorder import Recorded, Recorder
from models.intake.wording import phrase
from models.materials import material
from models.request import Request, Submitted, erase_requests, requests_of, submit
from models.request_life import Mover, correct
from models.request_notice import progress_line, request_name


class RequestRecorder(Recorder):
    """Stores requests, and changes those that the applicant may still change."""

    def record(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        *,
        replaces: str | None = None,
    ) -> Recorded:
        """Submit the answers, or the changed ones of the intake `replaces`."""
        if replaces is not None:
            intake = [
                one for one in self._changeable(session, contact_id) if one.intake == replaces
            ]
            if intake:
                return self._correct(session, contact_id, consent_id, intake, answers)
        if not self.service.parts:
            return self._one(session, contact_id, consent_id, answers)
        return self._bundle(session, contact_id, consent_id, answers)

    def latest(self, session: Session, contact_id: int) -> Recorded | None:
        """Return the newest intake that can still be changed, under its number."""
        changeable = self._changeable(session, contact_id)
        return Recorded(changeable[-1].intake, changeable[-1].updated_at) if changeable else None

    def answers(self, session: Session, contact_id: int) -> dict[str, Any]:
        """Return the answers of the intake to change, else of the newest request."""
        requests = self._requests(session, contact_id)
        if not requests:
            return {}
        changeable = self._still_changeable(requests)
        returned = {one.returned_field for one in changeable}
        newest = (changeable or requests)[-1]
        return {name: v for name, v in newest.answers.items() if name not in returned}

    def in_hand(self, session: Session, contact_id: int) -> str | None:
        """Tell of the requests being worked on, where a second one would be the same."""
        if self.service.distinct_by or self._changeable(session, contact_id):
            return None
        working = [one for one in self._requests(session, contact_id) if one.is_open]
        if not working:
            return None
        lines = [progress_line(self.service, one) for one in working]
        return "\n".join([phrase("request_in_hand", service=self.service.name), *lines])

    def progress(self, session: Session, contact_id: int) -> list[str]:
        """Tell state, next step and time limit of every request."""
        return [progress_line(self.service, one) for one in self._requests(session, contact_id)]

    def held(self, session: Session, contact_id: int) -> list[str]:
        """Return every request with its answers, masked."""
        return [
            f"{one.number}「{request_name(self.service, one)}」：{self._shown(one)}"
            for one in self._requests(session, contact_id)
        ]

    def erase(self, session: Session, contact_id: int) -> list[str]:
        """Delete the requests, but for those granted ones that the law keeps."""
        mine = self._requests(session, contact_id)
        staying = [one for one in mine if self._has_to_stay(one)]
        for one in staying:
            material.keep_with(session, one)
        self._delete(session, [one for one in mine if one not in staying])
        return [one.number for one in staying]

    def _delete(self, session: Session, requests: Sequence[Request]) -> None:
        erase_requests(session, requests)

    def _stored(self, session: Session, request: Request) -> None:
        """Do what else belongs to a request that has just been stored or changed."""

    def _one(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
    ) -> Recorded:
        done = submit(session, self.service, contact_id, consent_id, answers)
        material.attach(session, contact_id, done.request)
        if done.is_repeated:
            return self._repeated(done.request, answers)
        self._stored(session, done.request)
        number, said = done.request.number, None
        if self.service.anonymous_if is not None:
            said = _done(self.service.done, done)
        if done.code is not None:
            cut_ties(session, contact_id, self.service.code)
            number = receipt(session, contact_id, number)
            said = receipt(session, contact_id, str(said))
        return Recorded(number, done.request.created_at, said=said)

    def _bundle(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
    ) -> Recorded:
        """Submit a request for every part that is not ruled out."""
        done = self._parts(session, contact_id, consent_id, answers)
        if not done:
            raise ValueError("no part of the bundle can be asked for: see precheck.obstacle")
        new = [one.request for one in done if not one.is_repeated]
        material.attach(session, contact_id, (new or [one.request for one in done])[0])
        if not new:
            return self._repeated(done[-1].request, answers)
        said = self._told(self.service.done, new[0].intake, new)
        return Recorded(new[0].intake, new[0].created_at, said=said)

    def _parts(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        answers: Mapping[str, Any],
        joined: Sequence[Request] = (),
    ) -> list[Submitted]:
        """Submit the parts that are not ruled out, but for those their intake has already.

        Args:
            session: the open unit of work.
            contact_id: who asks.
            consent_id: the yes the answers were given under.
            answers: by field name.
            joined: the requests of the intake they join; whatever became of these, they were
                asked for once.
        """
        done: list[Submitted] = []
        siblings = list(joined)
        for part in eligible_parts(self.service, answers):
            if any(one.part == part.code for one in joined):
                continue
            one = submit(
                session,
                self.service,
                contact_id,
                consent_id,
                answers,
                part=part.code,
                intake=(siblings[0].intake, 1 + len(siblings)) if siblings else None,
            )
            done.append(one)
            if not one.is_repeated:
                siblings.append(one.request)
        return done

    def _told(self, text: str | None, intake: str, new: Sequence[Request]) -> str:
        """Return what is said of an intake, with the number of every new request in it."""
        lines = [
            phrase("request_line", service=request_name(self.service, one), number=one.number)
            for one in new
        ]
        return "\n".join([str(text).format(number=intake), *lines])

    def _correct(
        self,
        session: Session,
        contact_id: int,
        consent_id: int | None,
        intake: Sequence[Request],
        answers: Mapping[str, Any],
    ) -> Recorded:
        for request in intake:
            # It may have been handed in through another door of the same person.
            mover = Mover(Actor.APPLICANT, request.contact_id)
            correct(session, self.service, request, answers, mover)
            self._stored(session, request)
        material.attach(session, contact_id, intake[0])
        number = intake[-1].intake
        # What the new answers of a bundle open up joins the same intake.
        siblings = [one for one in self._requests(session, contact_id) if one.intake == number]
        opened = self._parts(session, contact_id, consent_id, answers, siblings)
        new = [one.request for one in opened if not one.is_repeated]
        said = self._told(self.service.updated, number, new) if new else None
        return Recorded(number, intake[-1].updated_at, is_update=True, said=said)

    def _repeated(self, request: Request, answers: Mapping[str, Any]) -> Recorded:
        """Tell of the request that is there already; the very same one again is simply done."""
        said = None
        if request.contact_id is None:
            # Its number would lead to it from here.
            return Recorded("", request.created_at, said=phrase("anonymous_repeated"))
        if request.answers != dict(answers):
            line = progress_line(self.service, request)
            said = "\n".join([phrase("request_repeated", service=self.service.name), line])
        elif self.service.anonymous_if is not None:
            said = phrase("request_repeated", service=self.service.name)
        return Recorded(request.intake, request.created_at, said=said)

    def _requests(self, session: Session, contact_id: int) -> list[Request]:
        return requests_of(session, contact_id, self.service.code)

    def _changeable(self, session: Session, contact_id: int) -> list[Request]:
        return self._still_changeable(self._requests(session, contact_id))

    def _still_changeable(self, requests: Sequence[Request]) -> list[Request]:
        """Return those of the newest intake that the applicant can change, in order.

        Once some were returned only these: what is under review stays as it was submitted.
        """
        # Where several may be open, beginning anew means another one: only what was returned waits.
        states = (
            (RequestState.RETURNED,) if self.service.distinct_by else self.service.life.correct_in
        )
        mine = [one for one in requests if one.state in states]
        newest = [one for one in mine if one.intake == mine[-1].intake]
        returned = [one for one in newest if one.state is RequestState.RETURNED]
        return returned or newest

    def _has_to_stay(self, request: Request) -> bool:
        is_granted = request.outcome is RequestState.GRANTED
        return is_granted and self.service.life.kept_by_law

    def _shown(self, request: Request) -> str:
        given = [
            f"{field.label} {type_of(field).show(request.answers[field.name])}"
            for field in self.service.fields
            if request.answers.get(field.name) is not None
        ]
        return "，".join(given)


def _done(text: str | None, done: Submitted) -> str:
    code = done.code
    told = phrase("request_code", code=code) if code else ""
    return str(text).format(number=done.request.number, code=told).strip()
