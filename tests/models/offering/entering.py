"""Enters offerings for tests: what is not said is what most of them have."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.contact import meet_contact
from models.database import utc_now
from models.offering.offering import Offering, Slot
from models.request import Request

CITY, DISTRICT = "沈阳市", "铁西区"


def offering(session: Session, kind: str = "training", **more: Any) -> Offering:
    values: dict[str, Any] = {
        "code": f"{kind}-{more.get('title', '')}-{utc_now().timestamp()}",
        "kind": kind,
        "title": "创办你的企业培训班",
        "topics": [],
        "city": CITY,
        "district": DISTRICT,
        "priority": [],
    }
    made = Offering(**{**values, **more})
    session.add(made)
    session.flush()
    return made


def slot(
    session: Session,
    of: Offering,
    *,
    capacity: int = 1,
    begins: datetime | None = None,
    lasts: timedelta = timedelta(hours=3),
    **more: Any,
) -> Slot:
    begins = begins or utc_now() + timedelta(days=7)
    made = Slot(
        offering_id=of.id, begins_at=begins, ends_at=begins + lasts, capacity=capacity, **more
    )
    session.add(made)
    session.flush()
    return made


def somebody(session: Session, name: str = "somebody") -> int:
    return meet_contact(session, "web", "test", name).id


def request_of(session: Session, contact_id: int, number: str) -> Request:
    made = Request(
        number=number,
        intake=number,
        service="training_signup",
        contact_id=contact_id,
        answers={},
    )
    session.add(made)
    session.flush()
    return made
