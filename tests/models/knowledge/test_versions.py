"""A changed text follows the one before; nothing an editor did to it is lost."""

import pytest
from sqlalchemy import select

from models.database import Database
from models.knowledge.document import DocumentStatus, PolicyDocument
from models.knowledge.draft import About, ImportRefused, draft_text
from models.knowledge.editing import EditError, set_lead
from models.knowledge.importing import Imported, Outcome, import_document
from models.knowledge.versions import Change, changes, continued, former_of, put_in_force

TEXT = "一、申请\n申请人年满18周岁。\n二、地点\n市民大厅。\n"
CHANGED = "一、申请\n申请人年满16周岁。\n二、地点\n市民大厅。\n三、期限\n一年。\n"
ABOUT = About(title="试行办法")


def brought(database: Database, text: str, about: About = ABOUT, **known) -> Imported:
    with database.reading() as session:
        draft = continued(session, draft_text(text, about, **known))
    with database.unit_of_work() as session:
        return import_document(session, draft)


def statuses(database: Database) -> list[DocumentStatus]:
    with database.reading() as session:
        return list(session.scalars(select(PolicyDocument.status).order_by(PolicyDocument.id)))


def test_the_differences_are_told_clause_by_clause(database: Database):
    brought(database, TEXT)
    now = brought(database, CHANGED)
    with database.reading() as session:
        document = session.get_one(PolicyDocument, now.document_id)
        former = former_of(session, document)
        assert former is not None
        assert former.original == TEXT
        assert changes(former, document) == [
            Change("一-1", "申请人年满18周岁。", "申请人年满16周岁。"),
            Change("三-1", "", "一年。"),
        ]
        assert changes(document, former)[-1] == Change("三-1", "一年。", "")


def test_a_clause_that_has_not_changed_keeps_its_lead_and_questions(sqlite_database: Database):
    first = brought(sqlite_database, TEXT)
    with sqlite_database.unit_of_work() as session:
        age, place = session.get_one(PolicyDocument, first.document_id).clauses
        set_lead(session, place.id, "到市民大厅办。", "editor")
        set_lead(session, age.id, "成年就行。", "editor")
        place.question = "在哪办"
    now = brought(sqlite_database, CHANGED)
    with sqlite_database.reading() as session:
        kept = {
            clause.path: (clause.lead, clause.question)
            for clause in session.get_one(PolicyDocument, now.document_id).clauses
        }
    assert kept == {"一": (None, None), "二": ("到市民大厅办。", "在哪办"), "三": (None, None)}


def test_a_new_version_holds_where_the_one_before_did(sqlite_database: Database):
    known = About(title="试行办法", issuer="市局", region="辽宁省沈阳市", audience=("毕业生",))
    brought(sqlite_database, TEXT, known)
    now = brought(sqlite_database, CHANGED, About(title="试行办法", region="辽宁省沈阳市"))
    with sqlite_database.reading() as session:
        document = session.get_one(PolicyDocument, now.document_id)
        assert (document.issuer, document.region) == ("市局", "辽宁省沈阳市")
        assert document.audience == ["毕业生"]


def test_the_same_title_elsewhere_is_another_document(sqlite_database: Database):
    brought(sqlite_database, TEXT, About(title="试行办法", region="辽宁省沈阳市"))
    other = brought(sqlite_database, CHANGED, About(title="试行办法", region="辽宁省大连市"))
    assert other.outcome is Outcome.CREATED
    assert statuses(sqlite_database) == [DocumentStatus.IN_FORCE, DocumentStatus.IN_FORCE]


@pytest.mark.parametrize(("first", "second"), [(None, "辽宁省沈阳市"), ("辽宁省沈阳市", None)])
def test_a_citys_text_and_the_provinces_stand_side_by_side(
    sqlite_database: Database, first: str | None, second: str | None
):
    brought(sqlite_database, TEXT, About(title="试行办法", region=first))
    about = About(title="试行办法", region=second)
    draft = brought(sqlite_database, CHANGED, about, status=DocumentStatus.DRAFT)
    with sqlite_database.unit_of_work() as session:
        document = put_in_force(session, draft.document_id, "editor")
        assert former_of(session, document) is None
    other = "一、申请\n申请人年满20周岁。\n"
    assert brought(sqlite_database, other, about).outcome is Outcome.REPLACED
    assert statuses(sqlite_database) == [
        DocumentStatus.IN_FORCE, DocumentStatus.REPLACED, DocumentStatus.IN_FORCE
    ]  # fmt: skip


def test_a_draft_replaces_the_version_in_force_when_it_comes_into_force(database: Database):
    brought(database, TEXT)
    draft = brought(database, CHANGED, status=DocumentStatus.DRAFT)
    again = brought(database, CHANGED, status=DocumentStatus.DRAFT)
    assert again.outcome is Outcome.UNCHANGED
    assert statuses(database) == [DocumentStatus.IN_FORCE, DocumentStatus.DRAFT]
    with database.reading() as session:
        former = former_of(session, session.get_one(PolicyDocument, draft.document_id))
        assert former is not None
    with database.unit_of_work() as session:
        put_in_force(session, draft.document_id, "editor")
    assert statuses(database) == [DocumentStatus.REPLACED, DocumentStatus.IN_FORCE]


def test_a_document_can_be_said_to_have_expired(sqlite_database: Database):
    brought(sqlite_database, TEXT)
    assert brought(sqlite_database, TEXT, status=DocumentStatus.EXPIRED).outcome is Outcome.UPDATED
    assert statuses(sqlite_database) == [DocumentStatus.EXPIRED]


def test_an_earlier_text_can_be_brought_back(sqlite_database: Database):
    brought(sqlite_database, TEXT)
    brought(sqlite_database, CHANGED)
    assert brought(sqlite_database, TEXT).outcome is Outcome.REPLACED
    assert statuses(sqlite_database)[-1] is DocumentStatus.IN_FORCE


def test_what_is_not_there_cannot_come_into_force(sqlite_database: Database):
    with pytest.raises(EditError), sqlite_database.unit_of_work() as session:
        put_in_force(session, 99, "editor")


@pytest.mark.parametrize("known", [{"title": " "}, {"title": "长" * 301}, {"region": "长" * 51}])
def test_facts_that_cannot_be_stored_are_refused(known: dict[str, str]):
    with pytest.raises(ImportRefused):
        About(**{"title": "试行办法"} | known)
