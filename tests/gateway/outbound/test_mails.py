"""What owners and customers find in their mailboxes."""

from __future__ import annotations

import email
from email import policy

import pytest
from bs4 import BeautifulSoup
from django.core.mail import EmailMessage

from gateway.files import stored
from gateway.inbound.messages import InboundFile
from gateway.marker import ENGLISH, MARKERS
from gateway.models import Role
from gateway.outbound import render_mail
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.render_mail import fold
from gateway.participants import customer_of, member_of
from gateway.tokens import Signed, signed_in
from tests.factories import make_listing, make_member, make_message, make_reply, make_text
from tests.gateway.post import (
    MAYA,
    PHONE,
    PHOTO,
    customer_token,
    header,
    newest_notification,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)

MARKER = MARKERS[ENGLISH]

pytestmark = pytest.mark.django_db

INJECTED = "Hello\r\nBcc: victim@home.example\n\nBody\x07\u2028\u202e"


def read(rendered):
    """The header of a mail as the reader's program sees it, through Django's own mail."""
    mail = EmailMessage(rendered.subject, "", rendered.from_header, [MAYA])
    return email.message_from_bytes(mail.message().as_bytes(), policy=policy.default)


def quoted(message, ann):
    """What the customer's next mail quotes of his own; the same in both forms of it."""
    make_reply(message, ann, "Yes.")
    rendered = sent_to_customer(message)[-1].rendered
    texts = rendered.text.rpartition("You wrote:\n")[2].strip().split("\n\n")
    page = BeautifulSoup(rendered.html, "html.parser")
    shown = page.find_all("blockquote") or page.find_all("p")[-1:]
    assert [each.get_text().strip() for each in shown] == texts
    return texts


@pytest.fixture
def message(ann):
    return make_message(ann, listing=make_listing(ann.business, "Blue bike"))


@pytest.mark.usefixtures("each_at_once")
class TestTheNotification:
    def test_it_says_first_where_an_answer_goes_and_where_to_write_it(self, message):
        lines = newest_notification(message).text.splitlines()
        assert lines[:2] == [f"Your answer goes by email to {MAYA}.", MARKER]
        assert f"Your answer goes by email to {MAYA}." in newest_notification(message).html

    def test_it_names_writer_listing_and_words_and_links_to_the_dashboard(self, message):
        text = newest_notification(message).text
        assert "Maya Okafor wrote about Blue bike (Web form):" in text
        assert "Is it still there?" in text
        assert f"https://gateway.test/conversations/{message.pk}/" in text

    def test_it_comes_from_us_in_the_customers_name(self, message):
        rendered = newest_notification(message)
        sender = '"Maya Okafor via Ann\'s Bikes" <messages@mail.gateway.test>'
        assert rendered.from_header == sender
        assert rendered.subject == "A question"

    def test_an_answer_to_it_is_the_owners(self, message, ann):
        assert newest_notification(message).reply_to == owner_token(message, ann)

    def test_it_is_marked_as_automatic_and_signed(self, message, ann):
        rendered, (delivery,) = newest_notification(message), notifications(message)
        assert header(rendered, "Auto-Submitted") == "auto-generated"
        assert signed_in(delivery.message_id) == Signed(member_of(message, ann).pk, 1)
        assert header(rendered, "References") == delivery.message_id
        assert header(rendered, "List-Unsubscribe") == ""

    def test_the_next_one_continues_the_thread(self, message):
        post(customer_token(message))
        first, second = notifications(message)
        assert header(second.rendered, "In-Reply-To") == first.message_id
        assert header(second.rendered, "References") == f"{first.message_id} {second.message_id}"

    def test_a_message_without_a_word_is_called_empty(self, message):
        post(customer_token(message), text="\n")
        assert "(Email):\n\nAn empty message.\n" in newest_notification(message).text

    def test_it_says_when_nobody_can_be_answered(self, ann):
        text = newest_notification(make_message(ann, sender_email="")).text
        assert text.startswith("This customer cannot be reached now: No email address")
        assert "Your answer will be held." in text.splitlines()[0]

    def test_it_says_that_an_answer_goes_by_text(self, ann_number):
        message = make_text(ann_number, PHONE, "Hi").message
        first_line = newest_notification(message).text.splitlines()[0]
        assert first_line == f"Your answer goes by text message to {PHONE}."

    def test_what_was_not_certain_is_said(self, message):
        post(customer_token(message), sender="stranger@elsewhere.example")
        assert "Note: Written from stranger@elsewhere.example" in newest_notification(message).text

    def test_small_files_come_along_and_large_ones_wait_in_the_dashboard(
        self, message, monkeypatch
    ):
        monkeypatch.setattr(render_mail, "LARGEST_ATTACHMENTS", 12)
        large = InboundFile("large.pdf", "application/pdf", b"x" * 12)
        post(customer_token(message), files=(PHOTO, large))
        rendered = newest_notification(message)
        assert [file.name for file in rendered.attachments] == ["photo.jpg"]
        assert "File: large.pdf (open it in the dashboard)" in rendered.text

    def test_text_of_a_stranger_is_no_markup(self, ann):
        message = make_message(ann, "<img src=x onerror=alert(1)>", sender_name="<b>Mallory</b>")
        html = newest_notification(message).html
        assert "<img" not in html
        assert "<b>" not in html

    def test_f49_c15_nothing_of_a_stranger_becomes_a_header(self, ann):
        message = make_message(ann, subject=INJECTED, sender_name=f'Eve" <{INJECTED}>')
        rendered = newest_notification(message)
        assert read(rendered).keys().count("Bcc") == 0
        assert read(rendered)["Subject"] == "Hello Bcc: victim@home.example Body"
        assert str(read(rendered)["From"].addresses[0].addr_spec) == "messages@mail.gateway.test"

    def test_joined_emoji_and_words_survive_in_a_subject(self):
        assert fold("\U0001f469\u200d\U0001f467 ok") == "\U0001f469\u200d\U0001f467 ok"

    def test_an_agent_is_not_told_while_somebody_may_answer(self, ann):
        make_member(ann.business, Role.AGENT)
        assert [sent.to_address for sent in notifications(make_message(ann))] == [ann.user.email]


