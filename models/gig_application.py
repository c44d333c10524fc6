"""Gig application: somebody wants to do a piece of gig work, and who posted it says yes or no.

A place is taken by the yes. `GigPosting.taken` moves by one conditional update, so that two who say
yes at the same moment never give away more places than there are; who leaves gives theirs back.
Until the yes, who posted the work sees what somebody can do and when; after it, their name and
number, to which the applicant has agreed (`PURPOSE`). Both are read from the registration when
they are shown: nothing of a person lies here. Lock order: contact, application, posting.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    Index,
    Select,
    String,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.catalogue.life import RequestState
from models.contact import BUREAU, Contact, give_consent, person_of, same_person
from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.gig import GigPosting, find_registration, is_on
from models.intake.wording import phrase, title
from models.notification import notify
from models.number import store_numbered
from models.reply import Choice, Reply
from models.request import Request
from models.request_notice import page_of

PURPOSE, WORDING = "gig_application", "1"
"""The consent that who posted the work sees name and mobile once they want somebody."""

PREFIX = "BM"
"""What the number of an application begins with; no service's does."""

_PAGE = "/m/requests"


class ApplicationState(StrEnum):
    """Where an application stands."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ACTIVE = (ApplicationState.APPLIED, ApplicationState.ACCEPTED)
"""States of somebody who is still in."""

_IS_ACTIVE = text("state IN ('applied', 'accepted')")


class ApplicationRefusedError(ValueError):
    """A step cannot be taken; `code` says why for programs, the message for people."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(phrase(f"application_{code}", **values))
        self.code = code


