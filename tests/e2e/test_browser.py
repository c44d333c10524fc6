"""A person with a phone's browser at /chat: Debian's Chromium, driven by Playwright."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import chromium, needs_chromium, opened
from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    needs_chromium,
]


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    with chromium() as browser:
        yield opened(browser, 375, 720)


def say(page: Page, text: str, by_enter: bool = False) -> None:
    said = page.locator(".bubble:not(.bubble_mine)").count()
    page.get_by_label("想问什么").fill(text)
    if by_enter:
        page.get_by_label("想问什么").press("Enter")
    else:
        page.get_by_role("button", name="发送").click()
    expect(page.locator(".bubble:not(.bubble_mine)")).to_have_count(said + 1)


def test_a_person_asks_taps_and_registers(page: Page, stack: Stack) -> None:
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.goto(f"{stack.url}/chat")
    say(page, "打零工去哪里登记")
    expect(page.locator(".bubble").last).to_contain_text("零工信息登记")
    page.get_by_role("button", name="现在登记").click()
    expect(page.locator(".bubble").last).to_contain_text("同意")
    for text in ("同意", "王小芳", "13800138000", "沈阳铁西", "保洁", "白天有空"):
        say(page, text, by_enter=text != "保洁")
        expect(page.locator(".bubble_mine").last).to_have_text(text)
    expect(page.locator(".bubble").last).to_contain_text("13800138000")
    say(page, "对")
    expect(page.locator(".bubble").last).to_contain_text(re.compile(r"LG\d{6}-\d{5}"))
    page.reload()
    expect(page.locator(".bubble").last).to_contain_text(re.compile(r"LG\d{6}-\d{5}"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert troubles == []