class TestTheCustomersMail:
    @pytest.fixture
    def rendered(self, message, ann):
        make_reply(message, ann, "Yes, come by.")
        return sent_to_customer(message)[0].rendered

    def test_it_is_a_human_message(self, rendered):
        assert rendered.text.startswith("Yes, come by.")
        assert header(rendered, "Auto-Submitted") == ""
        assert rendered.subject == "Re: A question"
        assert rendered.from_header == '"Ann via Ann\'s Bikes" <messages@mail.gateway.test>'

    def test_the_owners_private_address_is_nowhere(self, message, ann):
        ann.user.first_name = ""
        ann.user.save()
        make_reply(message, ann, "Yes, come by.")
        (delivery,) = sent_to_customer(message)
        assert "private" not in str(delivery.payload)
        assert delivery.rendered.from_header == '"Ann\'s Bikes" <messages@mail.gateway.test>'

    def test_it_shows_what_the_customer_wrote_last(self, rendered, message):
        assert MARKER in rendered.text
        assert rendered.text.rstrip().endswith("You wrote:\nIs it still there?")

    def test_it_quotes_all_that_the_customer_wrote_since_the_last_answer(self, message, ann):
        make_reply(message, ann)
        for text in ("Good.", "When?", "Today?"):
            post(customer_token(message), text=text)
        assert quoted(message, ann) == ["Good.", "When?", "Today?"]

    def test_before_the_first_answer_that_begins_with_what_opened_it(self, message, ann):
        post(customer_token(message), text="Hello?")
        assert quoted(message, ann) == ["Is it still there?", "Hello?"]

    def test_a_second_answer_quotes_the_same(self, message, ann):
        post(customer_token(message), text="Hello?")
        make_reply(message, ann)
        assert quoted(message, ann) == ["Is it still there?", "Hello?"]

    def test_what_a_stranger_wrote_in_between_is_not_quoted(self, message, ann):
        post(customer_token(message), text="Your code: 4711", sender="shop@elsewhere.example")
        assert quoted(message, ann) == ["Is it still there?"]

    def test_of_many_the_last_are_quoted(self, message, ann):
        for number in range(9):
            post(customer_token(message), text=f"Number {number}")
        assert quoted(message, ann) == [f"Number {number}" for number in range(4, 9)]

    def test_a_long_one_is_quoted_whole_and_nothing_beside_it(self, message, ann):
        post(customer_token(message), text="word " * 2000 + "end")
        (text,) = quoted(message, ann)
        assert text.endswith("end")

    def test_where_only_files_came_that_is_said(self, ann):
        message = make_message(ann, "")
        assert quoted(message, ann) == ["(files only)"]

    def test_an_answer_to_it_is_the_customers(self, rendered, message):
        assert rendered.reply_to == customer_token(message)

    def test_it_is_signed_and_threaded(self, message, ann):
        for text in ("Yes.", "Come by."):
            make_reply(message, ann, text)
        first, second = sent_to_customer(message)
        assert signed_in(first.message_id) == Signed(customer_of(message).pk, 1)
        assert header(first.rendered, "References") == first.message_id
        assert header(second.rendered, "In-Reply-To") == first.message_id
        assert header(second.rendered, "References") == f"{first.message_id} {second.message_id}"

    def test_a_subject_is_not_answered_twice(self, ann):
        message = make_message(ann, subject="RE: A question")
        make_reply(message, ann)
        assert sent_to_customer(message)[0].rendered.subject == "RE: A question"

    def test_files_come_along_and_a_large_one_is_a_link(self, message, ann, monkeypatch):
        monkeypatch.setattr(render_mail, "LARGEST_ATTACHMENTS", 12)
        large = InboundFile("large.pdf", "application/pdf", b"x" * 13)
        with stored([PHOTO, large]) as files:
            reply = post_reply(Answer(message.pk, ann, "Here", attachments=files))
        rendered = sent_to_customer(message)[0].rendered
        assert [file.name for file in rendered.attachments] == ["photo.jpg"]
        pk = reply.attachments.get(name="large.pdf").pk
        assert "large.pdf: https://gateway.test/c/" in rendered.text
        assert f"/files/{pk}/" in rendered.text
        assert f"/files/{pk}/" in rendered.html

    def test_text_of_an_owner_is_no_markup(self, message, ann):
        make_reply(message, ann, "<script>alert(1)</script>")
        assert "<script" not in sent_to_customer(message)[0].rendered.html
