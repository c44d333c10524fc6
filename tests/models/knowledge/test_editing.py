"""Changes by staff count in every process with the next question, and are written down."""

import time
from collections.abc import Callable

import pytest

from models.database import Database
from models.knowledge.citation import Hit
from models.knowledge.document import Clause, DocumentStatus, PolicyDocument
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import EditError, set_lead, set_picture, set_status
from models.knowledge.edits import edits
from models.knowledge.importing import import_document
from models.knowledge.search import Knowledge
from models.knowledge.synonyms import SynonymError, remove_synonym, set_synonym

TEXT = "一、租房\n青年驿站免费住7天。\n二、培训\n技能培训按规定给予补贴。\n"


@pytest.fixture
def document_id(database: Database) -> int:
    with database.unit_of_work() as session:
        return import_document(session, draft_text(TEXT, About("青年办法"))).document_id


def first_clause(database: Database, document_id: int) -> Clause:
    with database.reading() as session:
        return session.get_one(PolicyDocument, document_id).clauses[0]


@pytest.mark.parametrize(
    "status", [DocumentStatus.WITHDRAWN, DocumentStatus.EXPIRED, DocumentStatus.DRAFT]
)
def test_what_is_out_of_force_answers_nowhere_at_once(
    database: Database, document_id: int, status: DocumentStatus
):
    one, other = Knowledge(database, None), Knowledge(database, None)
    assert one.search("青年驿站住几天")
    assert other.search("青年驿站住几天")
    clause = first_clause(database, document_id)
    with database.unit_of_work() as session:
        set_status(session, document_id, status, "王编辑")
    for knowledge in (one, other):
        assert knowledge.search("青年驿站住几天") == []
        assert knowledge.clause(clause.id) is None
    with database.unit_of_work() as session:
        set_status(session, document_id, DocumentStatus.IN_FORCE, "王编辑")
        assert [edit.now for edit in edits(session, document_id=document_id)] == [
            "in_force",
            status,
        ]
    assert one.search("青年驿站住几天")


def test_a_changed_text_names_the_version_after_it(database: Database, document_id: int):
    knowledge = Knowledge(database, None)
    assert "7天" in knowledge.search("青年驿站")[0].citation.text
    with database.unit_of_work() as session:
        changed = draft_text(TEXT.replace("7天", "10天"), About("青年办法"))
        now = import_document(session, changed).document_id
        former = session.get_one(PolicyDocument, document_id)
        assert (former.status, former.replaced_by_id) == (DocumentStatus.REPLACED, now)
    texts = [hit.citation.text for hit in knowledge.search("青年驿站")]
    assert any("10天" in text for text in texts)
    assert not any("7天" in text for text in texts)


def test_a_document_is_replaced_by_another_one_only(database: Database, document_id: int):
    with database.unit_of_work() as session:
        for successor in (None, document_id, 999):
            with pytest.raises(EditError):
                set_status(
                    session, document_id, DocumentStatus.REPLACED, "王", replaced_by_id=successor
                )
        with pytest.raises(EditError, match="没有编号"):
            set_status(session, 999, DocumentStatus.WITHDRAWN, "王")


def test_plain_words_hold_no_figure_of_their_own(database: Database, document_id: int):
    clause = first_clause(database, document_id)
    with database.unit_of_work() as session:
        assert set_lead(session, clause.id, "来找工作的年轻人，7天不花钱。", "王").lead
        with pytest.raises(EditError, match="数字"):
            set_lead(session, clause.id, "能免费住15天。", "王")
        assert set_lead(session, clause.id, " ", "王").lead is None


def test_a_picture_is_ours_or_comes_over_https(database: Database, document_id: int):
    clause = first_clause(database, document_id)
    with database.unit_of_work() as session:
        assert set_picture(session, clause.id, "/static/a.png", "王").picture == "/static/a.png"
        for address in ("javascript:alert(1)", "//evil.example/a.png", "http://a/b.png"):
            with pytest.raises(EditError):
                set_picture(session, clause.id, address, "王")


def soon(look: Callable[[], Hit], is_so: Callable[[Hit], bool]) -> Hit:
    """Look until it is so: what is new may take five seconds (another thread builds the index)."""
    until = time.monotonic() + 5
    while not is_so(hit := look()):
        assert time.monotonic() < until, hit
        time.sleep(0.05)
    return hit


def test_a_name_that_was_taught_finds_what_its_own_name_finds(database: Database, document_id: int):
    with database.unit_of_work() as session:
        set_synonym(session, "落脚点", "青年驿站", "王")
    knowledge = Knowledge(database, None)
    named, taught = (knowledge.search(f"{name}住几天", 2) for name in ("青年驿站", "落脚点"))
    assert [hit.score for hit in taught] == [hit.score for hit in named]


def test_a_synonym_counts_at_once_and_is_gone_at_once(database: Database, document_id: int):
    knowledge = Knowledge(database, None)
    before = knowledge.search("落脚点", 1)[0].words
    with database.unit_of_work() as session:
        set_synonym(session, "落脚点", "青年驿站", "王")
    hit = soon(lambda: knowledge.search("落脚点", 1)[0], lambda hit: hit.words > before)
    assert "驿站" in hit.citation.text
    assert "打零工" in knowledge.synonyms.entries
    with database.unit_of_work() as session:
        assert remove_synonym(session, "落脚点", "王")
        assert not remove_synonym(session, "落脚点", "王")
    soon(lambda: knowledge.search("落脚点", 1)[0], lambda hit: hit.words == before)
    with database.unit_of_work() as session, pytest.raises(SynonymError):
        set_synonym(session, "啊", "驿站", "王")
