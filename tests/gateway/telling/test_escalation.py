"""A customer who waits too long: a second channel, once, and not at night."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest

from gateway.canned import begin
from gateway.marker import MARKERS
from gateway.models import Notice, Role
from gateway.participants import member_of
from gateway.states import change, set_status
from gateway.telling.escalate import escalate_due
from gateway.telling.render import MOST_CHARACTERS, MOST_MESSAGES
from gateway.tokens import signed_in
from tests.factories import make_listing, make_member, make_message, make_reply, make_sender
from tests.gateway.dashboard.pages import fields_of, read
from tests.gateway.post import (
    MAYA,
    PHOTO,
    customer_token,
    header,
    last_reply,
    owner_token,
    post,
    sent_to_customer,
)
from tests.gateway.telling.days import NIGHT, PHONE, choose, sent, verified_phone
from tests.webhooks.conftest import basic
from webhooks.processing import process_due

pytestmark = pytest.mark.django_db

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def alarmed(ann, clock):
    """Ann's Bikes wants to know after half an hour."""
    ann.business.escalates_after = 30
    ann.business.save()
    return ann


def told(to: str) -> list[str]:
    return [each.rendered.subject for each in sent(to=to) if "waits" in each.rendered.subject]


def test_it_is_off_until_it_is_chosen(ann, clock):
    make_message(ann)
    clock.shift(timedelta(days=3))
    assert escalate_due() == 0
    assert not Notice.objects.exists()


def test_a_phone_is_texted_once_when_the_time_is_over(alarmed, clock):
    make_sender(alarmed.business)
    verified_phone(alarmed)
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR - timedelta(seconds=1))
    assert escalate_due() == 0
    clock.shift(1)
    assert (escalate_due(), escalate_due()) == (1, 0)
    (text,) = sent("sms")
    assert text.to_address == PHONE
    assert text.rendered.text.startswith("Waits for an answer: Maya Okafor to Ann's Bikes:")
    assert len(sent()) == 1


def test_without_a_phone_the_others_are_told_by_mail(alarmed, clock):
    bob = make_member(alarmed.business, Role.MEMBER)
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(bob.user.email) == ["Maya Okafor waits for an answer"]
    assert told(alarmed.user.email) == []


def test_who_is_alone_is_told_again(alarmed, clock):
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == ["Maya Okafor waits for an answer"]


def test_who_was_answered_in_time_is_no_alarm_and_the_next_wait_is_one_of_its_own(alarmed, clock):
    message = make_message(alarmed)
    clock.shift(timedelta(minutes=20))
    make_reply(message, alarmed)
    clock.shift(timedelta(minutes=5))
    post(customer_token(message))
    clock.shift(timedelta(minutes=10))
    assert escalate_due() == 1
    assert told(alarmed.user.email) == []
    clock.shift(timedelta(minutes=20))
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_who_writes_again_while_he_waits_is_one_alarm(alarmed, clock):
    message = make_message(alarmed)
    clock.shift(timedelta(minutes=20))
    post(customer_token(message))
    clock.shift(timedelta(hours=2))
    escalate_due()
    assert escalate_due() == 0
    assert len(told(alarmed.user.email)) == 1


def test_what_was_archived_is_no_alarm(alarmed, clock):
    message = make_message(alarmed)
    with change(message.pk) as locked:
        set_status(locked, "archived")
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == []


def test_at_night_it_waits_for_the_morning(alarmed, clock):
    choose(alarmed, **NIGHT)
    clock.shift(timedelta(hours=10, minutes=45))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == []
    clock.shift(timedelta(hours=9))
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_unless_he_wants_to_be_woken(alarmed, clock):
    choose(alarmed, is_woken=True, **NIGHT)
    clock.shift(timedelta(hours=11))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_somebody_who_is_awake_is_told_in_his_place(alarmed, clock):
    choose(alarmed, **NIGHT)
    bob = make_member(alarmed.business, Role.MEMBER)
    clock.shift(timedelta(hours=11))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert len(told(bob.user.email)) == 1


