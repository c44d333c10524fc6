"""A request as one line of a list, gathered for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue.life import AT_THE_DESK
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service
from models.database import utc_now
from models.intake.answers import type_of
from models.intake.handing_in import arrived
from models.request import Request
from models.request_notice import request_name
from models.staff import Staff
from webhook.staff import wording

_SOON_DAYS = 1
_EMPLOYER = "employer"


@dataclass(frozen=True)
class RequestRow:
    """What a list shows of a request.

    Attributes:
        who: the applicant, masked; the employer of a posting.
        due: by when staff should have taken the next step; None where none is theirs.
        has_news: whether papers came since staff last took a step.
        is_promised: whether the applicant was told of that day.
    """

    request: Request
    name: str
    who: str
    state: str
    assignee: str
    due: datetime | None
    has_news: bool

    @property
    def is_promised(self) -> bool:
        """Whether the applicant knows of the day it is due."""
        return self.request.due_at is not None

    @property
    def is_overdue(self) -> bool:
        """Whether it is late."""
        return self.due is not None and self.due < utc_now()

    @property
    def due_in(self) -> str:
        """How it stands with the time limit, in words."""
        if self.due is None:
            return ""
        days = (self.due - utc_now()).total_seconds() / 86400
        if days < 0:
            return f"超期 {max(1, round(-days))} 天"
        return "今天到期" if days < _SOON_DAYS else f"还剩 {int(days)} 天"


def rows_of(session: Session, catalogue: Catalogue, found: Sequence[Request]) -> list[RequestRow]:
    """Return a line for each request, in the order given; services that are gone are left out."""
    people = {one.assignee_id for one in found if one.assignee_id is not None}
    names = dict(
        session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(people))).all()
    )
    with_news = {file.request_id for file in arrived(session, found)}
    return [
        RequestRow(
            request=one,
            name=request_name(catalogue.service(one.service), one),
            who=applicant_of(catalogue.service(one.service), one),
            state=wording.REQUEST_STATES[one.state],
            assignee=names.get(one.assignee_id or 0, ""),
            due=one.queue_at if one.state in AT_THE_DESK else None,
            has_news=one.id in with_news,
        )
        for one in found
        if one.service in catalogue
    ]


def applicant_of(service: Service, request: Request) -> str:
    """Return who asks, masked, as far as the request tells."""
    if request.contact_id is None:
        return "匿名"
    for field in service.fields:
        names_somebody = field.type == "person_name" or field.name == _EMPLOYER
        if names_somebody and request.answers.get(field.name):
            return type_of(field).show(request.answers[field.name])
    return "未留姓名"
