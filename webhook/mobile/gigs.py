"""Gig work: a posting with the way to apply, one's own applications, and those for a posting.

Whom to call stands on the page of who posted the work, and there only after their yes.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models import gig
from models.catalogue.life import RequestState
from models.contact import hold, same_person
from models.gig_application import (
    ApplicationRefusedError,
    ApplicationState,
    GigApplication,
    answers_by_itself,
    applications_of,
    applications_to,
    apply,
    find_application,
    name_and_mobile,
    state_name,
    waiting_for,
    what_they_can,
    withdraw,
)
from models.intake.gig_choosing import head
from models.intake.gig_wish import is_registered
from models.number import number_in
from models.reply import Choice
from webhook import visitor
from webhook.current import database
from webhook.mobile.blueprint import bp

Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Applicant:
    """Who wants to do a posting, as its own side may see them.

    Attributes:
        application: theirs.
        can: what they can do, and when.
        whom: name and mobile; None before the yes.
    """

    application: GigApplication
    can: str
    whom: tuple[str, str] | None

    @property
    def waits(self) -> bool:
        """Whether they wait for an answer."""
        return self.application.state is ApplicationState.APPLIED


@dataclass(frozen=True)
class Applicants:
    """A posting's side of it: how many places are taken, and who wants one."""

    told: str
    people: list[Applicant]


@bp.get("/gigs/<number>")
def gig_posting(number: str) -> Page:
    """Show a posting, with what its side would see of the person and when."""
    with database().reading() as session:
        return _posting(session, number)


@bp.post("/gigs/<number>/apply")
def apply_for_gig(number: str) -> Page:
    """Store the wish, once the person has agreed to be seen."""
    with database().unit_of_work() as session:
        contact_id = visitor.met(session)
        hold(session, contact_id)
        posting = gig.posting_of(session, number)
        if posting is None or not is_registered(session, contact_id):
            return _posting(session, number)
        if "agreed" not in request.form:
            return _posting(session, number, "请先勾选「同意」。"), 422
        try:
            apply(session, posting, contact_id)
        except ApplicationRefusedError as error:
            return _posting(session, number, str(error)), 409
    return redirect(url_for("mobile.requests", _anchor="gigs"), 303)


@bp.post("/applications/<number>/withdraw")
def leave_gig(number: str) -> Page:
    """Take one's wish back."""
    with database().unit_of_work() as session:
        contact_id, one = _application(session, number)
        if one.contact_id not in same_person(session, contact_id):
            raise NotFound
        # One that has ended meanwhile stays as it is: the list says how.
        with suppress(ApplicationRefusedError):
            withdraw(session, one)
    return redirect(url_for("mobile.requests", _anchor="gigs"), 303)


def applicants_of(session: Session, request_id: int) -> Applicants | None:
    """Return who wants to do the posting of a request; None where none can and nobody did."""
    posting = session.get(gig.GigPosting, request_id)
    if posting is None:
        return None
    people = [
        Applicant(one, what_they_can(session, one), name_and_mobile(session, one))
        for one in applications_to(session, request_id)
    ]
    if not people and posting.request.state is not RequestState.GRANTED:
        return None
    return Applicants(head(posting, waiting_for(session, request_id)), people)


def applied_of(session: Session, contact_id: int) -> list[tuple[GigApplication, str]]:
    """Return what a person applied for, the newest first, with how it stands."""
    return [(one, state_name(one)) for one in reversed(applications_of(session, contact_id))]


def links_to(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    """Return title and address of the choices that name a posting."""
    named = [(one.title, number_in(one.payload)) for one in choices]
    return [
        (told, url_for("mobile.gig_posting", number=number)) for told, number in named if number
    ]


def _posting(session: Session, number: str, trouble: str = "") -> str:
    contact_id = visitor.known(session)
    posting = gig.posting_of(session, number)
    return render_template(
        "mobile/gig.html",
        posting=posting,
        registered=contact_id is not None and is_registered(session, contact_id),
        can_apply=posting is not None and answers_by_itself(session, posting),
        trouble=trouble,
    )


def _application(session: Session, number: str) -> tuple[int, GigApplication]:
    """Return the visitor and an application; whether it is theirs to touch is asked later."""
    contact_id, one = visitor.known(session), find_application(session, number)
    if contact_id is None or one is None:
        raise NotFound
    return contact_id, one
