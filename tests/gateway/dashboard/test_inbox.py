from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.inbox import PAGE_SIZE
from gateway.models import CustomerMessage, Membership, Role, Status
from gateway.states import change, set_status, trash
from tests.factories import make_business, make_listing, make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import Provider, client_of
from tests.gateway.dashboard.pages import names_in, read, text_of


def test_the_newest_activity_comes_first(browser: Client, ann: Membership) -> None:
    first = make_message(ann, sender_name="Ben")
    make_message(ann, sender_name="Cleo")
    make_reply(first, ann)
    assert names_in(read(browser.get("/"))) == ["Ben", "Cleo"]


def test_a_row_says_who_wrote_what_by_which_channel_and_that_it_is_unread(
    browser: Client, message: CustomerMessage
) -> None:
    page = read(browser.get("/"))
    row = text_of(page, "#rows a")
    assert "Maya Okafor via Web form, unread" in row
    assert "Is the blue bike still there?" in row
    assert page.select_one("#rows time")["datetime"]
    assert page.select_one("#rows a")["href"] == f"/conversations/{message.pk}/"


def test_the_title_and_the_rail_count_what_is_unread(browser: Client, ann: Membership) -> None:
    assert read(browser.get("/")).title.text == "Inbox · Gateway"
    make_message(ann)
    make_message(ann)
    page = read(browser.get("/"))
    assert page.title.text == "(2) Inbox · Gateway"
    assert text_of(page, "#rail a[aria-current] em") == "2 unread"


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("open", {"Unread", "Read", "Replied", "Failed"}),
        ("unread", {"Unread"}),
        ("waiting", {"Unread", "Read", "Archived", "Failed"}),
        ("failed", {"Failed"}),
        ("archived", {"Archived"}),
        ("spam", {"Spam"}),
        ("trash", {"Trash"}),
    ],
)
def test_every_folder_shows_its_own_conversations(
    browser: Client, ann: Membership, provider: Provider, folder: str, names: set[str]
) -> None:
    _one_of_each(ann, provider)
    assert set(names_in(read(browser.get("/", {"folder": folder})))) == names


def test_a_failure_leaves_its_folder_once_a_later_answer_went_out(
    browser: Client, ann: Membership, provider: Provider, message: CustomerMessage
) -> None:
    provider.refuse(message, ann)
    assert names_in(read(browser.get("/?folder=failed"))) == ["Maya Okafor"]
    make_reply(message, ann, "Once more.")
    assert names_in(read(browser.get("/?folder=failed"))) == []


def test_an_answer_in_doubt_that_nobody_can_be_asked_about_is_among_the_failed(
    browser: Client, ann: Membership, provider: Provider, message: CustomerMessage
) -> None:
    provider.lose(message, ann)
    assert names_in(read(browser.get("/?folder=failed"))) == ["Maya Okafor"]


def test_search_looks_into_names_addresses_and_every_message(
    browser: Client, ann: Membership
) -> None:
    make_reply(make_message(ann, sender_name="Ben"), ann, "The saddle costs 40.")
    make_message(ann, "Helmets?", sender_name="Cleo", sender_email="cleo@home.example")
    for words in ("saddle", "SADDLE", "Ben"):
        assert names_in(read(browser.get("/", {"q": words}))) == ["Ben"]
    assert names_in(read(browser.get("/", {"q": "helmet"}))) == ["Cleo"]
    assert "Nothing found." in text_of(read(browser.get("/", {"q": "tandem"})), "#rows")


def test_filters_narrow_by_listing_channel_and_day(browser: Client, ann: Membership) -> None:
    bike = make_listing(ann.business)
    make_message(ann, sender_name="Ben", listing=bike)
    old = make_message(ann, sender_name="Cleo")
    CustomerMessage.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=9))
    today = timezone.localdate().isoformat()
    assert names_in(read(browser.get("/", {"listing": str(bike.pk)}))) == ["Ben"]
    assert names_in(read(browser.get("/", {"since": today}))) == ["Ben"]
    assert names_in(read(browser.get("/", {"until": today}))) == ["Cleo", "Ben"]
    assert names_in(read(browser.get("/", {"channel": "sms"}))) == []


def test_a_filter_that_makes_no_sense_is_named_and_does_not_narrow(
    browser: Client, message: CustomerMessage
) -> None:
    page = read(browser.get("/", {"since": "soon", "channel": "pigeon", "folder": "attic"}))
    assert names_in(page) == ["Maya Okafor"]
    assert "Enter a valid date." in text_of(page, ".narrow")
    assert "pigeon is not one of the available choices" in text_of(page, ".narrow")


