"""The console in real Chromium: two officials and three people at once."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from models.contact import Contact
from models.office_calendar import set_calendar
from models.office_hours import Calendar, load_calendar
from models.staff import Role
from tests.e2e.browser import (
    Citizen,
    Official,
    chromium,
    needs_chromium,
    pages_within,
    violations,
)
from tests.e2e.conftest import MACHINES
from tests.e2e.stack import Stack
from tests.models.staffing import official

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    needs_chromium,
    # One kind of machine is enough for what a browser does: the one a bureau would run.
    pytest.mark.parametrize("stack", MACHINES[-1:], indirect=True),
]

STAFF = {
    "wangfang": Role.AGENT,
    "liqiang": Role.AGENT,
    "zhaolei": Role.ADMIN,
    "shenji": Role.AUDITOR,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def employed() -> set[int]:
    return set()


@pytest.fixture
def office(stack: Stack, employed: set[int]) -> Stack:
    """The stack with its staff, at an hour at which they are there."""
    if id(stack) not in employed:
        employed.add(id(stack))
        told = load_calendar().model_dump(mode="json")
        always = {day: ["00:00-23:59"] for day in range(1, 8)}
        told["offices"] = [{"region": None, "name": "人工服务", "days": always}]
        with stack.database() as database, database.unit_of_work() as work:
            for name, role in STAFF.items():
                official(work, name, role).must_change_password = False
            boss = official(work, "laoban", Role.ADMIN)
            set_calendar(work, boss, Calendar.model_validate(told))
    return stack


def waiting(browser: Browser, office: Stack, count: int) -> list[tuple[Citizen, str]]:
    """People who have asked for a person, with the names the console gives them."""
    people = []
    for _ in range(count):
        citizen = Citizen(browser, office.url)
        citizen.asks("找人工")
        with office.database() as database, database.reading() as session:
            newest = session.scalar(select(func.max(Contact.id)))
        people.append((citizen, f"网页用户 {newest}"))
    return people


def test_three_people_and_two_officials(browser: Browser, office: Stack) -> None:
    """The claim race, the order of what is said, a transfer, a connection lost and found."""
    (ann, ann_is), (ben, ben_is), (cat, cat_is) = waiting(browser, office, 3)
    wang, li = (Official(browser, office.url, name) for name in ("wangfang", "liqiang"))

    # Two press the button in the same moment: one has the chat, the other is told who.
    for desk in (wang, li):
        desk.opens(ann_is)
    for desk in (wang, li):
        desk.page.evaluate("document.querySelector('[data-key=claim]').click()")
    for desk in (wang, li):
        expect(desk.page.locator("[data-key=claim]")).to_have_count(0)
    composers = [desk.page.locator("#composer").count() for desk in (wang, li)]
    assert sorted(composers) == [0, 1]
    winner, loser = (wang, li) if composers[0] else (li, wang)
    expect(loser.page.locator(".composer_closed")).to_contain_text("正在接待")

    # Everything that is said stands in one order on both sides, whoever writes how fast.
    loser.claims(ben_is)
    winner.page.locator("#words").press_sequentially("您")
    expect(ann.page.get_by_text("工作人员正在输入")).to_be_visible()
    winner.says("您好")
    ann.reads("您好")
    ann.says("我问问补贴")
    winner.reads("我问问补贴")
    for number in range(1, 6):
        winner.says(f"第{number}条")
        ben.says(f"急事{number}")
    ann.reads("第5条")
    loser.reads("急事5")
    said = ["找人工", "您好", "我问问补贴", *(f"第{number}条" for number in range(1, 6))]
    assert ann.talk() == said
    expect(winner.page.locator(".line_staff")).to_have_count(6)
    assert winner.talk() == said
    assert loser.talk() == ["找人工", *(f"急事{number}" for number in range(1, 6))]

    # A transfer arrives without a reload: the colleague may write, the first one no more.
    winner.page.click("[data-key=transfer]")
    name = "liqiang" if winner is wang else "wangfang"
    winner.page.select_option("#transfer-to", label=f"{name}（在线）")
    winner.page.click("#transfer button[type=submit]")
    expect(winner.page.locator(".composer_closed")).to_contain_text(name)
    loser.opens(ann_is, "mine")
    loser.says("我来接着办")
    ann.reads("我来接着办")

    # The net breaks while people write: afterwards nothing is missing and nothing is there twice.
    loser.page.context.set_offline(True)
    ann.says("断网时说的一")
    ann.says("断网时说的二")
    loser.says("这句发不出去")
    expect(loser.page.locator("#words")).to_have_value("这句发不出去")
    loser.page.context.set_offline(False)
    loser.reads("断网时说的二")
    loser.page.press("#words", "Enter")
    ann.reads("这句发不出去")
    ann.says("回来了")
    loser.reads("回来了")
    said += ["我来接着办", "断网时说的一", "断网时说的二", "这句发不出去", "回来了"]
    assert loser.talk() == said
    assert ann.talk() == said

    # Who is left in the queue is taken with one key, and seen to the end.
    winner.page.locator("body").press("Escape")
    winner.page.locator("#case").click()
    winner.page.keyboard.press("n")
    expect(winner.page.locator("#case h2")).to_have_text(cat_is)
    expect(winner.page.locator("[data-queue=mine]")).to_have_attribute("aria-pressed", "true")
    winner.page.on("dialog", lambda dialog: dialog.accept())
    winner.page.click("[data-key=resolve]")
    cat.reads("您觉得帮得怎么样")
    for page in (wang.page, li.page, ann.page, ben.page, cat.page):
        assert page.troubles == []


def test_chats_flow_while_rasa_is_down(browser: Browser, office: Stack) -> None:
    ((ann, ann_is),) = waiting(browser, office, 1)
    wang = Official(browser, office.url, "wangfang")
    for pid in reversed(office.pids("rasa")):
        os.kill(pid, signal.SIGKILL)
    wang.claims(ann_is)
    wang.says("机器人停了，我还在")
    ann.reads("机器人停了，我还在")
    ann.says("那就好")
    wang.reads("那就好")
    ((ben, ben_is),) = waiting(browser, office, 1)
    wang.claims(ben_is)
    wang.says("您也请说")
    ben.reads("您也请说")
    office.wait_until_ready()


def test_a_picture_and_a_mention_arrive(browser: Browser, office: Stack, tmp_path: Path) -> None:
    ((ann, ann_is),) = waiting(browser, office, 1)
    wang, li = (Official(browser, office.url, name) for name in ("wangfang", "liqiang"))
    wang.claims(ann_is)
    picture = tmp_path / "办事指南.png"
    wang.page.screenshot(path=picture)
    wang.page.set_input_files("#file", picture)
    shown = ann.page.locator(".bubble__picture")
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1366
    ann.page.set_input_files("#send-file input[type=file]", picture)
    seen = wang.page.locator(".line_contact .line__picture")
    expect(seen).to_be_visible()
    assert seen.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1366
    wang.page.click("#tab-notes")
    wang.page.locator("#note").press_sequentially("请@LIQ")
    expect(wang.page.get_by_role("option", name="liqiang")).to_be_visible()
    expect(wang.page.get_by_role("option", name="zhaolei")).to_be_hidden()
    assert violations(wang.page) == []
    wang.page.keyboard.press("Enter")
    expect(wang.page.locator("#note")).to_have_value("请@liqiang ")
    wang.page.keyboard.type("帮我看看这位")
    wang.page.click("#pane-notes button[type=submit]")
    expect(li.page.locator("[data-queue=mentions] .is-call")).to_be_visible()
    li.page.click("[data-queue=mentions]")
    li.page.locator(".row-link", has_text="帮我看看这位").click()
    expect(li.page.locator("#pane-notes .note")).to_contain_text("帮我看看这位")
    expect(li.page.locator("[data-queue=mentions] .is-call")).to_have_count(0)


def beeps(page: Page) -> int:
    """How often the console has sounded since this was first asked."""
    counted: int = page.evaluate(
        """() => {
            if (window.beeps === undefined) {
                window.beeps = 0;
                const start = AudioScheduledSourceNode.prototype.start;
                AudioScheduledSourceNode.prototype.start = function (...when) {
                    window.beeps += 1;
                    return start.apply(this, when);
                };
            }
            return window.beeps;
        }"""
    )
    return counted


def test_danger_in_a_colleagues_chat_calls_everybody(browser: Browser, office: Stack) -> None:
    ((ann, ann_is),) = waiting(browser, office, 1)
    wang, li = (Official(browser, office.url, name) for name in ("wangfang", "liqiang"))
    wang.claims(ann_is)
    wang.says("您好")
    ann.reads("您好")
    expect(li.page.locator("[data-queue=all] .is-call")).to_have_count(0)
    calls = li.page.locator("#queue")
    before = int(calls.get_attribute("data-calls") or 0)
    assert beeps(li.page) == 0
    ann.says("我不想活了")
    expect(calls).to_have_attribute("data-calls", str(before + 1))
    expect(li.page).to_have_title(re.compile(f"^（{before + 1}）"))
    expect(li.page.locator("[data-queue=all] .is-call")).to_be_visible()
    assert beeps(li.page) == 1
    wang.says("我在，您慢慢说")
    expect(calls).to_have_attribute("data-calls", str(before))
    wang.page.on("dialog", lambda dialog: dialog.accept())
    wang.page.click("[data-key=resolve]")


def test_two_doors_of_one_person_are_one_history(browser: Browser, office: Stack) -> None:
    """Joined by hand, on both screens at once: what was said, what comes after, and the notes."""
    (_, ann_is), (ben, ben_is) = waiting(browser, office, 2)
    wang, li = (Official(browser, office.url, name) for name in ("wangfang", "liqiang"))
    wang.claims(ann_is)
    wang.says("您好，手机一")
    li.claims(ben_is)
    li.says("您好，手机二")
    ben.reads("手机二")
    li.page.click("#tab-notes")
    li.page.fill("#note", "换过手机")
    li.page.click("#pane-notes button[type=submit]")
    expect(li.page.locator("#pane-notes .note")).to_have_count(1)
    wang.page.on("dialog", lambda dialog: dialog.accept())
    wang.page.click("summary")
    other = li.page.locator("#talk").get_attribute("data-conversation")
    wang.page.fill("[name=other]", str(other))
    wang.page.get_by_role("button", name="合并").click()
    wang.reads("您好，手机二")
    li.reads("您好，手机一")
    ben.says("是我，换了手机")
    wang.reads("是我，换了手机")
    assert wang.talk() == li.talk()
    wang.page.click("#tab-notes")
    expect(wang.page.locator("#pane-notes .note")).to_contain_text("换过手机")


def test_the_console_by_keyboard_alone(browser: Browser, office: Stack) -> None:
    """Tab goes through everything, is seen everywhere, and is held nowhere."""
    waiting(browser, office, 1)
    page = Official(browser, office.url, "wangfang").page
    page.keyboard.press("n")
    expect(page.locator("#composer")).to_be_visible()
    page.goto(page.url)
    expect(page.locator("#words")).to_be_visible()
    passed: list[str] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                const box = one.getBoundingClientRect();
                const isSeen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
                const isMarked = style.outlineStyle !== "none" || style.boxShadow !== "none";
                return [one === document.body, one.outerHTML.slice(0, 120), isSeen && isMarked];
            }"""
        )
        if at[0]:
            break
        assert at[2], f"not seen to be chosen: {at[1]}"
        passed.append(at[1])
    assert at[0], "the last of the page was never left"
    assert len(passed) == len(set(passed))
    for name in (
        'id="words"',
        'id="search"',
        'id="presence-choice"',
        "data-sound",
        'id="tab-card"',
    ):
        assert any(name in one for one in passed), name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_console_is_accessible(
    browser: Browser, office: Stack, theme: str
) -> None:
    """WCAG 2.1 A and AA as axe-core checks them, on every page a role can reach by links."""
    found: list[str] = []
    ((_, ann_is),) = waiting(browser, office, 1)
    for name in ("zhaolei", "shenji"):
        desk = Official(browser, office.url, name)
        if theme == "dark":
            desk.page.click("[data-theme-switch]")
        if name == "zhaolei":
            desk.claims(ann_is)
            found += violations(desk.page)
        menu = desk.page.locator(".rail a").evaluate_all("all => all.map(one => one.pathname)")
        seen = 0
        for _ in pages_within(desk.page, office.url, menu, "/staff/"):
            found += violations(desk.page)
            seen += 1
        assert seen >= len(menu)
    assert found == []
