"""The dashboard on the live stream: it is told, and it asks by the clock whenever nobody would tell it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Request, expect

from channels_out.models import Sender
from gateway.models import Membership
from tests.browser.conftest import WIDE, Window, silent_window
from tests.browser.one_origin import one_origin
from tests.factories import make_sender, make_text
from tests.live_process import PATH, LiveProcess, own_live
from tests.servers import Redis, own

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed"),
]

CUSTOMER = "+14155550199"
# By the clock a page asks once a second.
QUIET = 2500  # milliseconds
OPEN_SECONDS = 60.0  # a page comes back after fifteen, a loaded machine starts slowly
OPENED = """
window.opened = 0;
window.EventSource = class extends EventSource {
  constructor(url) {
    super(url);
    this.addEventListener("open", () => { window.opened += 1; });
  }
};
"""

# A browser without a screen never hides a page by itself.
HIDE = """
(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with own(Redis) as server:
        yield server


@pytest.fixture(scope="module")
def live(redis: Redis, django_db_setup: None) -> Iterator[LiveProcess]:
    with own_live(redis.url) as process:
        yield process


@pytest.fixture(autouse=True)
def on_the_stream(settings: Any, redis: Redis) -> None:
    """The web server tells the pages where the stream is, and the stream what is filed."""
    settings.REDIS_URL = redis.url
    settings.LIVE_URL = PATH


@pytest.fixture
def window(chromium: Browser, live_server: Any, live: LiveProcess) -> Iterator[Window]:
    """A window on the one origin, which may only complain of the stream that a test took away."""
    with (
        one_origin(live_server.url, f"http://127.0.0.1:{live.port}") as url,
        silent_window(chromium, url, WIDE) as opened,
    ):
        opened.page.add_init_script(OPENED)
        yield opened
        opened.complaints = [
            text for text in opened.complaints if not text.startswith("Failed to load resource")
        ]


@pytest.fixture
def questions(window: Window) -> list[str]:
    """Each question whether anything changed."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/changes/" in request.url:
            asked.append(request.url)

    window.page.on("request", note)
    return asked


@pytest.fixture
def number(ann: Membership) -> Sender:
    return make_sender(ann.business)


def wait_for_stream(window: Window, count: int = 1) -> None:
    """Until the page's stream has opened so many times."""
    deadline = time.monotonic() + OPEN_SECONDS
    while window.page.evaluate("window.opened") < count:
        assert time.monotonic() < deadline, "no stream was opened"
        window.page.wait_for_timeout(50)


def is_asked_by_the_clock(window: Window, questions: list[str]) -> bool:
    """Whether the page asks though nothing happens."""
    window.page.wait_for_timeout(1500)  # what was rung before is asked by then
    questions.clear()
    window.page.wait_for_timeout(QUIET)
    return len(questions) > 0


def test_a_message_appears_and_nobody_asked_by_the_clock(
    window: Window, ann: Membership, number: Sender, questions: list[str]
) -> None:
    window.sign_in(ann)
    wait_for_stream(window)
    assert not is_asked_by_the_clock(window, questions)
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    expect(window.page.locator("#rows")).to_contain_text("Hello?")
    expect(window.page).to_have_title("(1) Inbox · Gateway")
    assert not is_asked_by_the_clock(window, questions)
    assert window.complaints == []


@pytest.mark.parametrize("gone", ["live", "redis"])
def test_a_page_asks_by_the_clock_while_nobody_would_tell_it_and_is_told_again_afterwards(
    window: Window,
    ann: Membership,
    number: Sender,
    questions: list[str],
    gone: str,
    request: pytest.FixtureRequest,
) -> None:
    server: LiveProcess | Redis = request.getfixturevalue(gone)
    window.sign_in(ann)
    wait_for_stream(window)
    server.kill()
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    expect(window.page.locator("#rows")).to_contain_text("Hello?")
    assert is_asked_by_the_clock(window, questions)
    server.start()
    wait_for_stream(window, 2)
    assert not is_asked_by_the_clock(window, questions)
    make_text(number, CUSTOMER, "Still there?")
    expect(window.page.locator("#rows")).to_contain_text("Still there?")


def test_a_page_asks_by_the_clock_where_something_else_answers_for_the_stream(
    window: Window, ann: Membership, number: Sender, questions: list[str]
) -> None:
    window.page.route(f"**{PATH}", lambda route: route.fulfill(body="<p>Nothing here</p>"))
    window.sign_in(ann)
    assert is_asked_by_the_clock(window, questions)
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    expect(window.page.locator("#rows")).to_contain_text("Hello?")
    window.complaints = [text for text in window.complaints if "MIME type" not in text]


def test_who_is_signed_out_elsewhere_is_led_to_the_sign_in(
    window: Window, ann: Membership, number: Sender
) -> None:
    window.sign_in(ann)
    wait_for_stream(window)
    Session.objects.all().delete()
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    expect(window.page.get_by_label("Password")).to_be_visible()


def test_a_page_out_of_sight_has_no_stream_and_looks_when_it_is_shown(
    window: Window, ann: Membership, number: Sender, live: LiveProcess, questions: list[str]
) -> None:
    window.sign_in(ann)
    wait_for_stream(window)
    window.page.evaluate(HIDE, True)
    assert not is_asked_by_the_clock(window, questions)
    make_text(number, CUSTOMER, "Hello?", from_name="Maya")
    assert not is_asked_by_the_clock(window, questions)
    window.page.evaluate(HIDE, False)
    wait_for_stream(window, 2)
    expect(window.page.locator("#rows")).to_contain_text("Hello?")
