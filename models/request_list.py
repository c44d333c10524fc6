"""Request list: the requests staff look through, what is most urgent first.

Each state is read by an index of its own and the states are put together, so that a page is quick
whatever the filters are and however many requests there are.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from models.catalogue.life import AT_THE_DESK, RequestState
from models.database import utc_now
from models.request import Request, find_by_code
from models.request_mark import find_marked

_FOUND = 100


@dataclass(frozen=True)
class Place:
    """Where a page ends: the next one begins behind it."""

    queue_at: datetime
    id: int


@dataclass(frozen=True)
class Wanted:
    """Which requests are looked for.

    Attributes:
        states: in which they are, one at least.
        service: of which service; None for all.
        city: of which city.
        assignee_id: who works at them.
        is_overdue: only those whose next step should have been taken.
        newest_first: the newest first, instead of the most urgent.
    """

    states: tuple[RequestState, ...]
    service: str | None = None
    city: str | None = None
    assignee_id: int | None = None
    is_overdue: bool = False
    newest_first: bool = False


def page_of_list(
    session: Session, wanted: Wanted, limit: int, behind: Place | None = None
) -> list[Request]:
    """Return one page of the list.

    Args:
        session: an open session.
        wanted: which requests.
        limit: how many at most.
        behind: where the page before ended.
    """
    parts = [_of_state(wanted, state, limit, behind).subquery() for state in wanted.states]
    found = union_all(*(select(part) for part in parts)).subquery()
    order = (found.c.queue_at, found.c.id)
    return list(
        session.scalars(
            select(Request)
            .join(found, found.c.id == Request.id)
            .order_by(*(one.desc() if wanted.newest_first else one for one in order))
            .limit(limit)
        )
    )


def find_requests(session: Session, text: str) -> list[Request]:
    """Return the requests that a text names, the newest first.

    It may be a number (of a bundle too) or its last digits, a query code, a name, a mobile or
    identity-card number, or the name of a shop.
    """
    said = text.strip()
    number = said.upper()
    found = set(find_marked(session, said, _FOUND))
    found |= set(
        session.scalars(
            select(Request.id).where((Request.number == number) | (Request.intake == number))
        )
    )
    anonymous = find_by_code(session, said)
    if anonymous is not None:
        found.add(anonymous.id)
    return list(
        session.scalars(select(Request).where(Request.id.in_(found)).order_by(Request.id.desc()))
    )


def counts_by_state(session: Session) -> dict[RequestState, int]:
    """Return how many requests are in each state."""
    counted = select(Request.state, func.count()).group_by(Request.state)
    return dict(session.execute(counted).all())


def count_overdue(session: Session) -> int:
    """Return in how many requests the next step is late, and one of staff."""
    late = select(func.count()).where(Request.state.in_(AT_THE_DESK), Request.queue_at < utc_now())
    return session.scalar(late) or 0


def _of_state(
    wanted: Wanted, state: RequestState, limit: int, behind: Place | None
) -> Select[int, datetime]:
    query = select(Request.id, Request.queue_at).where(Request.state == state)
    if wanted.service is not None:
        query = query.where(Request.service == wanted.service)
    if wanted.city is not None:
        query = query.where(Request.city == wanted.city)
    if wanted.assignee_id is not None:
        query = query.where(Request.assignee_id == wanted.assignee_id)
    if wanted.is_overdue:
        query = query.where(Request.queue_at < utc_now())
    place = tuple_(Request.queue_at, Request.id)
    if behind is not None:
        # As one comparison, which an index answers.
        last = tuple_(
            literal(behind.queue_at, Request.queue_at.type), literal(behind.id, Request.id.type)
        )
        query = query.where(place < last if wanted.newest_first else place > last)
    order = (Request.queue_at, Request.id)
    return query.order_by(*(one.desc() if wanted.newest_first else one for one in order)).limit(
        limit
    )
