"""Queues: who waits for a person, in which order, and who of the staff gets the next one.

Urgent cases come first, then those who have waited longest.
"""

from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from models.contact import Contact
from models.conversation import Conversation, lock_conversation
from models.database import utc_now
from models.handoff import (
    Handoff,
    HandoffGuest,
    HandoffReason,
    claim,
    current,
    release,
    return_to_bot,
)
from models.staff import Staff, on_duty

# An estimate speaks of the last hours, and of more than one or two people.
_RECENT = timedelta(hours=3)
_ENOUGH = 3
_NEWEST = 20
# Turns are taken over a working day.
_TURNS = timedelta(hours=12)
_NEVER = datetime.min.replace(tzinfo=UTC)


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
    query = _cases(Handoff.assignee_id.is_(None))
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
                or_(Handoff.assignee_id == staff_id, Handoff.id.in_(invited)),
            ).order_by(Handoff.urgent.desc(), Handoff.awaiting_since.is_(None), *_UNANSWERED)
        )
    )


def in_service(session: Session, limit: int = 500) -> list[Handoff]:
    """Return every case somebody has, longest unanswered first."""
    return list(
        session.scalars(
            _cases(Handoff.assignee_id.is_not(None))
            .order_by(Handoff.urgent.desc(), Handoff.awaiting_since.is_(None), *_UNANSWERED)
            .limit(limit)
        )
    )


def count_in_service(session: Session) -> int:
    """Return how many cases `in_service` would, without reading them."""
    found = select(func.count(Handoff.id)).join(Handoff.conversation).join(Conversation.contact)
    return session.scalar(found.where(*_ON_THE_DESK, Handoff.assignee_id.is_not(None))) or 0


def count_in_danger(session: Session, staff_id: int) -> int:
    """Return how many in danger wait for an answer of a colleague: anybody is to look."""
    own = select(HandoffGuest.handoff_id).where(HandoffGuest.staff_id == staff_id)
    found = select(func.count(Handoff.id)).where(
        Handoff.ended_at.is_(None),
        Handoff.reason == HandoffReason.DISTRESS,
        Handoff.awaiting_since.is_not(None),
        Handoff.assignee_id.is_not(None),
        Handoff.assignee_id != staff_id,
        Handoff.id.not_in(own),
    )
    return session.scalar(found) or 0


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


def matches(session: Session) -> list[tuple[Handoff, Staff]]:
    """Return waiting cases with who is on duty, fits and has room: the least busy, in turn.

    Nothing is given yet: that is `assign`, alone with each conversation.
    """
    staff = on_duty(session)
    if not staff:
        return []
    busy, last = loads(session), _last_given(session)
    found = []
    for case in waiting(session):
        fitting = [one for one in staff if busy.get(one.id, 0) < one.capacity and _fits(one, case)]
        if not fitting:
            continue
        # Where two are equally busy, it is the turn of who got the last one longer ago.
        chosen = min(
            fitting,
            key=lambda one: (busy.get(one.id, 0) / one.capacity, last.get(one.id, _NEVER), one.id),
        )
        found.append((case, chosen))
        busy[chosen.id] = busy.get(chosen.id, 0) + 1
        last[chosen.id] = utc_now()
    return found


def assign(session: Session, conversation_id: int, handoff_id: int, staff: Staff) -> bool:
    """Give a waiting case to somebody, unless it has ended or somebody took it by hand meanwhile.

    Returns:
        Whether it was given.
    """
    lock_conversation(session, conversation_id)
    case = current(session, conversation_id)
    if case is None or case.id != handoff_id or case.assignee_id is not None or not staff.can_chat:
        return False
    claim(session, conversation_id, staff)
    return True


def astray(session: Session) -> list[int]:
    """Return the conversations whose case cannot go on: each needs `put_right`.

    Who has it cannot chat any more, or its person was blocked since it began.
    """
    return list(
        session.scalars(
            _open_cases(Handoff.conversation_id)
            .outerjoin(Handoff.assignee)
            .where(or_(not_(_REACHES_STAFF), Handoff.assignee_id.is_not(None) & ~Staff.can_chat))
            .order_by(Handoff.id)
        )
    )


def put_right(session: Session, conversation_id: int) -> None:
    """Put a case back into the queue whose colleague is gone; end one whose person was blocked.

    What is all right again is left alone.
    """
    lock_conversation(session, conversation_id)
    case = current(session, conversation_id)
    if case is None:
        return
    if case.assignee is not None and not case.assignee.can_chat:
        release(session, conversation_id, case.assignee)
    kept_out = _open_cases(Handoff.id).where(Handoff.id == case.id, not_(_REACHES_STAFF))
    if session.scalar(kept_out) is not None:
        return_to_bot(session, conversation_id)


def _last_given(session: Session) -> dict[int, datetime]:
    """Return when each member of staff got their last chat."""
    rows = session.execute(
        select(Handoff.assignee_id, func.max(Handoff.claimed_at))
        .where(Handoff.assignee_id.is_not(None), Handoff.claimed_at > utc_now() - _TURNS)
        .group_by(Handoff.assignee_id)
    )
    return {staff_id: at for staff_id, at in rows if staff_id is not None and at is not None}


def _fits(staff: Staff, case: Handoff) -> bool:
    has_skill = case.skill is None or not staff.skills or case.skill in staff.skills
    has_region = case.region is None or not staff.regions or case.region in staff.regions
    return has_skill and has_region


_DUE = (Handoff.urgent.desc(), Handoff.created_at, Handoff.id)
_UNANSWERED = (Handoff.awaiting_since, Handoff.id)
# Blocking keeps nobody in danger away, and nobody whom staff have taken up since.
_REACHES_STAFF = or_(
    Contact.blocked_at.is_(None), Handoff.urgent, Handoff.created_at > Contact.blocked_at
)

_ON_THE_DESK = (
    Handoff.ended_at.is_(None),
    _REACHES_STAFF,
)


def _open_cases(what: InstrumentedAttribute[int]) -> Select[int]:
    return (
        select(what)
        .join(Handoff.conversation)
        .join(Conversation.contact)
        .where(Handoff.ended_at.is_(None))
    )


def _cases(*conditions: ColumnElement[bool]) -> Select[Handoff]:
    return (
        select(Handoff)
        .join(Handoff.conversation)
        .join(Conversation.contact)
        .where(*conditions, *_ON_THE_DESK)
        .options(
            contains_eager(Handoff.conversation).contains_eager(Conversation.contact),
        )
    )
