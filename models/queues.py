"""Queues: who waits for a person, in which order, and who of the staff gets the next one.

Urgent cases come first, then those who have waited longest.
"""

from collections.abc import Iterable
from datetime import timedelta
from statistics import median

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from models.contact import Contact
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.handoff import Handoff, HandoffError, HandoffGuest, claim
from models.staff import Staff, on_duty

# An estimate speaks of the last hours, and of more than one or two people.
_RECENT = timedelta(hours=3)
_ENOUGH = 3
_NEWEST = 20


def waiting(
    session: Session, *, skill: str | None = None, region: str | None = None, limit: int = 200
) -> list[Handoff]:
    """Return the cases nobody has, in the order in which they are due.

    Args:
        session: the open unit of work.
        skill: only those for this skill.
        region: only those for this city.
        limit: how many at most.
    """
    query = _cases(Handoff.ended_at.is_(None), Handoff.assignee_id.is_(None))
    if skill is not None:
        query = query.where(Handoff.skill == skill)
    if region is not None:
        query = query.where(Handoff.region == region)
    return list(session.scalars(query.order_by(*_DUE).limit(limit)))


def mine(session: Session, staff_id: int) -> list[Handoff]:
    """Return the cases a member of staff has or was invited to, longest unanswered first."""
    invited = select(HandoffGuest.handoff_id).where(HandoffGuest.staff_id == staff_id)
    return list(
        session.scalars(
            _cases(
                Handoff.ended_at.is_(None),
                or_(Handoff.assignee_id == staff_id, Handoff.id.in_(invited)),
            ).order_by(Handoff.urgent.desc(), Handoff.awaiting_since.is_(None), *_UNANSWERED)
        )
    )


def in_service(session: Session, limit: int = 500) -> list[Handoff]:
    """Return every case somebody has, longest unanswered first."""
    return list(
        session.scalars(
            _cases(Handoff.ended_at.is_(None), Handoff.assignee_id.is_not(None))
            .order_by(Handoff.urgent.desc(), Handoff.awaiting_since.is_(None), *_UNANSWERED)
            .limit(limit)
        )
    )


def loads(session: Session) -> dict[int, int]:
    """Return how many chats each member of staff has open."""
    rows = session.execute(
        select(Handoff.assignee_id, func.count())
        .where(Handoff.ended_at.is_(None), Handoff.assignee_id.is_not(None))
        .group_by(Handoff.assignee_id)
    )
    return {staff_id: count for staff_id, count in rows if staff_id is not None}


def place_of(session: Session, case: Handoff) -> int:
    """Return a waiting case's place in the queue; 1 is next."""
    earlier = (Handoff.urgent == case.urgent) & (
        (Handoff.created_at < case.created_at)
        | ((Handoff.created_at == case.created_at) & (Handoff.id < case.id))
    )
    before = earlier if case.urgent else earlier | Handoff.urgent.is_(True)
    count = session.scalar(
        select(func.count(Handoff.id)).where(
            Handoff.ended_at.is_(None),
            Handoff.assignee_id.is_(None),
            Handoff.id != case.id,
            before,
        )
    )
    return (count or 0) + 1


def estimated_wait(session: Session) -> timedelta | None:
    """Return how long people have waited lately (median); None when too few have to tell."""
    rows = session.execute(
        select(Handoff.created_at, Handoff.claimed_at)
        .where(Handoff.claimed_at > utc_now() - _RECENT, Handoff.is_ticket.is_(False))
        .order_by(Handoff.claimed_at.desc())
        .limit(_NEWEST)
    )
    waits = [(claimed - created).total_seconds() for created, claimed in rows if claimed]
    return timedelta(seconds=median(waits)) if len(waits) >= _ENOUGH else None


def assign_waiting(session: Session) -> list[Handoff]:
    """Give waiting cases to who is on duty, fits and has room: the least busy first.

    Returns:
        The cases that found somebody.
    """
    staff = on_duty(session)
    if not staff:
        return []
    busy = loads(session)
    given = []
    for case in waiting(session):
        fitting = [one for one in staff if busy.get(one.id, 0) < one.capacity and _fits(one, case)]
        if not fitting:
            continue
        chosen = min(fitting, key=lambda one: (busy.get(one.id, 0) / one.capacity, one.id))
        try:
            given.append(claim(session, case.conversation_id, chosen))
        except HandoffError:
            continue  # somebody took it by hand a moment ago
        busy[chosen.id] = busy.get(chosen.id, 0) + 1
    return given


def queue_names(session: Session) -> tuple[list[str], list[str]]:
    """Return the skills and the regions that staff have: the queues there are to choose from."""
    everybody = session.scalars(select(Staff).where(Staff.disabled_at.is_(None))).all()
    return (
        _sorted(skill for one in everybody for skill in one.skills),
        _sorted(region for one in everybody for region in one.regions),
    )


def _fits(staff: Staff, case: Handoff) -> bool:
    has_skill = case.skill is None or not staff.skills or case.skill in staff.skills
    has_region = case.region is None or not staff.regions or case.region in staff.regions
    return has_skill and has_region


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(set(names))


_DUE = (Handoff.urgent.desc(), Handoff.created_at, Handoff.id)
_UNANSWERED = (Handoff.awaiting_since, Handoff.id)


def _cases(*conditions: ColumnElement[bool]) -> Select[Handoff]:
    return (
        select(Handoff)
        .join(Handoff.conversation)
        .join(Conversation.contact)
        .where(
            *conditions,
            Contact.blocked_at.is_(None),
            Conversation.state.in_([ConversationState.PENDING, ConversationState.OPEN]),
        )
        .options(
            contains_eager(Handoff.conversation).contains_eager(Conversation.contact),
        )
    )
