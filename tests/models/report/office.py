"""An office with a month behind it: requests of several cities, in every state."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import load_catalogue
from models.contact import give_consent, meet_contact
from models.database import Database
from models.gig import register
from models.report import Month
from models.request import Request, RequestEvent, submit
from models.request_life import Mover, move
from models.staff import Role, Staff, create_staff

CATALOGUE = load_catalogue()
MONTH = Month.now().before
DAY = MONTH.begins + timedelta(days=10)


def ask(
    session: Session,
    who: str,
    city: str | None,
    code: str = "training_signup",
    state: str | None = None,
    at: datetime = DAY,
    part: str | None = None,
    **answers: Any,
) -> Request:
    """Make a request of somebody, at a moment, and bring it as far as `state`."""
    service = CATALOGUE.service(code)
    mine = meet_contact(session, "web", "", who).id
    given = {"home": {"city": city, "district": None}} if city else {}
    request = submit(session, service, mine, None, given | {"course": who} | answers, part=part)
    stored = request.request
    way = {"granted": ("accepted", "granted"), "refused": ("accepted", "refused"),
           "returned": ("returned",), "accepted": ("accepted",)}.get(state or "", ())  # fmt: skip
    if service.life.two_person and state in ("granted", "refused"):
        way = ("accepted", "reviewed", state)
    for number, step in enumerate(way):
        move(
            session, service, stored, RequestState(step), Mover(Actor.REVIEWER, number),
            reason="不合规定", has_seen_papers=True,
        )  # fmt: skip
    session.execute(update(Request).where(Request.id == stored.id).values(created_at=at))
    session.execute(update(RequestEvent).where(RequestEvent.request_id == stored.id).values(at=at))
    return stored


def live_a_month(database: Database) -> None:
    """Let 7 of 沈阳, 6 of 大连, 2 of 鞍山 and 1 of nowhere come; 6 of 沈阳 are granted."""
    with database.unit_of_work() as session:
        for number in range(7):
            ask(session, f"s{number}", "沈阳市", state="granted" if number else "refused")
        for number in range(6):
            ask(session, f"d{number}", "大连市", state="returned")
        for number in range(2):
            ask(session, f"a{number}", "鞍山市", state="accepted")
        ask(session, "n", None)
        for number, identity in enumerate((["高校毕业生"], ["农民工"], ["高校毕业生", "残疾人"])):
            ask(
                session, f"g{number}", "沈阳市", "startup_subsidies", "granted",
                part="one_time_startup", identity=identity,
            )  # fmt: skip
        mine = meet_contact(session, "web", "", "worker").id
        consent = give_consent(session, mine, "gig_registration", "1")
        registered = register(
            session, contact_id=mine, consent_id=consent.id, name="王芳", mobile="13800000000",
            city="沈阳市", district=None, work_kinds=["保洁"], available="周末",
        )  # fmt: skip
        registered.created_at = DAY


def admin(database: Database, name: str = "admin") -> Staff:
    """Employ somebody who may submit a month."""
    with database.unit_of_work() as session:
        return create_staff(session, name, Role.ADMIN, password="correct-horse")
