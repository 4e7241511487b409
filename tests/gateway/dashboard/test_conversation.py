from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from channels_out.outbox import StatusReport, drain, record_status
from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.models import CustomerMessage, Membership, MessageReply, Role, Status
from gateway.participants import customer_of, reply_address_of
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.dashboard.conftest import Provider, client_of
from tests.gateway.dashboard.pages import names_in, press, read, text_of
from tests.gateway.post import PHONE, sent_to_customer


def test_both_sides_stand_in_order_with_who_and_by_which_channel(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    make_reply(message, ann, "Yes, it is.")
    _customer_answers(message, "Then I take it.")
    entries = _open(browser, message).select("#thread .m")
    sides = ["in" if "in" in entry["class"] else "out" for entry in entries]
    words = [" ".join(entry.get_text(" ").split()) for entry in entries]
    assert sides == ["in", "out", "in"]
    assert "Is the blue bike still there?" in words[0]
    assert "Web form" in words[0]
    assert "Yes, it is." in words[1]
    assert "through the API · Email" in words[1]
    assert "Then I take it." in words[2]


def test_an_answer_by_email_reply_says_so(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    reply = make_reply(message, ann)
    MessageReply.objects.filter(pk=reply.pk).update(written_via="email")
    assert ", by email reply · Email" in text_of(_open(browser, message), "#thread .out")


def test_what_the_provider_gave_us_late_says_so_and_stands_at_its_time(
    browser: Client, ann: Membership
) -> None:
    sender = make_sender(ann.business)
    message = make_text(sender, PHONE, "Is it there?").message
    sent, now = message.created_at - timedelta(hours=2), timezone.now()
    make_text(sender, PHONE, "Hello?", received_at=sent, recovered_at=now)
    page = _open(browser, message)
    first, second = page.select("#thread .m")
    assert "Hello?" in first.get_text() or "Hello?" in second.get_text()
    notes = [note.get_text(" ", strip=True) for note in page.select("#thread .note")]
    assert len(notes) == 1
    assert notes[0].startswith("Fetched from the provider on ")
    assert "it had not handed this message over" in notes[0]


def test_days_divide_the_conversation(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    make_reply(message, ann)
    earlier = timezone.now() - timedelta(days=1)
    CustomerMessage.objects.filter(pk=message.pk).update(created_at=earlier)
    days = [day.get_text(strip=True) for day in _open(browser, message).select("#thread .day")]
    assert days == ["Yesterday", "Today"]


def test_times_are_shown_in_the_zone_that_the_browser_names(
    browser: Client, message: CustomerMessage
) -> None:
    noon = timezone.now().replace(month=1, hour=12, minute=0)
    CustomerMessage.objects.filter(pk=message.pk).update(created_at=noon)
    for zone, shown in (("Asia/Tokyo", "21:00"), ("", "12:00"), ("../etc", "12:00")):
        browser.cookies["timezone"] = zone
        assert text_of(_open(browser, message), "#thread .m time") == shown


def test_what_was_quoted_is_folded(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    _customer_answers(message, "Yes please.", quoted="> On Monday Ann wrote")
    assert text_of(_open(browser, message), "details.quoted") == "Quoted text > On Monday Ann wrote"


def test_how_it_was_filed_is_open_where_it_was_not_certain_and_folded_otherwise(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    _customer_answers(message, "From my desk.")
    _customer_answers(message, "From my phone.", from_address="else@other.example")
    entries = _open(browser, message).select("#thread .m")
    assert "Filed by the reply address" in text_of(entries[1], "details.evidence")
    assert entries[1].select_one(".note") is None
    assert "else@other.example, which is not an address" in text_of(entries[2], ".note")


def test_mail_of_a_machine_is_marked(browser: Client, message: CustomerMessage) -> None:
    _customer_answers(message, "I am away.", automatic="auto-replied")
    assert "Automatic mail" in text_of(_open(browser, message), ".m.auto footer")


def test_what_strangers_write_is_never_markup(browser: Client, ann: Membership) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    message = make_message(ann, evil, sender_name=evil, subject=evil)
    page = _open(browser, message)
    assert evil in page.select_one("#thread .b").get_text()
    assert page.select_one("#thread script, #thread img, #rows img") is None


def test_a_link_in_a_message_can_be_followed_and_gives_no_credit(
    browser: Client, ann: Membership
) -> None:
    message = make_message(ann, "See https://example.com/bike and javascript:alert(1)")
    links = _open(browser, message).select("#thread .b a")
    assert [(link["href"], link["rel"]) for link in links] == [
        ("https://example.com/bike", ["nofollow"])
    ]


def test_each_state_of_delivery_is_said_in_words(
    browser: Client, ann: Membership, provider: Provider, message: CustomerMessage
) -> None:
    make_reply(message, ann)
    assert "Waiting to be sent" in text_of(_open(browser, message), "#thread .out footer")
    provider.refuse(message, ann)
    entries = _open(browser, message).select("#thread .out")
    assert "Sent" in text_of(entries[0], ".progress")
    assert "Not delivered" in text_of(entries[1], ".progress")
    assert "does not exist" in text_of(entries[1], ".why")
    assert "Check the address with the customer" in text_of(entries[1], ".why")


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        (
            "30450",
            "Texts to this number are held back for about half an hour, because fraud is suspected."
            " Try again in half an hour, or use another channel.",
        ),
        (
            "63014",
            "The customer has blocked our number on WhatsApp."
            " Use another channel, or wait until the customer writes.",
        ),
        ("30999", "The message could not be sent. Try again, or use another channel."),
    ],
)
def test_why_a_text_did_not_arrive_stands_under_it(
    browser: Client, ann: Membership, provider: Provider, code: str, sentences: str
) -> None:
    message = make_text(make_sender(ann.business), PHONE, "Hi there").message
    make_reply(message, ann)
    drain()
    (delivery,) = sent_to_customer(message)
    attempt = delivery.tries.get()
    record_status(
        StatusReport(
            "twilio",
            "undelivered",
            attempt_id=attempt.pk,
            provider_id=attempt.provider_id,
            error_code=code,
        )
    )
    entry = _open(browser, message).select_one("#thread .out")
    assert "Not delivered" in text_of(entry, ".progress")
    assert text_of(entry, ".why") == sentences


def test_what_failed_can_be_sent_again(
    browser: Client, ann: Membership, provider: Provider, message: CustomerMessage
) -> None:
    provider.refuse(message, ann)
    page = read(press(browser, _open(browser, message), "Send again"))
    assert "Waiting to be sent" in text_of(page, "#thread .out .progress")


@pytest.mark.parametrize(
    ("words", "shown"), [("It was sent", "Sent"), ("Send again", "Waiting to be sent")]
)
def test_a_person_settles_what_nobody_else_can_know(
    browser: Client,
    ann: Membership,
    provider: Provider,
    message: CustomerMessage,
    words: str,
    shown: str,
) -> None:
    provider.lose(message, ann)
    page = _open(browser, message)
    assert "Not known whether it went out" in text_of(page, "#thread .out .progress")
    assert text_of(read(press(browser, page, words)), "#thread .out .progress") == shown


def test_the_pane_shows_the_customer_the_listing_and_his_other_conversations(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    bike = make_listing(ann.business)
    bike.price, bike.url = "£340", "https://bikes.example/blue"
    bike.save()
    second = make_message(ann, listing=bike, subject="Another question", consent="Write to me")
    pane = _open(browser, second).select_one("#context")
    words = " ".join(pane.get_text(" ").split())
    assert "maya@home.example" in words
    assert "Blue bike £340" in words
    assert "Consent On the web form, " in words
    assert pane.select_one(f"a[href='/conversations/{message.pk}/']").get_text() == "A question"


def test_a_listing_whose_address_is_a_script_is_no_link(browser: Client, ann: Membership) -> None:
    message = make_message(ann)
    snapshot = {"title": "Bike", "url": "javascript:alert(1)"}
    CustomerMessage.objects.filter(pk=message.pk).update(listing_snapshot=snapshot)
    assert _open(browser, message).select_one("#context .listing a") is None


def test_opening_it_marks_it_as_read(browser: Client, message: CustomerMessage) -> None:
    page = _open(browser, message)
    message.refresh_from_db()
    assert message.status == Status.READ
    assert page.title.text.startswith("Maya Okafor")


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_a_prefetch_is_not_reading(browser: Client, message: CustomerMessage, header: str) -> None:
    browser.get(f"/conversations/{message.pk}/", headers={header: "prefetch"})
    browser.head(f"/conversations/{message.pk}/")
    message.refresh_from_db()
    assert message.status == Status.UNREAD


def test_an_agent_reads_without_marking_and_is_told_why_he_cannot_answer(
    ann: Membership, message: CustomerMessage
) -> None:
    page = _open(client_of(make_member(ann.business, role=Role.AGENT)), message)
    assert "Your role at Ann's Bikes is to read." in text_of(page, "#composer")
    assert page.select_one("#thread-head form") is None
    message.refresh_from_db()
    assert message.status == Status.UNREAD


@pytest.mark.parametrize(
    ("words", "folder"),
    [("Archive", "archived"), ("Spam", "spam"), ("Delete", "trash"), ("Mark as unread", "unread")],
)
def test_an_action_leads_back_to_the_list_and_says_what_it_did(
    browser: Client, message: CustomerMessage, words: str, folder: str
) -> None:
    page = press(browser, _open(browser, message), words)
    assert page.redirect_chain == [("/", 302)]
    assert text_of(read(page), "#flash p")
    assert names_in(read(browser.get("/", {"folder": folder}))) == ["Maya Okafor"]


@pytest.mark.parametrize(
    ("there", "back"), [("Archive", "Unarchive"), ("Spam", "Not spam"), ("Delete", "Restore")]
)
def test_every_action_can_be_taken_back(
    browser: Client, message: CustomerMessage, there: str, back: str
) -> None:
    press(browser, _open(browser, message), there)
    press(browser, _open(browser, message), back)
    assert names_in(read(browser.get("/"))) == ["Maya Okafor"]


def test_the_list_beside_it_stays_as_it_was_asked_for(
    browser: Client, message: CustomerMessage
) -> None:
    listed = read(browser.get("/", {"folder": "waiting", "q": "bike"}))
    link = listed.select_one("#rows a")["href"]
    page = read(browser.get(link))
    assert page.select_one("#list-head h2").get_text() == "Waiting"
    assert page.select_one("#filter-q")["value"] == "bike"
    assert page.select_one(".back")["href"] == "/?folder=waiting&q=bike"
    assert page.select_one("#rows a")["aria-current"] == "page"
    assert press(browser, page, "Archive").redirect_chain == [("/?folder=waiting&q=bike", 302)]


def test_a_long_conversation_shows_its_newest_part_first(
    browser: Client, ann: Membership, message: CustomerMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.dashboard.thread.NEWEST", 2)
    for number in range(4):
        make_reply(message, ann, f"Answer {number}")
    page = _open(browser, message)
    assert "Answer 1" not in text_of(page, "#thread")
    earlier = page.select_one("#thread .day a")
    assert earlier.get_text().strip() == "Show 3 earlier messages"
    whole = read(browser.get(f"/conversations/{message.pk}/{earlier['href']}"))
    assert "Is the blue bike still there?" in text_of(whole, "#thread")


def test_it_takes_as_many_queries_for_fifty_messages_as_for_five(
    browser: Client, ann: Membership, message: CustomerMessage, django_assert_max_num_queries
) -> None:
    counts = []
    for wanted in (5, 50):
        while message.replies.count() < wanted:
            make_reply(message, ann)
            make_message(ann)
        _open(browser, message)
        with django_assert_max_num_queries(40) as queries:
            _open(browser, message)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def _open(browser: Client, message: CustomerMessage):
    response = browser.get(f"/conversations/{message.pk}/")
    assert response.status_code == 200
    return read(response)


def _customer_answers(message: CustomerMessage, text: str, **fields: str) -> None:
    to = reply_address_of(customer_of(message))
    mail = {"from_address": message.sender_email, "text": text, **fields}
    (received,) = receive(InboundMail(fingerprint=text, recipients=(to,), **mail))
    assert received.reply is not None


def test_the_listing_stands_as_it_was_beside_how_it_is_now(
    browser: Client, ann: Membership
) -> None:
    bike = make_listing(ann.business)
    message = make_message(ann, listing=bike)
    assert "Now" not in text_of(_open(browser, message), "#context .listing")
    bike.price, bike.status = "180 EUR", "sold"
    bike.save()
    assert "Now: 180 EUR · sold" in text_of(_open(browser, message), "#context .listing")
    bike.delete()
    assert "Now: no longer offered" in text_of(_open(browser, message), "#context .listing")
