"""Conversations that are put away until a time, and such as need no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.inbox import unread_total, version_for
from gateway.models import CustomerMessage, Membership, Role, Status
from gateway.outbound.failures import failed_replies
from gateway.participants import customer_of, reply_address_of
from gateway.snooze import wake_due
from gateway.states import answers_moved, change
from tests.factories import make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import Provider, client_of
from tests.gateway.dashboard.pages import names_in, press, read, text_of

THURSDAY = datetime(2026, 11, 26, 9, tzinfo=UTC)
FOLDERS_IN_USE = ("open", "unread", "waiting")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    """It is a Thursday morning."""
    with time_machine.travel(THURSDAY, tick=False) as traveller:
        yield traveller


def in_folder(browser: Client, folder: str) -> list[str]:
    return names_in(read(browser.get("/", {"folder": folder})))


def opened(browser: Client, message: CustomerMessage) -> BeautifulSoup:
    return read(browser.get(f"/conversations/{message.pk}/"))


def snooze(browser: Client, message: CustomerMessage, choice: str, own: str = "") -> BeautifulSoup:
    values = {"choice": choice, "own": own}
    return read(browser.post(f"/conversations/{message.pk}/snooze/", values, follow=True))


def until(message: CustomerMessage) -> datetime | None:
    message.refresh_from_db()
    return message.snoozed_until


def writes_back(message: CustomerMessage, text: str = "Hello again") -> None:
    to = reply_address_of(customer_of(message))
    mail = InboundMail(
        fingerprint=text, recipients=(to,), from_address=message.sender_email, text=text
    )
    receive(mail)


def test_what_is_snoozed_leaves_the_folders_in_use_and_their_count(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    assert unread_total([ann.business_id]) == 1
    page = snooze(browser, message, "tomorrow")
    assert "Snoozed until Friday, 27 November, 08:00." in text_of(page, "#flash")
    assert [in_folder(browser, folder) for folder in FOLDERS_IN_USE] == [[], [], []]
    assert in_folder(browser, "snoozed") == ["Maya Okafor"]
    assert unread_total([ann.business_id]) == 0


def test_the_choices_are_times_in_the_readers_zone(
    browser: Client, message: CustomerMessage, clock: time_machine.Coordinates
) -> None:
    browser.cookies["timezone"] = "America/New_York"
    menu = opened(browser, message).select("#snooze-menu button time")
    assert [each["datetime"] for each in menu] == [
        "2026-11-26T07:00:00-05:00",
        "2026-11-27T08:00:00-05:00",
        "2026-11-30T08:00:00-05:00",
    ]
    snooze(browser, message, "week")
    assert until(message) == datetime(2026, 11, 30, 13, tzinfo=UTC)
    snooze(browser, message, "own", "2026-12-24T18:30")
    assert until(message) == datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
    clock.move_to(datetime(2026, 11, 27, 3, 30, tzinfo=UTC))  # half past ten in the evening
    snooze(browser, message, "later")
    assert until(message) == datetime(2026, 12, 24, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("own", ["", "soon", "2026-11-26T08:59", "2028-01-01T08:00"])
def test_a_time_that_is_no_time_to_come_is_refused_in_words(
    browser: Client, message: CustomerMessage, own: str
) -> None:
    page = snooze(browser, message, "own", own)
    assert "Choose a time to come, within a year." in text_of(page, "#flash")
    assert until(message) is None


def test_when_its_time_comes_it_is_unread_at_the_top_and_open_pages_are_told(
    browser: Client, ann: Membership, message: CustomerMessage, clock: time_machine.Coordinates
) -> None:
    opened(browser, message)
    snooze(browser, message, "tomorrow")
    make_message(ann, sender_name="Ben")
    assert wake_due() == 0
    before = version_for(ann.user)
    clock.move_to(THURSDAY + timedelta(days=1))
    assert wake_due() == 1
    assert wake_due() == 0
    assert in_folder(browser, "open") == ["Maya Okafor", "Ben"]
    message.refresh_from_db()
    assert (message.status, message.last_activity_at) == (Status.UNREAD, timezone.now())
    assert unread_total([ann.business_id]) == 2
    assert version_for(ann.user) > before


def test_what_the_customer_writes_ends_it(browser: Client, message: CustomerMessage) -> None:
    snooze(browser, message, "week")
    writes_back(message)
    assert until(message) is None
    assert in_folder(browser, "unread") == ["Maya Okafor"]


@pytest.mark.parametrize("action", ["archive", "spam", "block", "delete"])
def test_what_leaves_the_inbox_otherwise_is_not_woken(
    browser: Client, message: CustomerMessage, clock: time_machine.Coordinates, action: str
) -> None:
    snooze(browser, message, "tomorrow")
    browser.post(f"/conversations/{message.pk}/{action}/")
    assert until(message) is None
    clock.move_to(THURSDAY + timedelta(days=2))
    assert wake_due() == 0


def test_the_conversation_says_until_when_and_can_be_woken_at_once(
    browser: Client, message: CustomerMessage
) -> None:
    snooze(browser, message, "tomorrow")
    page = opened(browser, message)
    assert "Snoozed until Friday, 27 November, 08:00" in text_of(page, ".snoozed")
    press(browser, page, "Wake now")
    assert in_folder(browser, "open") == ["Maya Okafor"]


def test_snoozing_from_the_archive_takes_it_out_of_there(
    browser: Client, message: CustomerMessage
) -> None:
    browser.post(f"/conversations/{message.pk}/archive/")
    snooze(browser, message, "tomorrow")
    assert in_folder(browser, "archived") == []
    assert in_folder(browser, "snoozed") == ["Maya Okafor"]


def test_an_agent_snoozes_nothing(ann: Membership, message: CustomerMessage) -> None:
    agent = client_of(make_member(ann.business, Role.AGENT))
    answer = agent.post(f"/conversations/{message.pk}/snooze/", {"choice": "tomorrow"})
    assert answer.status_code == 403
    assert until(message) is None


class TestNoAnswerNeeded:
    def test_nobody_waits_any_more_and_it_can_be_undone(
        self, browser: Client, message: CustomerMessage
    ) -> None:
        page = read(press(browser, opened(browser, message), "No answer needed"))
        assert in_folder(browser, "waiting") == []
        assert "No answer needed to what came until 26 Nov, 09:00" in text_of(page, "#context")
        press(browser, page, "It does need an answer")
        assert in_folder(browser, "waiting") == ["Maya Okafor"]
        message.refresh_from_db()
        assert message.waiting_since == message.created_at

    def test_a_failure_of_an_earlier_answer_does_not_bring_it_back(
        self, browser: Client, ann: Membership, message: CustomerMessage, provider: Provider
    ) -> None:
        provider.refuse(message, ann)
        assert in_folder(browser, "waiting") == ["Maya Okafor"]
        press(browser, opened(browser, message), "No answer needed")
        with change(message.pk) as locked:
            answers_moved(locked, failed_replies(message.pk))
        assert in_folder(browser, "waiting") == []

    def test_a_later_message_of_the_customer_waits_again(
        self, browser: Client, message: CustomerMessage, clock: time_machine.Coordinates
    ) -> None:
        press(browser, opened(browser, message), "No answer needed")
        clock.shift(60)
        writes_back(message)
        with change(message.pk) as locked:
            answers_moved(locked, set())
        message.refresh_from_db()
        assert message.waiting_since == timezone.now()

    def test_what_came_while_one_read_still_waits(
        self, browser: Client, message: CustomerMessage, clock: time_machine.Coordinates
    ) -> None:
        page = opened(browser, message)
        clock.shift(60)
        writes_back(message)
        clock.shift(60)
        page = read(press(browser, page, "No answer needed"))
        assert "The customer wrote meanwhile." in text_of(page, "#flash")
        assert in_folder(browser, "waiting") == ["Maya Okafor"]
        message.refresh_from_db()
        assert message.waiting_since == timezone.now() - timedelta(seconds=60)

    def test_a_message_that_comes_late_waits_although_it_was_written_before(
        self, browser: Client, message: CustomerMessage, clock: time_machine.Coordinates
    ) -> None:
        clock.shift(60)
        writes_back(message, "First")
        press(browser, opened(browser, message), "No answer needed")
        clock.shift(-30)
        writes_back(message, "Second")
        with change(message.pk) as locked:
            answers_moved(locked, set())
        assert in_folder(browser, "waiting") == ["Maya Okafor"]

    def test_after_an_answer_nobody_waits_and_it_is_not_offered(
        self, browser: Client, ann: Membership, message: CustomerMessage
    ) -> None:
        make_reply(message, ann)
        assert "No answer needed" not in text_of(opened(browser, message), "#thread-head")
