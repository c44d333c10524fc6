"""Canned replies: editors write them, agents find them, a lapsed clause makes them red."""

from datetime import timedelta

import pytest

from models.canned_reply import CannedReply, find_canned
from models.knowledge.document import Clause, DocumentStatus, PolicyDocument
from models.staff import Role
from models.working_days import china_today
from tests.webhook.staff.conftest import Browser, Office

LAPSED = "已失效"


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.desk_of("bian", Role.EDITOR)


def clause(office: Office) -> int:
    with office.database.unit_of_work() as work:
        document = PolicyDocument(title="补贴办法", content_hash="x", original="", published="")
        document.clauses = [Clause(position=1, path="一", text="给予一次性创业补贴。")]
        work.add(document)
        work.flush()
        return document.clauses[0].id


def kept(office: Office) -> list[CannedReply]:
    with office.database.reading() as session:
        return find_canned(session)


def test_an_editor_writes_changes_and_deletes(office: Office, editor: Browser) -> None:
    fields = {"shortcut": "/问候", "title": "问候", "text": "您好，我是{坐席}。"}
    assert editor.post("/staff/canned", **fields).status_code == 303
    (one,) = kept(office)
    changed = fields | {"shortcut": "您好", "text": "您好！"}
    assert editor.post(f"/staff/canned/{one.id}", **changed).status_code == 303
    assert [(one.shortcut, one.text) for one in kept(office)] == [("您好", "您好！")]
    editor.post("/staff/canned", **(fields | {"shortcut": "再见"}))
    refused = editor.post(f"/staff/canned/{one.id}", **(changed | {"shortcut": "再见"}))
    assert refused.status_code == 422 and "已经用在" in refused.text
    editor.post(f"/staff/canned/{one.id}", deed="delete")
    assert [one.shortcut for one in kept(office)] == ["再见"]
    assert "删常用语" in office.desk_of("shen", Role.AUDITOR).get("/staff/audit").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"shortcut": "a b", "title": "t", "text": "x"}, "快捷词"),
        ({"shortcut": "a", "title": "t", "text": "{金额}"}, "不认识"),
        ({"shortcut": "a", "title": "t", "text": "x", "clause": "999"}, "重新选"),
    ],
)
def test_what_cannot_be_kept_is_told_and_stays_in_the_form(
    office: Office, editor: Browser, fields: dict[str, str], told: str
) -> None:
    refused = editor.post("/staff/canned", **fields)
    assert refused.status_code == 422 and told in refused.text
    assert f'value="{fields["shortcut"]}"' in refused.text
    assert kept(office) == []


def test_a_lapsed_clause_makes_what_rests_on_it_red(office: Office, editor: Browser) -> None:
    resting = clause(office)
    fields = {"shortcut": "补贴", "title": "补贴", "text": "有补贴。", "clause": resting}
    editor.post("/staff/canned", **fields)
    assert LAPSED not in editor.get("/staff/canned").text
    for change in ("status", "valid_until"):
        with office.database.unit_of_work() as work:
            document = work.get_one(Clause, resting).document
            document.status = DocumentStatus.IN_FORCE
            document.valid_until = None
            if change == "status":
                document.status = DocumentStatus.REPLACED
            else:
                document.valid_until = china_today() - timedelta(days=1)
        assert LAPSED in editor.get("/staff/canned").text
    with office.database.unit_of_work() as work:
        work.delete(work.get_one(Clause, resting).document)
    assert "条款已删除" in editor.get("/staff/canned").text


def test_agents_use_them_and_do_not_write_them(office: Office, editor: Browser) -> None:
    agent = office.desk_of("xiaowang")
    assert agent.post("/staff/canned", shortcut="a", title="t", text="x").status_code == 403
    assert agent.get("/staff/canned").status_code == 403


def test_an_empty_library_is_begun_in_one_click(office: Office, editor: Browser) -> None:
    assert "放进现成的" in editor.get("/staff/canned").text
    editor.post("/staff/canned", shortcut="稍等", title="自己的", text="请稍等。")
    assert "放进现成的" not in editor.get("/staff/canned").text
    assert editor.post("/staff/canned/begin").status_code == 303
    begun = kept(office)
    assert len(begun) > 10
    assert [one.text for one in begun if one.shortcut == "稍等"] == ["请稍等。"]
    editor.post("/staff/canned/begin")
    assert len(kept(office)) == len(begun)


def test_agents_do_not_begin_the_library(office: Office) -> None:
    assert office.desk_of("xiaowang").post("/staff/canned/begin").status_code == 403
    assert kept(office) == []
