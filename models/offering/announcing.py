"""Telling those who wait for a session like this one that there is one now."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from models.catalogue.life import OPEN_STATES
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service
from models.database import Database, utc_now
from models.intake.answers import type_of
from models.intake.booking_recorder import offered_field
from models.intake.fields.offered import NONE_YET, SlotField
from models.intake.listing import topics_wanted
from models.notification import notify
from models.offering.kinds import kinds
from models.offering.lines import seats_left, slot_line
from models.offering.offering import Offering, Slot
from models.offering.seat import TAKEN, count
from models.offering.wording import say
from models.reply import Choice, Reply
from models.request import Request
from models.rounds import each

_MOST = 200
_NEWS = timedelta(days=1, hours=2)


def announce(database: Database, catalogue: Catalogue) -> int:
    """Tell of the times that were entered since; returns how many people were told.

    Several times of one offering are one notice. Who is told keeps their place among those who
    wait until they sign up.
    """
    with database.reading() as session:
        new = session.scalars(
            select(Slot)
            .where(
                Slot.announced_at.is_(None),
                Slot.cancelled_at.is_(None),
                Slot.begins_at > utc_now(),
            )
            .options(joinedload(Slot.offering))
            .order_by(Slot.offering_id, Slot.begins_at)
            .limit(_MOST)
        ).all()
        by_offering = [
            [one.id for one in group] for _, group in groupby(new, lambda one: one.offering_id)
        ]

    def tell(ids: Sequence[int]) -> int:
        with database.unit_of_work() as session:
            return _announce(session, catalogue, ids)

    return each(by_offering, tell, "announcing.left", lambda ids: ids[0])


def _announce(session: Session, catalogue: Catalogue, slot_ids: Sequence[int]) -> int:
    slots = session.scalars(
        select(Slot)
        .where(Slot.id.in_(slot_ids), Slot.announced_at.is_(None))
        .order_by(Slot.begins_at)
        .with_for_update(of=Slot)
        .options(joinedload(Slot.offering))
        .execution_options(populate_existing=True)
    ).all()
    for slot in slots:
        slot.announced_at = utc_now()
    shown = [one for one in slots if one.is_open()]
    code = shown[0].offering.about_kind.service if shown else None
    if not shown or code is None or code not in catalogue:
        return 0
    service, slot = catalogue.service(code), shown[0]
    left = seats_left(slot, count(session, slot.id, *TAKEN))
    text = say("opened", what=slot_line(slot), left=left)
    if len(shown) > 1:
        text += say("opened_more", count=len(shown))
    reply = Reply(text, (Choice(say("sign_up"), f"报名场次{slot.id}", ("报名", "我要报名")),))
    return sum(
        notify(
            session,
            one.contact_id,
            text,
            key=f"slot:{slot.id}:for:{one.id}",
            reply=reply,
            link=f"/m/offerings/{slot.offering_id}",
        )
        for one in _waiting(session, service, slot.offering)
        if one.contact_id is not None
    )


def announce_things(database: Database, catalogue: Catalogue) -> int:
    """Tell of the places, machines and projects entered since yesterday; returns how many heard.

    Each is told once to each request that waits for one like it, however often this runs.
    """
    with database.reading() as session:
        new = session.scalars(
            select(Offering.id)
            .where(
                Offering.kind.in_([one.code for one in kinds().values() if one.service]),
                Offering.closed_at.is_(None),
                Offering.created_at > utc_now() - _NEWS,
                ~select(Slot.id).where(Slot.offering_id == Offering.id).exists(),
            )
            .order_by(Offering.id)
            .limit(_MOST)
        ).all()

    def tell(offering_id: int) -> int:
        with database.unit_of_work() as session:
            return _announce_thing(session, catalogue, session.get_one(Offering, offering_id))

    return each(new, tell, "announcing.thing_left")


def _announce_thing(session: Session, catalogue: Catalogue, offering: Offering) -> int:
    code = offering.about_kind.service
    if code is None or code not in catalogue:
        return 0
    service = catalogue.service(code)
    field = type_of(offered_field(service))
    if isinstance(field, SlotField) or offering.kind not in field.options.kinds:
        return 0
    text = say("opened_thing", what=f"{offering.name}，{offering.place}")
    ask = Choice(say("ask_for"), f"申请资源{offering.id}", ("申请", "我要申请"))
    return sum(
        notify(
            session,
            one.contact_id,
            text,
            key=f"offering:{offering.id}:for:{one.id}",
            reply=Reply(text, (ask,)),
            link=f"/m/offerings/{offering.id}",
        )
        for one in _waiting(session, service, offering)
        if one.contact_id is not None
    )


def _waiting(session: Session, service: Service, offering: Offering) -> list[Request]:
    """Return the open requests that wait for something like this, where it is."""
    field = offered_field(service)
    query = select(Request).where(Request.service == service.code, Request.state.in_(OPEN_STATES))
    if offering.city is not None:
        query = query.where(or_(Request.city == offering.city, Request.city.is_(None)))
    return [
        one
        for one in session.scalars(query.order_by(Request.id))
        if one.answers.get(field.name) == NONE_YET
        and _is_about(offering, topics_wanted(field, one.answers))
    ]


def _is_about(offering: Offering, wanted: Sequence[str]) -> bool:
    return not offering.topics or not wanted or not set(wanted).isdisjoint(offering.topics)
