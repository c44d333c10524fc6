"""The editing loop in real Chromium: what a person could not be told becomes what they are told."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models.knowledge.document import DocumentStatus, PolicyDocument
from models.knowledge.editing import set_status
from models.knowledge.synonyms import remove_synonym
from models.staff import Role, find_staff
from tests.e2e.browser import Citizen, Official, chromium, needs_chromium, violations
from tests.e2e.conftest import MACHINES
from tests.e2e.stack import Stack
from tests.models.staffing import official

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.parametrize("stack", MACHINES[-1:], indirect=True),
]

EDITOR = "bianji"
ROOM = "/staff/knowledge"
TAUGHT = "开张红包"
WITHIN = 5.0  # seconds in which a change reaches every process

RULES = """沈阳市重点群体创业补贴实施细则

一、补贴对象
（一）在沈阳市首次创办小微企业的毕业年度高校毕业生。
二、补贴标准
（一）一次性创业补贴为每户8000元，每人只享受一次。
（二）创业场地补贴每年不超过6000元，最长3年。
三、办理地点
（一）向注册地的区县人力资源和社会保障局申请。
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def editor(browser: Browser, stack: Stack) -> Iterator[Page]:
    """An editor's screen; what they bring answers nobody on this stack afterwards."""
    with stack.database() as database, database.unit_of_work() as work:
        if find_staff(work, EDITOR) is None:
            official(work, EDITOR, Role.EDITOR).must_change_password = False
    page = Official(browser, stack.url, EDITOR).page
    page.on("dialog", lambda dialog: dialog.accept())
    with stack.database() as database:
        with database.reading() as session:
            before = set(session.scalars(select(PolicyDocument.id)))
        yield page
        with database.unit_of_work() as work:
            for one in work.scalars(select(PolicyDocument)).all():
                if one.id not in before and one.status is DocumentStatus.IN_FORCE:
                    set_status(work, one.id, DocumentStatus.WITHDRAWN, EDITOR)
            remove_synonym(work, TAUGHT, EDITOR)


def told(citizen: Citizen, question: str) -> str:
    """What the assistant answers to a question."""
    citizen.asks(question)
    return str(citizen.page.locator(".bubble:not(.bubble_mine)").last.inner_text())


def soon(look: Callable[[], str], wanted: str, *, gone: bool = False) -> str:
    """Ask again until an answer holds the words, or no more: any process may answer."""
    until = time.monotonic() + WITHIN
    while True:
        answer = look()
        if (wanted in answer) is not gone:
            return answer
        assert time.monotonic() < until, answer


def room(editor: Page, stack: Stack, path: str = "") -> None:
    editor.goto(f"{stack.url}{ROOM}{path}")


def test_from_a_question_nobody_could_answer_to_its_answer(
    browser: Browser, stack: Stack, editor: Page
) -> None:
    ann = Citizen(browser, stack.url)
    asked = "沈阳一次性创业补贴给多少钱"
    assert "没有写" in told(ann, asked)

    # The question waits for an editor, who brings the city's own rules as a draft.
    room(editor, stack, "/questions")
    expect(editor.get_by_role("row", name=asked)).to_be_visible()
    assert violations(editor) == []
    room(editor, stack, "/import")
    editor.fill("#fact-title", "沈阳市重点群体创业补贴实施细则")
    editor.fill("#text", RULES)
    editor.fill("#fact-issuer", "沈阳市人力资源和社会保障局")
    editor.fill("#fact-region", "辽宁省沈阳市")
    editor.get_by_role("button", name="导入", exact=True).click()
    expect(editor.get_by_text("草稿").first).to_be_visible()
    document = editor.url.partition("?")[0]
    assert "没有写" in told(ann, asked), "a draft answers nobody"

    # Tried with the chat's own code before it counts, then published: every process has it.
    editor.get_by_role("button", name="发布").click()
    expect(editor.locator(".status").first).to_contain_text("现行")
    quoted = soon(lambda: told(ann, asked), "8000元")
    assert "《沈阳市重点群体创业补贴实施细则》" in quoted
    room(editor, stack, f"/try?q={asked}")
    expect(editor.locator(".reply")).to_contain_text("8000元")
    expect(editor.locator(".hits li").first).to_contain_text("意思")

    # Plain words above the quotation, and the people's own name for it.
    editor.goto(document)
    editor.get_by_role("row", name="8000元").get_by_role("link", name="编辑").click()
    editor.fill("#lead", "头回开店的大学生给9000元。")
    editor.get_by_role("button", name="保存").click()
    expect(editor.get_by_role("alert")).to_contain_text("原文没有的数字")
    editor.fill("#lead", "头回开店的大学生给8000元，只给一次。")
    editor.get_by_role("button", name="保存").click()
    expect(editor.get_by_role("status").first).to_contain_text("已保存")
    soon(lambda: told(ann, asked), "头回开店的大学生给8000元，只给一次")
    room(editor, stack, "/synonyms")
    editor.fill("#says", TAUGHT)
    editor.fill("#means", "一次性创业补贴")
    editor.get_by_role("button", name="加上").click()
    soon(lambda: told(ann, f"沈阳{TAUGHT}给多少钱"), "8000元")

    # What people think of it comes back to who wrote it.
    told(ann, "没用")
    room(editor, stack, "/feedback")
    expect(editor.get_by_role("row", name="8000元")).to_contain_text("1")

    # Withdrawn, it answers nobody at once; who did all this stands there.
    editor.goto(document)
    editor.get_by_role("button", name="撤下").click()
    expect(editor.locator(".status").first).to_contain_text("撤下")
    soon(lambda: told(ann, asked), "8000元", gone=True)
    for deed in ("白话", "8000元"):
        expect(editor.locator("main")).to_contain_text(deed)
    expect(editor.locator("main")).to_contain_text(EDITOR)
    assert editor.troubles == [] == ann.page.troubles


def test_one_click_from_a_question_to_an_answer(
    browser: Browser, stack: Stack, editor: Page
) -> None:
    ann, ben = (Citizen(browser, stack.url) for _ in range(2))
    for citizen, asked in ((ann, "求职创业补贴给多少钱"), (ben, "求职创业补贴能给多少")):
        assert "没有写" in told(citizen, asked)
    room(editor, stack, "/questions")
    row = editor.get_by_role("row", name="求职创业补贴")
    expect(row).to_have_count(1)
    row.get_by_role("link", name="写答案").click()
    editor.fill("#answer", "求职创业补贴每人1000元，一次发到本人的卡里。")
    editor.fill("#fact-source", "市人社局 12333 答复")
    editor.get_by_role("button", name="保存，马上用它回答").click()
    answer = soon(lambda: told(ben, "求职创业补贴给多少钱"), "每人1000元")
    assert "市人社局 12333 答复" in answer
    room(editor, stack, "/questions")
    expect(editor.get_by_role("row", name="求职创业补贴")).to_have_count(0)
