"""Every page on a phone, by day and by night: readable for everybody, and no wider than it is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import (
    Citizen,
    Theme,
    chromium,
    needs_chromium,
    opened,
    pages_within,
    violations,
)
from tests.e2e.conftest import MACHINES
from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    needs_chromium,
    # One kind of machine is enough for what a browser does: the one a bureau would run.
    pytest.mark.parametrize("stack", MACHINES[-1:], indirect=True),
]
WIDTH = 375


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def wrong_with(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*violations(page), *([f"{page.url} is {wide} wide"] if wide > WIDTH else [])]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_readable(browser: Browser, stack: Stack, theme: Theme) -> None:
    citizen = Citizen(browser, stack.url, theme)
    page = citizen.page
    found = wrong_with(page)
    citizen.asks("一次性创业补贴多少钱")
    found += wrong_with(page)
    seen = 0
    for _ in pages_within(page, stack.url, ["/m/"], "/m/"):
        found += wrong_with(page)
        seen += 1
    assert seen > 30
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_form_with_mistakes_is_readable(browser: Browser, stack: Stack, theme: Theme) -> None:
    page = opened(browser, WIDTH, 720, theme)
    page.goto(f"{stack.url}/m/services/gig_registration/fill/1")
    page.locator("form button").last.click()
    page.wait_for_selector(".note_wrong")
    assert wrong_with(page) == []
