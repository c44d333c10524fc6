"""Unclear messages: kept without values, grouped by likeness, taught once, erased on request."""

from pathlib import Path

import pytest
import yaml

from models.catalogue.loader import load_catalogue
from models.contact import meet_contact
from models.database import Database
from models.person.erasure import erase_person
from models.understanding import (
    UnknownIntentError,
    clusters,
    dismiss,
    keep_unclear,
    teach,
    write_taught,
)


@pytest.fixture
def contact_id(database: Database) -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "test", "somebody").id


def keep(database: Database, contact_id: int, *texts: str) -> None:
    with database.unit_of_work() as session:
        for text in texts:
            keep_unclear(session, contact_id, text, "inform", 0.3)


def test_no_value_is_kept(database: Database, contact_id: int) -> None:
    keep(database, contact_id, "我叫〔姓名#3〕\n打 138 0000 0000 [x](y)")
    with database.reading() as session:
        (cluster,) = clusters(session)
        assert cluster.messages[0].text == "我叫〔姓名〕 打 〔号码〕 x y"


def test_the_same_words_are_counted(database: Database, contact_id: int) -> None:
    keep(database, contact_id, "那个啥能整不", "那个啥能整不", "  ")
    with database.reading() as session:
        (cluster,) = clusters(session)
        assert (cluster.times, cluster.guesses) == (2, ("inform",))


def test_likes_come_together_and_the_frequent_first(database: Database, contact_id: int) -> None:
    keep(database, contact_id, "后备箱怎么摆", "整个驾校的活", "整个驾校的活儿呗", "整个驾校的活")
    with database.reading() as session:
        texts = [[m.text for m in one.messages] for one in clusters(session)]
    assert texts == [["整个驾校的活", "整个驾校的活儿呗"], ["后备箱怎么摆"]]


def test_teaching_writes_what_training_reads(
    database: Database, contact_id: int, tmp_path: Path
) -> None:
    keep(database, contact_id, "整个驾校的活", "火星在哪")
    file = tmp_path / "nlu" / "taught.yml"
    with database.unit_of_work() as session:
        job, mars = clusters(session)
        teach(session, job.messages, "start_gig_search")
        dismiss(session, mars.messages)
        assert write_taught(session, file) == 1
        assert clusters(session) == []
    (block,) = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    assert block == {"intent": "start_gig_search", "examples": "- 整个驾校的活\n"}


def test_an_unknown_intent_is_refused(database: Database, contact_id: int) -> None:
    keep(database, contact_id, "整个驾校的活")
    with database.unit_of_work() as session, pytest.raises(UnknownIntentError):
        teach(session, clusters(session)[0].messages, "start_flying")


def test_erasing_a_person_takes_what_was_taught_too(
    database: Database, contact_id: int, tmp_path: Path
) -> None:
    keep(database, contact_id, "整个驾校的活")
    file = tmp_path / "taught.yml"
    with database.unit_of_work() as session:
        teach(session, clusters(session)[0].messages, "start_gig_search")
        write_taught(session, file)
        erase_person(session, load_catalogue(), [contact_id])
        assert write_taught(session, file) == 0
    assert not file.exists()
