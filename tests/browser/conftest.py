"""A real browser on the real pages: Chromium, one window a test, and an ear for complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from gateway.models import Membership
from tests.factories import PASSWORD, make_business, make_member

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND_BARRIERS = """
async ([axe, tags]) => {
  (0, eval)(axe);
  const found = await window.axe.run(document, {runOnly: tags});
  return found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html}`));
}
"""
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.sourceFile}`);
});
"""
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def box_of(part: Locator) -> FloatRect:
    """Where it stands on the page."""
    box = part.bounding_box()
    assert box
    return box


@dataclass
class Window:
    """One browser window, and everything it complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, member: Membership) -> None:
        self.sign_in_as(member.user.email, PASSWORD)

    def sign_in_as(self, email: str, password: str) -> None:
        self.open("/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator("#rows")).to_be_attached()

    def choose(self, name: str) -> None:
        """Opens the conversation of this customer from the list."""
        self.page.locator("#rows a", has_text=name).first.click()
        expect(self.page.locator("#customer-name")).to_have_text(name)

    def write(self, text: str) -> None:
        self.page.get_by_label("Reply to").fill(text)

    def send(self) -> None:
        self.page.get_by_role("button", name="Send", exact=False).last.click()

    def barriers(self) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        return list(self.page.evaluate(FIND_BARRIERS, [AXE.read_text(), RULES]))

    def listen(self) -> None:
        self.page.add_init_script(LISTEN)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note_request)

    def _note_request(self, request: Any) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"asked another host: {request.url}")


@pytest.fixture
def size() -> dict[str, int]:
    """The window's size; a test may ask for another."""
    return WIDE


@pytest.fixture
def window(chromium: Browser, live_server: Any, size: dict[str, int]) -> Iterator[Window]:
    """A window in which nothing may go wrong unnoticed."""
    with silent_window(chromium, live_server.url, size) as opened:
        yield opened


@contextmanager
def silent_window(chromium: Browser, url: str, size: dict[str, int]) -> Iterator[Window]:
    """A window on this site that must not have complained at the end."""
    context = chromium.new_context(viewport=size, timezone_id="Europe/Berlin")
    context.set_default_timeout(10_000)
    opened = Window(context.new_page(), url)
    opened.listen()
    yield opened
    said = list(opened.complaints)  # what is under way while it closes ends in an error of its own
    context.close()
    assert said == []


@pytest.fixture
def ann(transactional_db: None) -> Membership:
    """The owner of Ann's Bikes."""
    return make_member(make_business("Ann's Bikes"))
