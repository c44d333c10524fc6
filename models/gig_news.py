"""Gig news: people registered for a kind of work and a place hear once of a new posting that fits.

Their registration says that they want to. One posting calls a few times as many as it has places,
who wrote last first; one person hears of two a day at most: WeChat counts what we send.
"""

from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from models.catalogue.life import RequestState
from models.contact import BUREAU, Contact
from models.conversation import Conversation
from models.database import Database, utc_now
from models.gig import GigPosting, GigRegistration, is_on
from models.intake.fields.work_kinds import ANY
from models.intake.gig_wish import wish_for
from models.intake.wording import phrase
from models.notification import Notification, notify
from models.reply import Reply
from models.request import Request
from models.rounds import each

_AT_ONCE = 20
_LOOKED_AT = 1000
_CALLED = 3
_FEWEST, _MOST = 20, 100
_A_DAY = 2
_KEY = "posting:"
_PAGE = "/m/services/gig_search"


def tell_of_new(database: Database) -> int:
    """Tell of the postings granted since the last time; returns how many people hear of one.

    A posting that was withdrawn meanwhile, or whose last day is over, is told to nobody.
    """
    with database.reading() as session:
        new = session.scalars(
            select(GigPosting.request_id)
            .join(GigPosting.request)
            .where(*_new())
            .order_by(GigPosting.request_id)
            .limit(_AT_ONCE)
        ).all()
    return each(new, partial(_tell, database), "gig_news.posting_left")


def _tell(database: Database, request_id: int) -> int:
    with database.unit_of_work() as session:
        posting = session.scalar(
            select(GigPosting)
            .join(GigPosting.request)
            .where(GigPosting.request_id == request_id, *_new())
            .options(joinedload(GigPosting.request))
            .with_for_update(skip_locked=True, of=GigPosting)
        )
        if posting is None:
            return 0
        posting.told_at = utc_now()
        reply = Reply(_words(posting), (wish_for(posting),))
        return sum(
            notify(
                session, one, "", key=f"{_KEY}{posting.request_id}:{one}", reply=reply, link=_PAGE
            )
            for one in _whom(session, posting)
        )


def _new() -> tuple[ColumnElement[bool], ...]:
    return GigPosting.told_at.is_(None), Request.state == RequestState.GRANTED, is_on()


def _whom(session: Session, posting: GigPosting) -> list[int]:
    """Return whom a posting calls, who wrote last first."""
    spoke = func.max(Conversation.last_inbound_at)
    found = session.execute(
        select(GigRegistration)
        .join(Contact, Contact.id == GigRegistration.contact_id)
        .outerjoin(Conversation, Conversation.contact_id == GigRegistration.contact_id)
        .where(
            GigRegistration.city == posting.city,
            GigRegistration.contact_id != (posting.request.contact_id or 0),
            Contact.channel != BUREAU,
            Contact.unsubscribed_at.is_(None),
        )
        .group_by(GigRegistration.id)
        .order_by(spoke.desc().nulls_last(), GigRegistration.id.desc())
        .limit(_LOOKED_AT)
    ).scalars()
    fitting = list(dict.fromkeys(one.contact_id for one in found if _fits(one, posting)))
    called = min(_MOST, max(_FEWEST, _CALLED * posting.how_many))
    heard = _heard_today(session, fitting)
    return [one for one in fitting if heard.get(one, 0) < _A_DAY][:called]


def _fits(registration: GigRegistration, posting: GigPosting) -> bool:
    kinds = set(registration.work_kinds)
    if ANY not in kinds and ANY not in posting.work_kinds and not kinds & set(posting.work_kinds):
        return False
    return None in (registration.district, posting.district) or (
        registration.district == posting.district
    )


def _heard_today(session: Session, people: list[int]) -> dict[int, int]:
    counted = (
        select(Notification.contact_id, func.count())
        .where(
            Notification.contact_id.in_(people),
            Notification.key.startswith(_KEY),
            Notification.created_at > utc_now() - timedelta(days=1),
        )
        .group_by(Notification.contact_id)
    )
    return dict(session.execute(counted).all())


def _words(posting: GigPosting) -> str:
    return phrase(
        "posting_news",
        kinds=posting.work,
        place=posting.place,
        pay=posting.pay,
        when=posting.when,
        how_many=posting.how_many,
        number=posting.request.number,
    )