class GigApplication(Base):
    """One person's wish for one posting.

    Attributes:
        number: what both sides quote: ``BM`` + day + five digits.
        consent_id: the yes under which name and mobile are shown.
        decided_at: when who posted the work said yes or no last.
    """

    __tablename__ = "gig_application"
    __table_args__ = (
        Index(
            "uq_gig_application_active",
            "posting_id",
            "contact_id",
            unique=True,
            sqlite_where=_IS_ACTIVE,
            postgresql_where=_IS_ACTIVE,
        ),
        Index("ix_gig_application_posting_state", "posting_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("gig_posting.request_id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"))
    state: Mapped[ApplicationState] = mapped_column(
        one_of(ApplicationState), default=ApplicationState.APPLIED
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    posting: Mapped[GigPosting] = relationship()

    @property
    def is_active(self) -> bool:
        """Whether somebody is still in."""
        return self.state in ACTIVE


def answers_by_itself(session: Session, posting: GigPosting) -> bool:
    """Whether who posted the work can be asked by us; the staff answer for a bureau's list."""
    poster = session.get(Contact, posting.request.contact_id)
    return poster is not None and poster.channel != BUREAU


def apply(session: Session, posting: GigPosting, contact_id: int) -> GigApplication:
    """Store that somebody wants to do a posting, and that they agreed to be called; tell its side.

    Args:
        session: the open unit of work; it holds the contact (`models.contact.hold`).
        posting: what they want to do.
        contact_id: who; they have said yes to what is shown of them.

    Raises:
        ApplicationRefusedError: it is off or full, their own, or they are in or were declined.
    """
    people = same_person(session, contact_id)
    if posting.request.contact_id in people:
        raise ApplicationRefusedError("own")
    before = session.scalar(
        select(GigApplication)
        .where(
            GigApplication.posting_id == posting.request_id,
            GigApplication.contact_id.in_(people),
            GigApplication.state != ApplicationState.WITHDRAWN,
        )
        .order_by(GigApplication.id.desc())
        .limit(1)
    )
    if before is not None:
        code = "again" if before.is_active else "declined"
        raise ApplicationRefusedError(code, number=before.number)
    if not _is_offered(session, posting.request_id):
        raise ApplicationRefusedError("gone")
    consent = give_consent(session, contact_id, PURPOSE, WORDING)
    made = GigApplication(
        posting_id=posting.request_id, contact_id=contact_id, consent_id=consent.id
    )
    store_numbered(session, made, PREFIX, lambda number: setattr(made, "number", number))
    session.flush()
    told = phrase("application_news", number=made.number, **about(posting))
    look = Choice(title("see_applicants"), f"{title('see_applicants')} {posting.request.number}")
    _tell_poster(session, made, Reply(told, (look,)))
    return made


def accept(session: Session, application: GigApplication, poster_id: int) -> None:
    """Say yes: the applicant has one of the places, and is told. A second yes is the same one.

    Args:
        session: the open unit of work.
        application: it is read again and held.
        poster_id: who says it.

    Raises:
        ApplicationRefusedError: it is not theirs to say, the applicant is not in any more, the
            posting is off, or every place is taken.
    """
    _hold_for(session, application, poster_id)
    if application.state is ApplicationState.ACCEPTED:
        return
    if application.state is not ApplicationState.APPLIED:
        raise ApplicationRefusedError("ended", state=state_name(application))
    if application.posting.request.state is not RequestState.GRANTED:
        raise ApplicationRefusedError("posting_off")
    if not _take_place(session, application):
        raise ApplicationRefusedError("full", how_many=application.posting.how_many)
    _enter(session, application, ApplicationState.ACCEPTED)
    request = application.posting.request
    told = phrase(
        "application_accepted",
        employer=request.answers["employer"],
        when=application.posting.when,
        number=application.number,
        **about(application.posting),
    )
    _tell_applicant(session, application, Reply(told))


def decline(session: Session, application: GigApplication, poster_id: int) -> None:
    """Say no, also after a yes: the place is free again, and the applicant is told.

    Raises:
        ApplicationRefusedError: it is not theirs to say, or the applicant is not in any more.
    """
    _hold_for(session, application, poster_id)
    if application.state is ApplicationState.DECLINED:
        return
    if not application.is_active:
        raise ApplicationRefusedError("ended", state=state_name(application))
    _leave(session, application, ApplicationState.DECLINED)
    _tell_applicant(session, application, _sorry("application_not_chosen", application))


def withdraw(session: Session, application: GigApplication) -> None:
    """Take one's wish back: a place that was given is free again, and the other side is told.

    Raises:
        ApplicationRefusedError: it has ended already.
    """
    _hold(session, application)
    if not application.is_active:
        raise ApplicationRefusedError("ended", state=state_name(application))
    had_place = application.state is ApplicationState.ACCEPTED
    _leave(session, application, ApplicationState.WITHDRAWN)
    posting = application.posting
    # Who has not been looked at yet is no loss to anybody.
    if had_place and posting.request.state is RequestState.GRANTED:
        told = phrase("application_left", number=application.number, **about(posting))
        _tell_poster(session, application, Reply(told))


def end_waiting(session: Session, posting_id: int) -> None:
    """Tell those who still wait for an answer that the posting is off; a yes that was given holds.

    Args:
        session: the open unit of work.
        posting_id: the request of the posting; others have no applications.
    """
    waiting = session.scalars(
        select(GigApplication)
        .where(
            GigApplication.posting_id == posting_id,
            GigApplication.state == ApplicationState.APPLIED,
        )
        .order_by(GigApplication.id)
        .with_for_update(of=GigApplication)
        .execution_options(populate_existing=True)
    ).all()
    for one in waiting:
        _enter(session, one, ApplicationState.DECLINED)
        _tell_applicant(session, one, _sorry("application_posting_gone", one))


def erase_applications(session: Session, contact_id: int) -> None:
    """Take back and delete every application of this person."""
    for one in applications_of(session, contact_id):
        if one.is_active:
            withdraw(session, one)
    session.flush()
    session.execute(
        delete(GigApplication).where(GigApplication.contact_id.in_(person_of(contact_id)))
    )


def erase_of_posting(session: Session, posting_id: int) -> None:
    """Delete every application for a posting that is about to be deleted; who waits is told."""
    end_waiting(session, posting_id)
    session.execute(delete(GigApplication).where(GigApplication.posting_id == posting_id))


def applications_of(session: Session, contact_id: int) -> list[GigApplication]:
    """Return a person's applications, the oldest first."""
    mine = _with_postings().where(GigApplication.contact_id.in_(person_of(contact_id)))
    return list(session.scalars(mine.order_by(GigApplication.id)))


def applications_to(session: Session, posting_id: int) -> list[GigApplication]:
    """Return who is in for a posting: those with a place first, then in the order they came."""
    found = session.scalars(
        _with_postings()
        .where(GigApplication.posting_id == posting_id, GigApplication.state.in_(ACTIVE))
        .order_by(GigApplication.id)
    )
    return sorted(found, key=lambda one: one.state is ApplicationState.APPLIED)


def find_application(session: Session, number: str) -> GigApplication | None:
    """Return the application of a number, whoever's it is."""
    return session.scalar(_with_postings().where(GigApplication.number == number.upper()))


def waiting_for(session: Session, posting_id: int) -> int:
    """Return how many wait for an answer of who posted the work."""
    counted = select(func.count()).where(
        GigApplication.posting_id == posting_id, GigApplication.state == ApplicationState.APPLIED
    )
    return session.scalar(counted) or 0


def is_poster(session: Session, application: GigApplication, contact_id: int) -> bool:
    """Whether this person posted the work that is wanted."""
    return application.posting.request.contact_id in same_person(session, contact_id)


def state_name(application: GigApplication) -> str:
    """Return what people call the state of an application."""
    return phrase(f"application_is_{application.state}")


def name_and_mobile(session: Session, application: GigApplication) -> tuple[str, str] | None:
    """Return whom to call: only once there was a yes, and while the person is registered."""
    who = find_registration(session, application.contact_id)
    if who is None or application.state is not ApplicationState.ACCEPTED:
        return None
    return who.name, who.mobile


def what_they_can(session: Session, application: GigApplication) -> str:
    """Return what somebody can do and when, without who they are."""
    who = find_registration(session, application.contact_id)
    if who is None:
        return phrase("application_unregistered")
    return phrase("application_can", work=who.work, available=who.available)


def about(posting: GigPosting) -> dict[str, object]:
    """Return the words for a posting: `work`, its number, where it is."""
    return {
        "work": posting.work,
        "posting": posting.request.number,
        "place": posting.place,
    }


def _with_postings() -> Select[GigApplication]:
    return select(GigApplication).options(
        joinedload(GigApplication.posting).joinedload(GigPosting.request)
    )


def _is_offered(session: Session, posting_id: int) -> bool:
    is_granted = exists().where(
        Request.id == GigPosting.request_id, Request.state == RequestState.GRANTED
    )
    found = select(GigPosting.request_id).where(
        GigPosting.request_id == posting_id, is_on(), is_granted
    )
    return session.scalar(found) is not None


def _hold(session: Session, application: GigApplication) -> None:
    session.flush()
    session.scalars(
        select(GigApplication)
        .where(GigApplication.id == application.id)
        .with_for_update(of=GigApplication)
        .execution_options(populate_existing=True)
    ).first()


def _hold_for(session: Session, application: GigApplication, poster_id: int) -> None:
    _hold(session, application)
    if not is_poster(session, application, poster_id):
        raise ApplicationRefusedError("not_yours")


def _enter(session: Session, application: GigApplication, state: ApplicationState) -> None:
    application.state = state
    if state is not ApplicationState.WITHDRAWN:
        application.decided_at = utc_now()
    session.flush()


def _leave(session: Session, application: GigApplication, state: ApplicationState) -> None:
    if application.state is ApplicationState.ACCEPTED:
        _move_taken(session, application, -1)
    _enter(session, application, state)


def _take_place(session: Session, application: GigApplication) -> bool:
    return _move_taken(session, application, +1)


def _move_taken(session: Session, application: GigApplication, by: int) -> bool:
    """Count a place as taken or free again; False where there is none to count."""
    room = GigPosting.taken < GigPosting.how_many if by > 0 else GigPosting.taken > 0
    moved = session.scalar(
        update(GigPosting)
        .where(GigPosting.request_id == application.posting_id, room)
        .values(taken=GigPosting.taken + by)
        .returning(GigPosting.request_id)
        .execution_options(synchronize_session=False)
    )
    session.expire(application.posting, ["taken"])
    return moved is not None


def _sorry(name: str, application: GigApplication) -> Reply:
    told = phrase(name, **about(application.posting))
    return Reply(told, (Choice(title("search_gigs"), "/start_gig_search"),))


def _tell_applicant(session: Session, application: GigApplication, reply: Reply) -> None:
    _tell(session, application, application.contact_id, reply, _PAGE)


def _tell_poster(session: Session, application: GigApplication, reply: Reply) -> None:
    request = application.posting.request
    assert request.contact_id is not None, "a posting is nobody's secret"
    _tell(session, application, request.contact_id, reply, page_of(request))


def _tell(
    session: Session, application: GigApplication, contact_id: int, reply: Reply, page: str
) -> None:
    key = f"gig_application:{application.id}:{application.state}"
    notify(session, contact_id, "", key=key, reply=reply, link=page)
