"""Erasing: nothing of a person is left in any table, sealed or not; nobody else loses a word."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from models import handoff
from models.catalogue.life import Actor, RequestState
from models.conversation import Conversation
from models.database import Database
from models.delivery import Delivery, DeliveryState
from models.handoff import HandoffReason
from models.message import Message
from models.person.erasure import WithStaffError, check_no_staff, erase_person
from models.person.ties import theirs, tied
from models.request import requests_of
from models.request_life import Mover, move
from models.tables import metadata
from tests.models.person.life import CATALOGUE, MOBILE, NAME, SECRETS, live


def everything(database: Database) -> str:
    """All that stands in the database, what is sealed opened."""
    with database.reading() as session:
        return "\n".join(
            str(row)
            for table in metadata.sorted_tables
            for row in session.execute(select(table)).all()
        )


def _erase(database: Database, contact_id: int, *, forget_door: bool = True) -> tuple[str, ...]:
    with database.unit_of_work() as session:
        return erase_person(session, CATALOGUE, [contact_id], forget_door=forget_door)


def test_nothing_is_left(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    before = everything(database)
    assert all(secret in before for secret in SECRETS)
    assert _erase(database, mine) == ()
    after = everything(database)
    assert [secret for secret in (*SECRETS, "openid-of-somebody") if secret in after] == []


def test_nobody_else_loses_a_row(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    other = live(database, tmp_path, "other")

    def rows() -> list[list[object]]:
        with database.reading() as session:
            return [
                list(session.execute(select(table).where(theirs(table, [other]))).all())
                for table in tied()
            ]

    before = rows()
    # The guard of this test: there is something in every kind of table.
    filled = {table.name for table, found in zip(tied(), before, strict=True) if found}
    assert filled >= {"draft", "request", "note", "material", "notification", "knowledge_gap"}
    _erase(database, mine)
    assert rows() == before


def test_what_is_on_its_way_does_not_leave_any_more(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    _erase(database, mine)
    with database.reading() as session:
        states = set(session.scalars(select(Delivery.state)))
        assert states == {DeliveryState.FAILED}
        assert set(session.scalars(select(Message.source_key))) == {None}


def test_what_the_law_keeps_stays_and_is_told(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    with database.unit_of_work() as session:
        granted = requests_of(session, mine)[0]
        service = CATALOGUE.service(granted.service)
        for state, who in (("accepted", 1), ("reviewed", 1), ("granted", 2)):
            mover = Mover(Actor.REVIEWER, who)
            move(session, service, granted, RequestState(state), mover, has_seen_papers=True)
    assert _erase(database, mine) == (granted.number,)
    with database.reading() as session:
        (kept,) = requests_of(session, mine)
        assert kept.answers["name"] == NAME
        # Whoever has something kept is found again by their door.
        assert "openid-of-somebody" in everything(database)


def test_a_case_with_staff_comes_first(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    with database.unit_of_work() as session:
        check_no_staff(session, [mine])
        conversation = session.scalars(select(Conversation)).one()
        handoff.request(session, conversation, HandoffReason.ASKED)
    with database.reading() as session, pytest.raises(WithStaffError):
        check_no_staff(session, [mine])


def test_twice_is_once(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    _erase(database, mine, forget_door=False)
    count = select(func.count(Message.id))
    with database.reading() as session:
        before = session.scalar(count)
    _erase(database, mine, forget_door=False)
    with database.reading() as session:
        assert session.scalar(count) == before
    assert MOBILE not in everything(database)
