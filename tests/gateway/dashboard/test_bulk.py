"""One thing done with several conversations of the list."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from gateway.inbox import PAGE_SIZE, unread_total
from gateway.models import CustomerMessage, Membership, Role
from gateway.tags import tag_named
from tests.factories import make_business, make_member, make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import names_in, read, text_of


@pytest.fixture
def both(ann: Membership) -> list[CustomerMessage]:
    """Two conversations of the list."""
    return [make_message(ann, sender_name=name) for name in ("Cleo", "Dan")]


def do(browser: Client, chosen: list[CustomerMessage], action: str, **values: str):
    fields = {"action": action, "pk": [str(each.pk) for each in chosen], **values}
    return read(browser.post("/bulk/", fields, follow=True))


def in_folder(browser: Client, folder: str) -> set[str]:
    return set(names_in(read(browser.get("/", {"folder": folder}))))


def test_each_row_can_be_chosen_and_stays_a_link(
    browser: Client, both: list[CustomerMessage]
) -> None:
    page = read(browser.get("/"))
    boxes = page.select("#rows input[form=bulk]")
    assert {box["value"] for box in boxes} == {str(each.pk) for each in both}
    assert all(box["aria-label"] for box in boxes)
    assert len(page.select("#rows a.conv")) == 2
    assert page.select_one("form#bulk")["action"] == "/bulk/"


@pytest.mark.parametrize(
    ("action", "folder"),
    [("archive", "archived"), ("spam", "spam"), ("delete", "trash"), ("snooze", "snoozed")],
)
def test_all_that_are_chosen_move_and_one_press_brings_them_back(
    browser: Client, ann: Membership, both: list[CustomerMessage], action: str, folder: str
) -> None:
    make_message(ann, sender_name="Eve")
    page = do(browser, both, action)
    assert text_of(page, "#flash").startswith("2 conversations: ")
    assert in_folder(browser, "open") == {"Eve"}
    assert in_folder(browser, folder) == {"Cleo", "Dan"}
    assert unread_total([ann.business_id]) == 1
    undo = page.select_one("#flash button[form=bulk]")
    browser.post("/bulk/", {undo["name"]: undo["value"]})
    assert in_folder(browser, "open") == {"Cleo", "Dan", "Eve"}


def test_they_are_marked_as_read_and_unread(
    browser: Client, ann: Membership, both: list[CustomerMessage]
) -> None:
    do(browser, both, "read")
    assert unread_total([ann.business_id]) == 0
    do(browser, both[:1], "unread")
    assert in_folder(browser, "unread") == {"Cleo"}


def test_they_are_tagged_and_those_of_another_business_are_not(
    ann: Membership, both: list[CustomerMessage]
) -> None:
    flats = make_member(make_business("Ben's Flats"), user=ann.user)
    flat = make_message(flats, sender_name="Fay")
    tag = tag_named(ann.business_id, "Repair")
    browser = client_of(ann)
    do(browser, [*both, flat], "tag", tag=str(tag.pk))
    assert set(names_in(read(browser.get(f"/?tag={tag.pk}")))) == {"Cleo", "Dan"}


def test_it_goes_back_to_the_list_as_it_was_asked_for(
    browser: Client, both: list[CustomerMessage]
) -> None:
    action = read(browser.get("/?q=blue&folder=waiting")).select_one("#bulk")["action"]
    answer = browser.post(action, {"action": "read", "pk": str(both[0].pk)})
    assert answer.headers["Location"] == "/?folder=waiting&q=blue"


def test_nothing_is_done_with_what_is_not_ones_own_and_no_more_than_a_page(
    browser: Client, ann: Membership, both: list[CustomerMessage]
) -> None:
    stranger = make_member(make_business("Ben's Flats"))
    do(client_of(stranger), both, "delete")
    assert in_folder(browser, "trash") == set()
    many = {"action": "delete", "pk": [str(uuid.uuid4())] * PAGE_SIZE + [str(both[0].pk)]}
    browser.post("/bulk/", many)
    assert in_folder(browser, "trash") == set()
    for broken in ({"action": "explode", "pk": both[0].pk}, {"action": "delete", "pk": "x"}):
        assert browser.post("/bulk/", broken).status_code == 404


def test_without_a_choice_it_says_so(browser: Client, ann: Membership) -> None:
    page = read(browser.post("/bulk/", {"action": "archive"}, follow=True))
    assert "Choose conversations first." in text_of(page, "#flash")


def test_an_agent_chooses_nothing(ann: Membership, both: list[CustomerMessage]) -> None:
    agent = client_of(make_member(ann.business, Role.AGENT))
    assert not read(agent.get("/")).select("#rows input")
    fields = {"action": "archive", "pk": str(both[0].pk)}
    assert agent.post("/bulk/", fields).status_code == 403


def test_one_that_was_moved_to_the_archive_can_be_taken_back_as_well(
    browser: Client, message: CustomerMessage
) -> None:
    page = read(browser.post(f"/conversations/{message.pk}/archive/", follow=True))
    undo = page.select_one("#flash button")
    browser.post("/bulk/", {undo["name"]: undo["value"]})
    assert in_folder(browser, "open") == {"Maya Okafor"}
