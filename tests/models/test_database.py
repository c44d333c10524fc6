"""Rows stored at once are the session's, and writers of several processes take turns."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models.contact import Contact, meet_contact
from models.database import Database, store, utc_now
from models.draft import Draft

_ROUNDS = 40
# Reads a number, and writes it one higher: whoever is not alone loses a step.
_COUNTS = """
import sys
from sqlalchemy import text
from models.database import Database
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.unit_of_work() as session:
        number = session.scalar(text("SELECT number FROM counted"))
        session.execute(text("UPDATE counted SET number = :new"), {"new": number + 1})
"""
_HOLDS = """
import sys, time
from sqlalchemy import text
from models.database import Database
with Database(sys.argv[1]).unit_of_work() as session:
    session.execute(text("UPDATE counted SET number = 99"))
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_stored_row_belongs_to_the_session(database: Database) -> None:
    with database.unit_of_work() as session:
        contact = meet_contact(session, "web", "", "me")
        draft = Draft(contact_id=contact.id, service="loan", answers={"name": "王芳"})
        store(session, draft)
        assert draft.id is not None
        assert session.get(Draft, draft.id) is draft
        # What was left out has its default.
        assert draft.active is True
        assert draft.created_at <= utc_now()
        draft.asked = "mobile"
    with database.reading() as session:
        (kept,) = session.scalars(select(Draft))
        assert (kept.asked, kept.answers) == ("mobile", {"name": "王芳"})


def test_a_row_the_table_refuses_is_not_stored(database: Database) -> None:
    with database.unit_of_work() as session:
        meet_contact(session, "web", "", "me")
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        store(session, Contact(channel="web", account="", external_id="me"))
    with database.unit_of_work() as session:
        store(session, Contact(channel="web", account="", external_id="other"))
        assert len(session.scalars(select(Contact)).all()) == 2


@pytest.fixture
def counted(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'counted.db'}"
    with Database(url).unit_of_work() as session:
        session.execute(text("CREATE TABLE counted (number INTEGER)"))
        session.execute(text("INSERT INTO counted VALUES (0)"))
    return url


def _number(url: str) -> int:
    with Database(url).reading() as session:
        return int(session.scalar(text("SELECT number FROM counted")) or 0)


def test_processes_take_turns_at_writing(counted: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _COUNTS, counted, str(_ROUNDS)]) for _ in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert _number(counted) == 3 * _ROUNDS


def test_a_writer_that_is_killed_holds_nobody_up(counted: str) -> None:
    holds = [sys.executable, "-c", _HOLDS, counted]
    with subprocess.Popen(holds, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        writer.kill()
    with Database(counted).unit_of_work() as session:
        session.execute(text("UPDATE counted SET number = number + 1"))
    assert _number(counted) == 1
