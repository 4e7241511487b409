"""The buttons in a notification: each link opens a page, and only its button does something."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from gateway.action_links import LINK_LIFE, Do, action_url
from gateway.canned import begin, delete_answer, keep
from gateway.join import join
from gateway.models import CannedAnswer, CustomerMessage, Listing, MessageReply, Role, Status
from gateway.participants import customer_of, member_of, revoke
from gateway.states import trash
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.dashboard.pages import fields_of, read
from tests.gateway.post import (
    MAYA,
    PHONE,
    customer_token,
    newest_notification,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)
from tests.gateway.templates import make_template

pytestmark = pytest.mark.django_db
AVAILABLE, SOLD_TEXT = "Yes, it is still available.", "Sorry, it is sold."


@pytest.fixture
def ann(ann):
    """Ann, by her name, with the answers that a new business begins with."""
    begin(ann.business)
    ann.business.refresh_from_db()
    ann.user.first_name = "Ann"
    ann.user.save()
    return ann


@pytest.fixture
def message(ann):
    return make_message(ann, "Is it there?", listing=make_listing(ann.business))


@pytest.fixture
def anyone():
    """A browser in which nobody is signed in, which sends no cookies and runs no script."""
    return Client(enforce_csrf_checks=True)


def links(message):
    """The buttons in the newest notification, by their words: the same in both parts."""
    mail = newest_notification(message)
    found = re.findall(r"^(.+?):\s(https?://\S+/act/\S+)$", mail.text, re.MULTILINE)
    in_html = {link["href"] for link in read_html(mail.html).select("a[href*='/act/']")}
    assert {url for _, url in found} == in_html
    return dict(found)


def read_html(html):
    class Answer:
        content = html.encode()

    return read(Answer)


def answer_link(message, text=AVAILABLE):
    return links(message)[f'Answer "{text}"']


def opened(browser, url):
    return read(browser.get(url))


def confirm(browser, url):
    """Opens the page and presses its button."""
    return press(browser, url, opened(browser, url))


def press(browser, url, page):
    form = page.select_one("form")
    button = form.select_one("button")
    named = {button["name"]: button["value"]} if button.get("name") else {}
    return read(browser.post(url, fields_of(form) | named))


def change(name, **fields):
    """Changes an answer as its page does."""
    answer = CannedAnswer.objects.get(name=name)
    for each, value in fields.items():
        setattr(answer, each, value)
    keep(answer)


def heading(page):
    return page.h1.get_text()


def answers(message):
    return [reply.reply for reply in message.replies.filter(direction="outbound")]


class TestInTheMail:
    def test_both_parts_end_with_the_same_buttons(self, message):
        assert list(links(message)) == [
            f'Answer "{AVAILABLE}"',
            f'Answer "{SOLD_TEXT}"',
            "Archive",
            "Spam",
            "Mark as sold",
        ]

    def test_a_business_without_such_answers_and_a_message_about_no_listing_have_fewer(self, ann):
        for name in ("Available", "Sold"):
            change(name, in_mails=False)
        ann.business.refresh_from_db()
        assert list(links(make_message(ann))) == ["Archive", "Spam"]

    def test_a_listing_model_that_knows_no_sale_has_no_button_for_it(self, ann, monkeypatch):
        monkeypatch.delattr(Listing, "mark_sold")
        message = make_message(ann, listing=make_listing(ann.business))
        assert "Mark as sold" not in links(message)

    def test_a_placeholder_is_filled_in_the_mail_and_in_what_is_sent(self, ann, anyone):
        text = "Hello {name}, the {listing} is there. {me}"
        change("Available", text=text)
        ann.business.refresh_from_db()
        message = make_message(ann, listing=make_listing(ann.business))
        said = "Hello Maya, the Blue bike is there. Ann"
        confirm(anyone, answer_link(message, said))
        assert answers(message) == [said]

    def test_each_member_has_links_of_his_own(self, message, ann, anyone):
        eve = make_member(ann.business, user=make_user(first_name="Eve"))
        message.recipient = None
        message.save()
        post(customer_token(message))
        mine, hers = [
            re.search(r"Archive: (\S+)", each.rendered.text)[1]
            for each in notifications(message)[-2:]
        ]
        eve.is_active = False
        eve.save()
        assert "in the name of Ann at Ann's Bikes" in opened(anyone, mine).get_text()
        assert "Eve has no access to Ann's Bikes any more." in opened(anyone, hers).get_text()

    def test_what_a_member_quotes_hands_no_button_to_the_customer(self, message, ann):
        url = answer_link(message)
        checked = f"https://safe.example/?url={quote(url, safe='')}&data=1"
        text = f"Yes!\n> Answer: <{url}>\n> {checked}\n> end"
        post(owner_token(message, ann), sender=ann.user.email, text=text)
        (sent,) = sent_to_customer(message)
        assert "Yes!" in sent.rendered.text
        assert "end" in sent.rendered.text
        for part in (sent.rendered.text, sent.rendered.html):
            assert "/act/" not in part
            assert "%2Fact%2F" not in part


class TestAnswering:
    def test_the_page_says_what_will_be_sent_to_whom_and_how(self, message, anyone):
        page = opened(anyone, answer_link(message)).get_text(" ", strip=True)
        assert "Send this answer?" in page
        assert f"It goes by email to Maya Okafor, {MAYA}:" in page
        assert AVAILABLE in page
        assert "in the name of Ann at Ann's Bikes" in page

    def test_by_phone_it_says_the_words_as_the_customer_will_read_them(self, ann, anyone):
        number = make_sender(ann.business)
        message = make_text(number, PHONE, "Is it there?").message
        page = opened(anyone, answer_link(message)).get_text(" ", strip=True)
        assert f"It goes by text message to {PHONE}:" in page
        assert f"Ann's Bikes: {AVAILABLE}" in page
        confirm(anyone, answer_link(message))
        (sent,) = sent_to_customer(message)
        assert sent.rendered.text == f"Ann's Bikes: {AVAILABLE}"

    def test_where_whatsapp_is_closed_it_shows_the_template(self, ann, anyone):
        make_template(ann)
        message = make_text(make_sender(ann.business, "whatsapp"), PHONE, "Is it there?").message
        url = answer_link(message)
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            page = opened(anyone, url)
            assert "WhatsApp closed" in page.get_text()
            assert f"has answered you: {AVAILABLE} You can write back here." in page.get_text()
            press(anyone, url, page)
            (sent,) = sent_to_customer(message)
        assert AVAILABLE in sent.rendered.text
        assert sent.rendered.content_sid

    def test_f71_opening_it_triggers_nothing_as_scanners_of_mail_open_links(self, message, anyone):
        for url in links(message).values():
            for method in (anyone.get, anyone.head):
                assert method(url).status_code == 200
        message.refresh_from_db()
        assert not answers(message)
        assert message.status == Status.UNREAD
        assert not message.is_spam

    def test_the_button_sends_it_as_the_member(self, message, ann, anyone):
        page = confirm(anyone, answer_link(message))
        assert heading(page) == "On its way"
        (sent,) = sent_to_customer(message)
        assert sent.to_address == MAYA
        assert AVAILABLE in sent.rendered.text
        reply = MessageReply.objects.get()
        assert (reply.sender, reply.written_via) == (ann.user, "button")
        message.refresh_from_db()
        assert message.status == Status.REPLIED

    def test_pressed_twice_it_answers_once_and_says_so(self, message, anyone):
        url = answer_link(message)
        page = opened(anyone, url)
        press(anyone, url, page)
        again = press(anyone, url, page)
        assert heading(again) == "Already done"
        assert heading(opened(anyone, url)) == "Already done"
        assert answers(message) == [AVAILABLE]

    def test_the_other_answer_says_first_that_the_customer_was_answered(self, message, anyone):
        confirm(anyone, answer_link(message))
        page = opened(anyone, answer_link(message, SOLD_TEXT))
        assert "Ann answered since." in page.get_text()
        press(anyone, answer_link(message, SOLD_TEXT), page)
        assert answers(message) == [AVAILABLE, SOLD_TEXT]

    def test_what_the_customer_wrote_since_is_told_before_but_not_shown(self, message, anyone):
        url = answer_link(message)
        post(customer_token(message), text="I bought another one")
        page = opened(anyone, url).get_text()
        assert "Maya Okafor wrote again since: 1 message." in page
        assert "another one" not in page

    def test_what_happens_while_the_page_is_open_stops_the_answer(self, message, ann, anyone):
        url = answer_link(message)
        page = opened(anyone, url)
        ben = make_member(ann.business, user=make_user(first_name="Ben"))
        make_reply(message, ben, "It is mine to answer")
        asked = press(anyone, url, page)
        assert "Something changed while this page was open." in asked.get_text()
        assert "Ben answered since." in asked.get_text()
        assert len(answers(message)) == 1
        press(anyone, url, asked)
        assert len(answers(message)) == 2

    def test_another_text_of_the_same_answer_is_shown_before_it_is_sent(self, message, ann, anyone):
        url = answer_link(message)
        page = opened(anyone, url)
        change("Available", text="It is. Come by!")
        gone = answer_link(message, SOLD_TEXT)
        delete_answer(CannedAnswer.objects.get(name="Sold"))
        assert "It is. Come by!" in press(anyone, url, page).get_text()
        assert not answers(message)
        assert "renamed or deleted" in opened(anyone, gone).get_text()

    def test_a_customer_who_cannot_be_reached_gets_none_and_the_page_says_why(
        self, message, anyone
    ):
        url = answer_link(message)
        message.contact.addresses.update(bounced_at=timezone.now())
        page = opened(anyone, url)
        assert heading(page) == "Not sent"
        assert f"Mail to {MAYA} came back." in page.get_text()
        assert heading(read(anyone.post(url))) == "Not sent"

    def test_it_goes_where_the_conversation_is_now(self, message, ann, anyone):
        url = answer_link(message)
        other = make_message(ann, "The red one, too")
        join(message.pk, other.pk, ann)
        confirm(anyone, url)
        assert answers(other) == [AVAILABLE]


class TestMoving:
    @pytest.mark.parametrize(
        ("words", "flag", "done"),
        [
            ("Archive", "is_archived", "It is in the archive."),
            ("Spam", "is_spam", "It is in spam."),
        ],
    )
    def test_it_is_done_once_and_undone_by_the_same_page(self, message, anyone, words, flag, done):
        url = links(message)[words]
        for page in (confirm(anyone, url), read(anyone.post(url)), opened(anyone, url)):
            assert heading(page) == done
            assert getattr(CustomerMessage.objects.get(), flag)
        for _ in range(2):
            page = read(anyone.post(url, {"undo": "1"}))
            assert heading(page) != done
            assert not getattr(CustomerMessage.objects.get(), flag)

    def test_a_listing_is_marked_as_sold(self, message, anyone):
        url = links(message)["Mark as sold"]
        assert "Blue bike will be marked as sold" in opened(anyone, url).get_text()
        for page in (confirm(anyone, url), read(anyone.post(url))):
            assert heading(page) == "It is marked as sold."
        message.listing.refresh_from_db()
        assert message.listing.status == "sold"
        message.listing.delete()
        assert "The listing was deleted" in opened(anyone, url).get_text()

    def test_what_is_in_the_trash_stays_there(self, message, anyone):
        urls = links(message)
        trash(message.pk)
        for words in ("Archive", "Spam", f'Answer "{AVAILABLE}"'):
            assert "in the trash" in read(anyone.post(urls[words])).get_text()


class TestLinks:
    def test_it_is_not_kept_passed_on_or_indexed(self, message, anyone):
        answer = anyone.get(answer_link(message))
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Robots-Tag"] == "noindex"

    def test_one_that_was_cut_or_forged_is_not_found(self, message, anyone):
        url = answer_link(message)
        for wrong in (url[:-3] + "/", url.replace("/act/", "/act/x"), f"{url[:-1]}x/"):
            assert anyone.get(wrong).status_code == 404

    def test_f58_it_ends_with_the_members_access_and_says_why(self, message, ann, anyone):
        url = answer_link(message)
        page = opened(anyone, url)
        ann.is_active = False
        ann.save()
        answer = anyone.post(url, fields_of(page.form))
        assert answer.status_code == 410
        assert "Ann has no access to Ann's Bikes any more." in read(answer).get_text()
        ann.is_active, ann.role = True, Role.AGENT
        ann.save()
        assert "Ann may read what customers write" in opened(anyone, url).get_text()
        assert not answers(message)

    def test_it_ends_when_the_members_side_is_revoked(self, message, ann, anyone):
        url = answer_link(message)
        revoke(member_of(message, ann))
        assert anyone.get(url).status_code == 410

    def test_it_ends_after_two_weeks(self, message, anyone):
        url = answer_link(message)
        with time_machine.travel(timezone.now() + LINK_LIFE):
            answer = anyone.get(url)
        assert answer.status_code == 410
        assert "It is older than 14 days." in read(answer).get_text()

    def test_it_ends_with_the_conversation(self, message, anyone):
        url = answer_link(message)
        message.delete()
        assert anyone.get(url).status_code == 410

    def test_a_customers_side_has_no_button(self, message, anyone):
        url = action_url(customer_of(message), message.pk, Do.ARCHIVE)
        assert anyone.get(url).status_code == 410