def test_one_walks_through_all_pages_and_sees_each_conversation_once(
    browser: Client, ann: Membership
) -> None:
    wanted = {make_message(ann, sender_name=f"Nr {i}").sender_name for i in range(PAGE_SIZE + 5)}
    first = read(browser.get("/?q=Nr"))
    more = first.find("a", string="Older conversations")
    second = read(browser.get(more["href"]))
    assert len(names_in(first)) == PAGE_SIZE
    assert set(names_in(first) + names_in(second)) == wanted
    assert len(names_in(first) + names_in(second)) == len(wanted)
    assert second.find("a", string="Newest")["href"] == "/?q=Nr"


def test_a_mail_shows_its_subject_before_its_words_and_is_found_by_it(
    browser: Client, ann: Membership
) -> None:
    to = (ann.business.public_address,)
    receive(InboundMail("1", to, "ben@home.example", subject="Price?", text="How much is it?"))
    receive(InboundMail("2", to, "cleo@home.example", text="Is it blue?"))
    make_message(ann, "By the form.", subject="A question")
    rows = [text_of(row, ".c2") for row in read(browser.get("/")).select("#rows .conv")]
    assert rows == ["By the form.", "Is it blue?", "Price? How much is it?"]
    assert names_in(read(browser.get("/", {"q": "price?"}))) == ["ben@home.example"]


def test_an_old_or_forged_page_address_shows_the_first_page(
    browser: Client, message: CustomerMessage
) -> None:
    for after in ("", "nonsense", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMHx4"):
        assert names_in(read(browser.get("/", {"after": after}))) == ["Maya Okafor"]


def test_who_belongs_to_two_businesses_sees_which_one_each_row_is_of(ann: Membership) -> None:
    second = make_member(make_business("Ben's Boats"), user=ann.user)
    make_message(ann)
    make_message(second)
    rows = [row.get_text() for row in read(client_of(ann).get("/")).select("#rows .c3")]
    assert rows == ["Ben's Boats", "Ann's Bikes"]


def test_who_left_a_business_sees_nothing_of_it(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    Membership.objects.update(is_active=False)
    page = read(browser.get("/"))
    assert names_in(page) == []
    assert "You belong to no business yet." in text_of(page, "#rows")


def test_an_empty_inbox_says_where_customers_can_write(browser: Client, ann: Membership) -> None:
    assert ann.business.public_address in text_of(read(browser.get("/")), "#rows")


def test_the_list_takes_as_many_queries_for_fifty_conversations_as_for_five(
    browser: Client, ann: Membership, django_assert_max_num_queries
) -> None:
    counts = []
    for wanted in (5, 50):
        while CustomerMessage.objects.count() < wanted:
            make_message(ann, listing=make_listing(ann.business))
        with django_assert_max_num_queries(17) as queries:
            browser.get("/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_asking_for_changes_is_one_small_query(
    browser: Client, ann: Membership, message: CustomerMessage, django_assert_num_queries
) -> None:
    version = read(browser.get("/")).select_one("#rail")["data-version"]
    with django_assert_num_queries(3):  # the session, the person, the version
        assert browser.get("/changes/", {"version": version}).status_code == 204
    make_message(ann)
    assert browser.get("/changes/", {"version": version}).status_code == 200
    assert Client().get("/changes/").status_code == 401


def test_nobody_hears_of_the_changes_of_another_business(browser: Client, ann: Membership) -> None:
    version = read(browser.get("/")).select_one("#rail")["data-version"]
    make_message(make_member(make_business("Ben's Boats")))
    assert browser.get("/changes/", {"version": version}).status_code == 204


def test_an_agent_sees_the_list(ann: Membership, message: CustomerMessage) -> None:
    agent = make_member(ann.business, role=Role.AGENT)
    assert names_in(read(client_of(agent).get("/"))) == ["Maya Okafor"]


def _one_of_each(ann: Membership, provider: Provider) -> None:
    made = {
        name: make_message(ann, sender_name=name)
        for name in ("Unread", "Read", "Replied", "Failed", "Archived", "Spam", "Trash")
    }
    make_reply(made["Replied"], ann)
    provider.refuse(made["Failed"], ann)
    made["Read"].mark_as_read()
    with change(made["Archived"].pk) as archived:
        set_status(archived, Status.ARCHIVED)
    with change(made["Spam"].pk) as spam:
        spam.is_spam = True
    trash(made["Trash"].pk)
