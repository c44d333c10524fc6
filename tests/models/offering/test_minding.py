"""What happens to seats by themselves, where something is wrong with one of them."""

from sqlalchemy import select, text, update

from models.catalogue import load_catalogue
from models.database import Database, utc_now
from models.notification import Notification
from models.offering.minding import mind
from models.offering.offering import Slot
from models.offering.seat import book
from tests.models.offering.entering import offering, request_of, slot, somebody


def test_one_broken_seat_keeps_no_other_waiting(database: Database) -> None:
    with database.unit_of_work() as session:
        called_off = slot(session, offering(session), capacity=2).id
        people = [somebody(session, name) for name in ("broken", "whole")]
        requests = [request_of(session, who, f"PX-{who}").id for who in people]
        for who, request_id in zip(people, requests, strict=True):
            book(session, called_off, who, request_id)
        session.execute(update(Slot).values(cancelled_at=utc_now()))
        # Sealed with a key that is lost, say.
        broken = text("UPDATE request SET answers = 'nobody can read this' WHERE id = :id")
        session.execute(broken, {"id": requests[0]})
    assert mind(database, load_catalogue()) == 1
    with database.reading() as session:
        assert session.scalars(select(Notification.contact_id)).all() == [people[1]]
