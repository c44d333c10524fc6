"""The knowledge room on a real database: what editors change counts with the next question."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from models.knowledge.document import Clause, DocumentStatus, PolicyDocument
from models.knowledge.edits import PolicyEdit
from models.knowledge.feedback import rate_answer
from models.knowledge.gaps import Gap, file_gap
from models.knowledge.words import words
from models.staff import Role
from tests.webhook.staff.conftest import Browser, Office
from webhook.background import give_meaning
from webhook.staff.knowledge import importing

ROOM = "/staff/knowledge"
TEXT = "一、住房\n青年驿站免费住7天。\n二、培训\n技能培训按规定给予补贴。\n"


@pytest.fixture
def editor(office: Office) -> Browser:
    # The first words of a process take a second to load; no test is about that.
    words("预热")
    return office.desk_of("wang", Role.EDITOR)


def bring(editor: Browser, **fields: Any) -> Any:
    given = {"title": "青年办法", "text": TEXT, "status": "in_force"} | fields
    return editor.post(f"{ROOM}/import", **given)


def first_clause(office: Office) -> Clause:
    with office.database.reading() as session:
        return session.scalars(select(Clause).order_by(Clause.id)).first()


def statuses(office: Office) -> list[DocumentStatus]:
    with office.database.reading() as session:
        return list(session.scalars(select(PolicyDocument.status).order_by(PolicyDocument.id)))


def tried(editor: Browser, question: str) -> str:
    return editor.get(f"{ROOM}/try", query_string={"q": question}).text


def test_an_editor_begins_at_the_documents(editor: Browser) -> None:
    page = editor.get("/staff/", follow_redirects=True)
    assert "还没有文件" in page.text


def test_a_pasted_text_answers_once_it_is_in_force(office: Office, editor: Browser) -> None:
    sent = bring(
        editor, status="draft", issuer="市团委", number="青〔2024〕1号", valid_until="2030-12-31"
    )
    assert sent.status_code == 303
    page = editor.get(sent.location).text
    assert "草稿" in page and "市团委" in page and "青年驿站免费住7天" in page
    assert "青年驿站免费" not in tried(editor, "青年驿站住几天")
    editor.post(re.sub(r"\?.*", "/status", sent.location), status="in_force")
    assert "「青年驿站免费住7天。」" in tried(editor, "青年驿站住几天")
    editor.post(re.sub(r"\?.*", "/status", sent.location), status="withdrawn")
    assert "青年驿站免费" not in tried(editor, "青年驿站住几天")


def test_a_changed_text_is_a_version_with_its_changes(office: Office, editor: Browser) -> None:
    bring(editor)
    page = editor.get(bring(editor, text=TEXT.replace("7天", "10天")).location).text
    assert statuses(office) == [DocumentStatus.REPLACED, DocumentStatus.IN_FORCE]
    assert "和这一版比" in page
    changes = editor.get(f"{ROOM}/documents/2/changes").text
    assert "<del>7</del>" in changes and "<ins>10</ins>" in changes


def test_what_is_known_about_a_document_can_be_changed(office: Office, editor: Browser) -> None:
    bring(editor)
    wrong = {"title": "青年办法", "valid_from": "2025-01-01", "valid_until": "2024-01-01"}
    refused = editor.post(f"{ROOM}/documents/1/facts", **wrong)
    assert refused.status_code == 422 and "早于生效日期" in refused.text
    assert editor.post(f"{ROOM}/documents/1/facts", title=" ").status_code == 422
    facts = {"title": "青年新办法", "region": "辽宁省大连市", "audience": "高校毕业生、农民工"}
    editor.post(f"{ROOM}/documents/1/facts", **facts)
    with office.database.reading() as session:
        document = session.get_one(PolicyDocument, 1)
        assert document.audience == ["高校毕业生", "农民工"]
        assert (document.title, document.region) == ("青年新办法", "辽宁省大连市")
    assert "青年办法" in editor.get(f"{ROOM}/history").text


def test_noise_is_shown_and_goes_when_confirmed(office: Office, editor: Browser) -> None:
    text = "一、住房\n青年驿站免费住7天创业项目优势,先到先住。\n"
    page = editor.get(bring(editor, text=text).location).text
    assert "<mark>创业项目优势</mark>" in page
    none = editor.post(f"{ROOM}/documents/1/noise")
    assert none.status_code == 422
    done = editor.post(f"{ROOM}/documents/1/noise", number="1")
    page = editor.get(done.location).text
    assert "<mark>创业项目优势" not in page and "和原文件不同的地方" in page
    assert "创业项目优势" not in tried(editor, "青年驿站住几天")


def test_plain_words_picture_and_questions_of_a_clause(office: Office, editor: Browser) -> None:
    bring(editor)
    here = f"{ROOM}/clauses/{first_clause(office).id}"
    refused = editor.post(here, lead="能免费住15天。", questions="")
    assert refused.status_code == 422
    assert "原文没有的数字" in refused.text and "能免费住15天。" in refused.text
    drawing = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawing, "PNG")
    drawing.seek(0)
    sent = editor.post(
        here,
        lead="来找工作的年轻人能先住下。",
        questions="外地来面试住哪\n外地来面试住哪\n落脚的地方",
        picture=(drawing, "a.png"),
    )
    page = editor.get(sent.location).text
    assert "来找工作的年轻人能先住下。\n「青年驿站" in page
    picture = re.search(r'src="(/m/pictures/[0-9a-f]{64})"', page)
    assert picture and editor.get(picture[1]).mimetype == "image/png"
    assert "「青年驿站免费住7天。」" in tried(editor, "落脚的地方")
    clause = first_clause(office)
    assert clause.question == "外地来面试住哪\n落脚的地方"
    assert clause.embedding
    wrong = {"lead": "", "questions": "", "picture": (io.BytesIO(b"MZ"), "a.png")}
    assert editor.post(here, **wrong).status_code == 422


def test_a_synonym_counts_with_the_next_question(office: Office, editor: Browser) -> None:
    bring(editor)
    sent = editor.post(f"{ROOM}/synonyms", says="蹭住 落脚点", means="青年驿站")
    assert sent.status_code == 303
    assert "落脚点 → " in tried(editor, "有没有落脚点")
    assert editor.post(f"{ROOM}/synonyms", says="落", means="驿站").status_code == 422
    assert editor.post(f"{ROOM}/synonyms", says="结婚登记", means="").status_code == 422
    editor.post(f"{ROOM}/synonyms", says="落脚点", deed="remove")
    assert "落脚点 → " not in tried(editor, "有没有落脚点")
    with office.database.reading() as session:
        edits = session.scalars(select(PolicyEdit).where(PolicyEdit.field == "synonym")).all()
    assert [(one.former, one.now) for one in edits] == [
        ("", "蹭住 → 青年驿站"),
        ("", "落脚点 → 青年驿站"),
        ("落脚点 → 青年驿站", ""),
    ]
    assert {one.changed_by for one in edits} == {"wang"}


def test_an_open_question_becomes_an_answer_the_chat_gives(office: Office, editor: Browser) -> None:
    bring(editor)
    with office.database.unit_of_work() as session:
        for asked in ("公积金怎么提取", "公积金提取怎么弄", "狗证去哪办"):
            file_gap(session, asked, "not_found")
    page = editor.get(f"{ROOM}/questions").text
    assert "公积金" in page and "狗证去哪办" in page
    form = re.search(r'href="(/staff/knowledge/questions/answer\?[^"]+)"', page)
    assert form
    assert "公积金提取怎么弄" in editor.get(form[1].replace("&amp;", "&")).text
    answer = {
        "gap": ["1", "2"],
        "title": "公积金怎么提取？",
        "answer": "公积金由住房公积金管理中心办理提取，请带身份证到中心窗口。",
    }
    without = editor.post(f"{ROOM}/questions/answer", **answer)
    assert without.status_code == 422 and "没有依据" in without.text
    sent = editor.post(f"{ROOM}/questions/answer", **answer, source="市公积金中心 12329 答复")
    assert sent.status_code == 303
    answered = tried(editor, "公积金提取怎么弄")
    assert "请带身份证到中心窗口" in answered and "市公积金中心 12329 答复" in answered
    left = editor.get(f"{ROOM}/questions").text
    assert "公积金" not in left and "狗证去哪办" in left
    editor.post(f"{ROOM}/questions/close", gap="3")
    assert "没有未答的问题" in editor.get(f"{ROOM}/questions").text


def test_a_question_that_only_sounds_alike_is_left_open(office: Office, editor: Browser) -> None:
    asked = ("求职补贴给多少钱", "创业补贴给多少钱")
    with office.database.unit_of_work() as session:
        for one in asked:
            file_gap(session, one, "not_stated")
    answer = {
        "gap": ["1", "2"], "picks": "1", "title": asked[0],
        "answer": "每人1000元。", "source": "市人社局答复",
    }  # fmt: skip
    shown = editor.get(f"{ROOM}/questions/answer?gap=1&gap=2").text
    assert all(f'value="{one}" form="answer-form" checked' in shown for one in asked)
    none = editor.post(f"{ROOM}/questions/answer", **answer)
    assert none.status_code == 422 and "至少留一种" in none.text
    sent = editor.post(f"{ROOM}/questions/answer", **answer, wording=asked[0])
    assert sent.status_code == 303
    left = editor.get(f"{ROOM}/questions").text
    assert asked[0] not in left and asked[1] in left
    with office.database.reading() as session:
        entry = session.scalars(select(Clause).where(Clause.source == "市人社局答复")).one()
    assert asked[1] not in (entry.question or "")


def test_a_draft_answer_leaves_its_questions_open(office: Office, editor: Browser) -> None:
    with office.database.unit_of_work() as session:
        file_gap(session, "公积金怎么提取", "not_found")
    editor.post(
        f"{ROOM}/questions/answer",
        gap="1",
        title="公积金怎么提取",
        answer="到中心窗口办理。",
        source="中心答复",
        status="draft",
    )
    assert statuses(office) == [DocumentStatus.DRAFT]
    assert "公积金怎么提取" in editor.get(f"{ROOM}/questions").text


def test_a_clause_that_answers_already_learns_the_question(office: Office, editor: Browser) -> None:
    bring(editor)
    with office.database.unit_of_work() as session:
        file_gap(session, "外地人来面试能先住下不", "not_found")
    clause = first_clause(office)
    editor.post(f"{ROOM}/questions/point", gap="1", clause=str(clause.id))
    assert first_clause(office).question == "外地人来面试能先住下不"
    with office.database.reading() as session:
        assert session.get_one(Gap, 1).answered_by_id == clause.id
    assert "「青年驿站免费住7天。」" in tried(editor, "外地人来面试能先住下不")
    assert editor.post(f"{ROOM}/questions/point", gap="1", clause="999").status_code == 422


def test_what_people_said_of_answers_is_counted(office: Office, editor: Browser) -> None:
    bring(editor)
    with office.database.unit_of_work() as session:
        rate_answer(session, 1, useful=False, question="驿站在哪")
        rate_answer(session, 1, useful=True)
    page = editor.get(f"{ROOM}/feedback").text
    assert "有用 1 次，没用 1 次" in page and "青年驿站免费住7天" in page


_BOMB = b"PK\x03\x04" + b"\0" * 200


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("说明.docx", _BOMB, "."),
        ("说明.pdf", b"just words", "对不上"),
        ("图.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "图片"),
        ("大.txt", "长".encode() * 50_000, "20 MB"),
        ("空.txt", b"", "."),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing_behind(
    office: Office,
    editor: Browser,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    data: bytes,
    told: str,
) -> None:
    monkeypatch.setattr(importing, "FILE_BYTES", 100_000)
    sent = editor.post(f"{ROOM}/import", file=(io.BytesIO(data), name), title="")
    assert sent.status_code == 422
    alert = re.search(r'role="alert">([^<]+)<', sent.text)
    assert alert and name in alert[1] and re.search(told, alert[1])
    assert statuses(office) == []


def test_a_file_brings_its_name_as_title(office: Office, editor: Browser) -> None:
    file = (io.BytesIO(TEXT.encode()), "青年办法.txt")
    sent = editor.post(f"{ROOM}/import", file=file, title="", status="in_force")
    assert sent.status_code == 303
    with office.database.reading() as session:
        document = session.get_one(PolicyDocument, 1)
        assert (document.title, document.source) == ("青年办法", "青年办法.txt")


def test_what_is_not_there_is_a_clear_no(editor: Browser) -> None:
    for path in ("documents/9", "documents/9/changes", "clauses/9"):
        assert editor.get(f"{ROOM}/{path}").status_code == 404
    assert editor.post(f"{ROOM}/documents/9/status", status="in_force").status_code == 404
    assert editor.get(f"{ROOM}/documents?page=99999999999999999999&status=x").status_code == 200


def test_a_large_text_gets_its_meaning_behind_the_scenes(
    office: Office, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_AT_ONCE", 10)
    page = editor.get(bring(editor).location).text
    assert "还有 2 条没算好语义" in page
    assert "青年驿站免费住7天" in tried(editor, "青年驿站住几天")
    give_meaning(office.app.extensions["services"])
    assert "没算好语义" not in editor.get(f"{ROOM}/documents/1").text
    assert first_clause(office).embedding
