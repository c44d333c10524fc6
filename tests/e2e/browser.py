"""People at real browsers: citizens with a phone at /chat, officials at their console."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from models.settings import ROOT
from tests.models.staffing import PASSWORD

Theme = Literal["light", "dark"]
_AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()

# Links behind which there is a file, not a page.
_FILE = re.compile(r"download|export|template|/files/|/original")

needs_chromium = pytest.mark.skipif(
    not shutil.which("chromium"),
    reason="Chromium is missing (apt-get install chromium): NOTHING was tried in a browser",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def opened(browser: Browser, width: int, height: int, theme: Theme = "light") -> Page:
    """A browser of its own; whatever its pages complain about is in `page.troubles`."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", color_scheme=theme
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    return page


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA on the page as it stands."""
    page.evaluate(_AXE)
    checked = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
    )
    where = urlsplit(page.url).path
    return [
        f"{where} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in checked["violations"]
    ]


def pages_within(page: Page, url: str, start: list[str], within: str) -> Iterator[str]:
    """Open every kind of page that links lead to, each once: addresses alike but for numbers."""
    seen: set[str] = set()
    todo = list(start)
    while todo:
        address = todo.pop(0)
        kind = re.sub(r"\d+", "0", address.partition("?")[0])
        if kind in seen:
            continue
        seen.add(kind)
        opened_page = page.goto(url + address)
        assert opened_page is not None and opened_page.status == 200, address
        yield address
        links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        todo += [one for one in links if one.startswith(within) and not _FILE.search(one)]


class Citizen:
    """Somebody with a phone at /chat."""

    def __init__(self, browser: Browser, url: str, theme: Theme = "light") -> None:
        self.page = opened(browser, 375, 720, theme)
        self.page.goto(f"{url}/chat")

    def says(self, text: str) -> None:
        """Send a message, and see it sent."""
        box = self.page.get_by_label("想问什么")
        box.fill(text)
        self.page.get_by_role("button", name="发送").click()
        expect(self.page.locator(".bubble_mine").last).to_have_text(text)
        expect(box).to_have_value("")

    def asks(self, text: str) -> None:
        """Send a message and wait for an answer."""
        answers = self.page.locator(".bubble:not(.bubble_mine)")
        before = answers.count()
        self.says(text)
        expect(answers).not_to_have_count(before)

    def reads(self, text: str) -> None:
        """Wait until staff's words have come."""
        expect(self.page.locator(".bubble", has_text=text)).to_be_visible()

    def talk(self) -> list[str]:
        """What stands there of the talk with staff: one's own words and theirs, in order."""
        bubbles = self.page.locator(".bubble_mine, .bubble:has(.bubble__who)").all_inner_texts()
        return [text.removeprefix("工作人员").strip() for text in bubbles]


class Official:
    """A member of staff at the console."""

    def __init__(self, browser: Browser, url: str, name: str) -> None:
        self.page, self.url = opened(browser, 1366, 768), url
        self.page.goto(f"{url}/staff/sign-in")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        expect(self.page).to_have_title(re.compile("就创通坐席台"))
        expect(self.page.locator(".rail")).to_be_visible()
        # A key that is pressed before the scripts listen is pressed for nothing.
        self.page.wait_for_load_state()

    def opens(self, name: str, queue: str = "waiting") -> None:
        """Open a conversation of a list."""
        self.page.click(f"[data-queue={queue}]")
        expect(self.page.locator(f"[data-queue={queue}]")).to_have_attribute("aria-pressed", "true")
        self.page.locator(".row-link", has_text=name).click()
        expect(self.page.locator("#case h2")).to_have_text(name)

    def claims(self, name: str) -> None:
        """Take somebody who waits."""
        self.opens(name)
        self.page.click("[data-key=claim]")
        expect(self.page.locator("#composer")).to_be_visible()

    def says(self, text: str) -> None:
        """Write a line and send it with Enter."""
        self.page.fill("#words", text)
        self.page.press("#words", "Enter")

    def reads(self, text: str) -> None:
        """Wait until a line stands in the open conversation."""
        expect(self.page.locator(".line", has_text=text)).to_be_visible()

    def talk(self) -> list[str]:
        """The lines of the person and of staff, in order."""
        words = ".line_contact .line__words, .line_staff .line__words"
        return self.page.locator(words).all_inner_texts()