class TestTheMail:
    """It is answered by replying and has buttons, as the first notification."""

    @pytest.fixture
    def bob(self, alarmed):
        """Who is told of customers who wait, in German."""
        begin(alarmed.business)
        return make_member(alarmed.business, Role.MEMBER, language="de")

    @pytest.fixture
    def message(self, alarmed, bob, clock):
        """Maya has asked twice, and nobody has answered for half an hour."""
        message = make_message(
            alarmed, "Is it still there?", listing=make_listing(alarmed.business)
        )
        clock.shift(timedelta(minutes=1))
        post(customer_token(message), text="And the colour?", files=(PHOTO,))
        clock.shift(HALF_AN_HOUR)
        escalate_due()
        return message

    @pytest.fixture
    def mail(self, message, bob):
        (mail,) = sent(to=bob.user.email)
        return mail

    def test_it_says_first_where_an_answer_goes_and_quotes_what_waits(self, mail):
        first, second, _, waits, *rest = mail.rendered.text.splitlines()
        assert first == f"Ihre Antwort geht per E-Mail an {MAYA}."
        assert second == MARKERS["de"]
        assert waits.startswith("Maya Okafor wartet seit 08.06.2026 10:00 auf")
        assert "\n".join(rest).index("Is it still there?") < "\n".join(rest).index(
            "And the colour?"
        )
        assert [file.name for file in mail.rendered.attachments] == ["photo.jpg"]

    def test_its_html_says_the_same(self, mail):
        page = mail.rendered.html
        places = [page.index(words) for words in (MAYA, MARKERS["de"], "wartet seit", "colour?")]
        assert places == sorted(places)

    def test_it_has_the_readers_own_reply_address_and_signed_id(self, mail, message, bob):
        assert mail.rendered.reply_to == owner_token(message, bob)
        assert signed_in(mail.message_id).participant_id == member_of(message, bob).pk
        assert header(mail.rendered, "References").split()[-1] == mail.message_id

    def test_who_is_alone_finds_it_below_his_first_notification(self, alarmed, clock):
        message = make_message(alarmed)
        clock.shift(HALF_AN_HOUR)
        escalate_due()
        first, mail = sent(to=alarmed.user.email)
        assert header(mail.rendered, "In-Reply-To") == first.message_id
        assert mail.rendered.reply_to == first.rendered.reply_to == owner_token(message, alarmed)

    def test_an_answer_by_mail_reaches_the_customer(self, mail, message, bob, client):
        answered = EmailMessage()
        answered["From"], answered["To"] = bob.user.email, mail.rendered.reply_to
        answered["Subject"] = f"Re: {mail.rendered.subject}"
        answered["In-Reply-To"] = mail.message_id
        quoted = "\n".join(f"> {line}" for line in mail.rendered.text.splitlines())
        answered.set_content(f"Yes, and it is blue.\n\n{quoted}\n")
        by_webhook(client, answered, mail.rendered.reply_to)
        assert last_reply(message).reply == "Yes, and it is blue."
        (answer,) = sent_to_customer(message)
        assert answer.to_address == MAYA
        assert answer.rendered.subject == "Re: A question"
        assert "Yes, and it is blue." in answer.rendered.text
        message.refresh_from_db()
        assert (message.status, message.waiting_since) == ("replied", None)

    def test_nobody_else_may_answer_by_it(self, mail, message, alarmed):
        post(mail.rendered.reply_to, sender=alarmed.user.email, text="It is.")
        assert sent_to_customer(message) == []

    def test_its_buttons_ask_before_they_do_it(self, mail, message, client):
        buttons = dict(re.findall(r"^(.+?):\s(https?://\S+/act/\S+)$", mail.rendered.text, re.M))
        assert {"Archivieren", "Spam", "Als verkauft markieren"} < set(buttons)
        assert len(buttons) == 5  # and two answers
        first = next(url for words, url in buttons.items() if "still available" in words)
        page = read(client.get(first))
        assert sent_to_customer(message) == []
        client.post(first, fields_of(page.select_one("form")))
        (answer,) = sent_to_customer(message)
        assert "Yes, it is still available." in answer.rendered.text

    def test_of_very_many_messages_it_quotes_the_first_and_the_newest_and_counts_the_others(
        self, alarmed, bob, clock
    ):
        message = make_message(alarmed, "The first of all")
        for number in range(MOST_MESSAGES + 1):
            clock.shift(1)
            post(customer_token(message), text=f"Message {number}.")
        clock.shift(HALF_AN_HOUR)
        escalate_due()
        mail = sent(to=bob.user.email)[-1].rendered
        for said in (mail.text, mail.html):
            places = [said.index(words) for words in ("first of all", "2 weitere", "Message 60.")]
            assert places == sorted(places)
            assert "Message 1." not in said
            assert "Message 2." in said

    def test_of_very_long_messages_as_well(self, alarmed, bob, clock):
        message = make_message(alarmed)
        make_reply(message, alarmed)
        for words in ("One", "Two", "Three", "Four"):
            clock.shift(1)
            post(customer_token(message), text=f"{words}: " + "long " * (MOST_CHARACTERS // 15))
        clock.shift(HALF_AN_HOUR)
        escalate_due()
        text = sent(to=bob.user.email)[-1].rendered.text
        assert re.findall(r"^(\w+): long", text, re.MULTILINE) == ["One", "Four"]
        assert "2 weitere" in text

    def test_what_is_of_another_day_says_so(self, alarmed, bob, clock):
        alarmed.business.escalates_after = 60 * 24
        alarmed.business.save()
        choose(bob, timezone="Europe/Berlin")
        clock.shift(timedelta(hours=11, minutes=30))  # 23:30
        message = make_message(alarmed, "At night")
        clock.shift(timedelta(hours=1))
        post(customer_token(message), text="After midnight")
        clock.shift(timedelta(hours=1))
        post(customer_token(message), text="Well?")
        clock.shift(timedelta(hours=22))
        escalate_due()
        mail = sent(to=bob.user.email)[-1].rendered
        for said in (mail.text, mail.html):
            assert "schrieb am 08.06.2026 23:30 (" in said
            assert "schrieb um 00:30 (" in said

    def test_what_was_answered_before_is_not_in_it(self, alarmed, bob, clock):
        message = make_message(alarmed, "The first of all")
        clock.shift(1)
        make_reply(message, alarmed)
        clock.shift(1)
        post(customer_token(message), text="And the colour?")
        clock.shift(HALF_AN_HOUR)
        escalate_due()
        (mail,) = sent(to=bob.user.email)
        assert "And the colour?" in mail.rendered.text
        assert "The first of all" not in mail.rendered.text


def by_webhook(client, mail, recipient):
    """An own mail server hands it over, and a worker looks at it."""
    answer = client.post(
        f"/webhooks/email/mime/?recipient={recipient}",
        mail.as_bytes(),
        content_type="message/rfc822",
        headers={"Authorization": basic()},
    )
    assert answer.status_code == 200
    process_due()
