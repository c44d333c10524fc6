"""What is counted: each measure is a query for the rows behind its number.

A row has a number people can quote, its city and service as far as it has them, and its moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, null, select

from models.catalogue.life import RequestState
from models.conversation import Conversation
from models.gig import GigRegistration
from models.handoff import Handoff
from models.message import Author, Message
from models.offering.offering import Offering
from models.offering.seat import Seat
from models.report.targets import load_targets
from models.request import Request, RequestEvent

Rows = Any
"""A select of the five columns named in `Measure`."""

Counted = Callable[[datetime, datetime], Rows]


@dataclass(frozen=True)
class Measure:
    """One thing that is counted.

    Attributes:
        code: its name in addresses and exports.
        title: its name for people.
        rows: the query for a span of time: ``number``, ``city``, ``service``, ``at``, ``answers``.
        is_placed: whether its rows have a city.
        counts_answers: whether a row counts, given its answers; for what stands in sealed ones.
    """

    code: str
    title: str
    rows: Counted
    is_placed: bool = True
    counts_answers: Callable[[dict[str, Any]], bool] | None = None


def _requests(at: Any, *conditions: Any) -> Rows:
    return select(
        Request.number.label("number"),
        Request.city.label("city"),
        Request.service.label("service"),
        at.label("at"),
        Request.answers.label("answers"),
    ).where(*conditions)


def _came(*services: str) -> Counted:
    """Count requests by when they were made."""

    def rows(since: datetime, until: datetime) -> Rows:
        named = [Request.service.in_(services)] if services else []
        return _requests(
            Request.created_at, Request.created_at >= since, Request.created_at < until, *named
        )

    return rows


def _entered(state: RequestState, *conditions: Any) -> Counted:
    """Count requests by when they first came into a state."""
    first = (
        select(RequestEvent.request_id, func.min(RequestEvent.at).label("at"))
        .where(RequestEvent.state == state)
        .group_by(RequestEvent.request_id)
        .subquery()
    )

    def rows(since: datetime, until: datetime) -> Rows:
        found = _requests(first.c.at, first.c.at >= since, first.c.at < until, *conditions)
        return found.join(first, first.c.request_id == Request.id)

    return rows


def _stays(service: str, *conditions: Any) -> Counted:
    """Count grants that still hold: not taken back, and of nothing invented."""
    invented = (
        select(Seat.request_id)
        .join(Offering, Seat.offering_id == Offering.id)
        .where(Offering.is_sample.is_(True))
    )
    return _entered(
        RequestState.GRANTED,
        Request.service == service,
        Request.state != RequestState.WITHDRAWN,
        Request.id.not_in(invented),
        *conditions,
    )


def _overdue(since: datetime, until: datetime) -> Rows:
    return _requests(Request.overdue_at, Request.overdue_at >= since, Request.overdue_at < until)


def _registered(since: datetime, until: datetime) -> Rows:
    return select(
        GigRegistration.number.label("number"),
        GigRegistration.city.label("city"),
        literal("gig_registration").label("service"),
        GigRegistration.created_at.label("at"),
        null().label("answers"),
    ).where(GigRegistration.created_at >= since, GigRegistration.created_at < until)


def _answered(author: Author) -> Counted:
    """Count conversations in which somebody got an answer from the assistant, or from a person."""

    def rows(since: datetime, until: datetime) -> Rows:
        said = (
            select(Message.conversation_id, func.min(Message.created_at).label("at"))
            .where(
                Message.author == author,
                Message.created_at >= since,
                Message.created_at < until,
            )
            .group_by(Message.conversation_id)
            .subquery()
        )
        return select(
            cast(Conversation.id, String).label("number"),
            null().label("city"),
            null().label("service"),
            said.c.at.label("at"),
            null().label("answers"),
        ).join(said, said.c.conversation_id == Conversation.id)

    return rows


def _handed_over(since: datetime, until: datetime) -> Rows:
    return select(
        cast(Handoff.conversation_id, String).label("number"),
        Handoff.region.label("city"),
        null().label("service"),
        Handoff.created_at.label("at"),
        null().label("answers"),
    ).where(Handoff.created_at >= since, Handoff.created_at < until)


def _is_graduate(answers: dict[str, Any]) -> bool:
    wanted = load_targets().graduates
    given = answers.get(wanted.field)
    return given == wanted.value or (isinstance(given, list) and wanted.value in given)


_TARGETS = load_targets()
_ALL = (
    Measure("submitted", "新提交", _came()),
    Measure("accepted", "受理", _entered(RequestState.ACCEPTED)),
    Measure("returned", "退回补正", _entered(RequestState.RETURNED)),
    Measure("granted", "批准", _entered(RequestState.GRANTED)),
    Measure("refused", "没有批准", _entered(RequestState.REFUSED)),
    Measure("withdrawn", "撤回", _entered(RequestState.WITHDRAWN)),
    Measure("overdue", "超时还没办", _overdue),
    Measure("registrations", "零工登记", _registered),
    Measure("postings", "招工信息", _came(_TARGETS.posting_service)),
    Measure("complaints", "投诉举报", _came(*_TARGETS.complaint_services)),
    Measure("handed_over", "转人工", _handed_over),
    Measure("by_bot", "机器人答过的会话", _answered(Author.BOT), is_placed=False),
    Measure("by_staff", "人工答过的会话", _answered(Author.STAFF), is_placed=False),
    Measure(
        "training", "创业培训人次",
        _stays(_TARGETS.training_service),
    ),
    Measure(
        "graduates", "高校毕业生新创业",
        _stays(_TARGETS.graduates.service, Request.part == _TARGETS.graduates.part),
        counts_answers=_is_graduate,
    ),
)  # fmt: skip
MEASURES = {one.code: one for one in _ALL}
