"""What becomes of a text: heard for STOP and START, filed with its files, or a member's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.adapters.memory import Memory
from channels_out.adapters.registry import adapter_for
from channels_out.adapters.twilio_codes import error_of
from channels_out.channel import Channel
from channels_out.models import Sender, Suppression
from channels_out.outbox import StatusReport, drain, record_status
from gateway.inbound.messages import InboundFile, Outcome
from gateway.inbound.receive import LONGEST_WRITER
from gateway.models import AttachmentState, HeldReason, MemberAddress, Status
from gateway.outbound.ways import NotReachable, ways_to
from gateway.states import change, needs_an_answer
from tests.factories import make_member, make_reply, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.post import PHONE, notifications, sent_to_customer, written

pytestmark = pytest.mark.django_db

MEDIA = InboundFile("image-1.jpg", "image/jpeg", source_url="https://api.twilio.com/Media/ME1")


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        "stop",
        " Stop\n",
        "UNSUBSCRIBE",
        "Cancel",
        "revoke",
        "Alto",
        "ARRE\u0302T",
        "Abmelden",
    ],
)
def test_f68_a_stop_word_stops_texts_at_once_and_is_filed(ann, ann_number, word):
    message = make_text(ann_number, PHONE, "Is it there?").message
    received = make_text(ann_number, PHONE, word)
    assert (received.outcome, received.message) == (Outcome.FILED, message)
    with pytest.raises(NotReachable, match="opted out"):
        make_reply(message, ann)


@pytest.mark.parametrize(
    "text", ["STOPP", "Stop.", "stop by at 5", "Please stop", "HELP", "", "Can you end it?", "No"]
)
def test_f68_only_the_exact_word_stops(ann, ann_number, text):
    message = make_text(ann_number, PHONE, text).message
    assert make_reply(message, ann).channel == Channel.SMS
    assert not Suppression.objects.exists()


def test_a_writer_longer_than_any_address_is_cut_at_the_door(ann, ann_number):
    """PostgreSQL would refuse the whole message, for ever."""
    writer = "US." + "x" * 200
    message = make_text(ann_number, writer, "Is it there?").message
    assert message.sender_phone == writer[:LONGEST_WRITER]
    assert make_text(ann_number, writer, "Hello?").message == message


def test_f68_start_allows_texts_again(ann, ann_number):
    message = make_text(ann_number, PHONE, "STOP").message
    make_text(ann_number, PHONE, "Start")
    assert make_reply(message, ann).channel == Channel.SMS


class TestNobodyWaits:
    """A keyword asks for no answer, though it is read like any message."""

    @pytest.fixture
    def answered(self, ann, ann_number):
        message = make_text(ann_number, PHONE, "Is it there?").message
        make_reply(message, ann)
        return message

    @pytest.mark.parametrize(
        ("word", "verdict"), [("STOP", ""), ("start", ""), ("HELP", ""), ("Genug", "STOP")]
    )
    def test_an_answered_conversation_is_unread_and_waits_for_nothing(
        self, answered, ann_number, word, verdict
    ):
        make_text(ann_number, PHONE, word, opt_out=verdict)
        answered.refresh_from_db()
        assert (answered.status, answered.waiting_since) == (Status.UNREAD, None)
        assert answered.snippet == word

    def test_nor_does_one_that_it_opens(self, ann_number):
        message = make_text(ann_number, PHONE, "STOP").message
        assert (message.status, message.waiting_since) == (Status.UNREAD, None)

    def test_who_waited_before_waits_on_since_then(self, ann_number):
        message = make_text(ann_number, PHONE, "Is it there?").message
        make_text(ann_number, PHONE, "STOP")
        message.refresh_from_db()
        assert message.waiting_since == message.created_at

    def test_an_answer_that_it_stopped_leaves_him_waiting_for_what_he_asked(
        self, answered, ann_number, settings
    ):
        settings.CHANNEL_ADAPTERS = {"sms": f"{Memory.__module__}.Memory"}
        make_text(ann_number, PHONE, "STOP")
        drain()
        answered.refresh_from_db()
        assert answered.waiting_since == answered.created_at

    def test_where_nothing_else_was_asked_a_member_who_looks_again_finds_nobody_waiting(
        self, answered, ann_number
    ):
        make_text(ann_number, PHONE, "STOP")
        with change(answered.pk) as message:
            needs_an_answer(message, set())
        assert message.waiting_since is None

    @pytest.mark.parametrize("word", ["Yes", "Cancel", "info", "stop it"])
    def test_what_may_answer_a_question_waits(self, answered, ann_number, word):
        received = make_text(ann_number, PHONE, word)
        answered.refresh_from_db()
        assert answered.waiting_since == received.reply.created_at

    def test_the_mail_about_it_has_no_button_that_answers(
        self, ann, answered, ann_number, each_at_once
    ):
        ann.business.quick_answers = [{"label": "Yes", "text": "Yes, it is."}]
        ann.business.save()
        for text, is_offered in (("STOP", False), ("Is it red?", True)):
            make_text(ann_number, PHONE, text)
            told = notifications(answered)[-1].rendered
            assert text in told.text
            assert ('Answer "Yes, it is."' in told.text) is is_offered


@pytest.mark.parametrize("word", ["Start", "ALTA", "r\u00e9abonner"])
def test_f68_it_is_on_record_by_what_words_texts_were_stopped_and_allowed(ann, ann_number, word):
    make_text(ann_number, PHONE, "Baja")
    make_text(ann_number, PHONE, word)
    stop = Suppression.objects.get()
    assert (stop.words, stop.lifted_words) == ("Baja", word)
    assert stop.created_at < stop.lifted_at


def test_f68_the_provider_s_own_words_count_before_ours(ann, ann_number):
    """Advanced Opt-Out: each account chooses its keywords."""
    message = make_text(ann_number, PHONE, "Genug jetzt", opt_out="STOP").message
    assert "opted out" in ways_to(message)[1].reason
    make_text(ann_number, PHONE, "Doch wieder", opt_out="START")
    assert ways_to(message)[1].usable
    make_text(ann_number, PHONE, "End", opt_out="HELP")
    assert ways_to(message)[1].usable


def test_f68_by_whatsapp_what_waits_is_not_sent_and_the_owner_sees_why(ann, ann_whatsapp, settings):
    settings.CHANNEL_ADAPTERS = {"whatsapp": f"{Memory.__module__}.Memory"}
    message = make_text(ann_whatsapp, PHONE, "Is it there?").message
    reply = make_reply(message, ann)
    make_text(ann_whatsapp, PHONE, "Stop")
    drain()
    (delivery,) = sent_to_customer(message)
    assert (delivery.state, delivery.error_name, delivery.provider_id) == (
        "failed",
        "opted_out",
        "",
    )
    page = client_of(ann).get(f"/conversations/{message.pk}/").content.decode()
    assert "opted out" in page
    assert written(message)[-2:] == [reply.reply, "Stop"]


def test_stop_holds_for_every_conversation_on_the_number_and_no_other(ann, ben, ann_number):
    message = make_text(ann_number, PHONE, "STOP").message
    elsewhere = make_text(make_sender(ben.business), PHONE, "Is it there?").message
    assert make_reply(elsewhere, ben).channel == Channel.SMS
    assert "opted out" in ways_to(message)[1].reason


def test_stop_holds_for_a_whole_messaging_service(ann, ann_number):
    other = make_sender(ann.business)
    for sender in (ann_number, other):
        sender.messaging_service = "MG1"
        sender.save()
    make_text(ann_number, PHONE, "STOP")
    message = make_text(other, PHONE, "Is it there?").message
    assert "opted out" in ways_to(message)[1].reason


def test_f68_at_a_number_without_a_row_it_holds_for_its_messaging_service(ann, ann_number):
    ann_number.messaging_service = "MG1"
    ann_number.save()
    message = make_text(ann_number, PHONE, "Is it there?").message
    unknown = Sender(channel=Channel.SMS, address="+14155550999")
    assert make_text(unknown, PHONE, "STOP", messaging_service="MG1").outcome == Outcome.HELD
    assert "opted out" in ways_to(message)[1].reason


def test_f68_what_is_heard_late_counts_from_when_it_was_said(ann, ann_number):
    """A START that met a fault of ours is tried again for hours; what he said meanwhile was heard."""
    said_at = timezone.now()
    message = make_text(ann_number, PHONE, "STOP").message
    make_text(ann_number, PHONE, "START", received_at=said_at - timedelta(minutes=1))
    assert "opted out" in ways_to(message)[1].reason


def test_f68_start_at_one_number_of_a_messaging_service_lifts_a_stop_at_another(ann, ann_number):
    other, apart = make_sender(ann.business), make_sender(ann.business)
    for sender in (ann_number, other):
        sender.messaging_service = "MG1"
        sender.save()
    message = make_text(ann_number, PHONE, "STOP").message
    make_text(apart, PHONE, "STOP")
    make_text(other, PHONE, "START")
    assert ways_to(message)[1].usable
    standing = Suppression.objects.filter(lifted_at=None)
    assert set(standing.values_list("scope", flat=True)) == {apart.address}


def test_f68_start_lifts_the_whole_default_service(ann, ann_number, settings):
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG1"
    make_text(ann_number, PHONE, "STOP")
    make_text(make_sender(ann.business), PHONE, "START")
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_f68_a_refusal_that_comes_after_start_does_not_stop_what_start_allowed(
    ann, ann_number, memory
):
    message = make_text(ann_number, PHONE, "Is it there?").message
    make_reply(message, ann)
    drain()
    (sent,) = sent_to_customer(message)
    make_text(ann_number, PHONE, "START")
    record_status(
        StatusReport("twilio", "failed", error_code="21610", attempt_id=sent.tries.get().pk)
    )
    assert sent_to_customer(message)[0].error_name == "opted_out"
    assert ways_to(message)[1].usable


def test_the_last_of_many_starts_is_kept_in_the_ledger(ann_number):
    for words in ("Yes", "START", "yes"):
        make_text(ann_number, PHONE, words)
    assert Suppression.objects.get().lifted_words == "yes"


@pytest.fixture
def blocked(ann, ann_whatsapp, settings):
    """A customer on WhatsApp who has blocked Ann's number, as her answer showed."""
    settings.CHANNEL_ADAPTERS = {"whatsapp": f"{Memory.__module__}.Memory"}
    message = make_text(ann_whatsapp, PHONE, "Is it there?").message
    make_reply(message, ann)
    make_reply(message, ann)
    adapter_for(Channel.WHATSAPP).answers.append(error_of("63014"))
    drain()
    return message


def test_who_blocked_us_is_not_written_to_and_it_is_told_as_that(blocked):
    first, second = sent_to_customer(blocked)
    for delivery in (first, second):
        assert (delivery.state, delivery.error_name) == ("failed", "blocked")
        assert delivery.reason == "The customer has blocked our number on WhatsApp."
        assert "START" not in delivery.next_step
    assert second.tries.count() == 0
    assert ways_to(blocked)[2].reason == "The customer has blocked our number on WhatsApp."


def test_who_blocked_us_is_written_to_again_once_he_writes(ann, ann_whatsapp, blocked):
    make_text(ann_whatsapp, PHONE, "Hello, are you there?")
    assert make_reply(blocked, ann).channel == Channel.WHATSAPP
    assert Suppression.objects.get().lifted_words == ""


def test_who_blocked_us_and_says_stop_has_opted_out(ann_whatsapp, blocked):
    make_text(ann_whatsapp, PHONE, "STOP")
    assert "opted out" in ways_to(blocked)[2].reason
    make_text(ann_whatsapp, PHONE, "Hello?")
    assert "opted out" in ways_to(blocked)[2].reason


def test_what_he_writes_to_another_number_takes_no_block_back(ann, ann_whatsapp, blocked):
    make_text(make_sender(ann.business, Channel.WHATSAPP), PHONE, "Is it there?")
    standing = Suppression.objects.get(lifted_at=None)
    assert (standing.scope, standing.reason) == (ann_whatsapp.address, "blocked")


def test_files_wait_where_the_provider_keeps_them(ann_number):
    message = make_text(ann_number, PHONE, "", files=(MEDIA, MEDIA)).message
    first, second = message.attachments.all()
    assert (first.position, second.position) == (0, 1)
    assert (first.state, first.source_url) == (AttachmentState.PENDING, MEDIA.source_url)
    assert first.due_at <= timezone.now()
    assert message.subject == "(no text)"


def test_a_member_who_texts_his_own_business_is_no_customer(ann, ann_number):
    MemberAddress.objects.create(
        user=ann.user, channel=Channel.SMS, address=PHONE, verified_at=timezone.now()
    )
    received = make_text(ann_number, PHONE, "Sold!")
    assert received.held.reason == HeldReason.MEMBER_WROTE
    assert (received.held.business, received.held.membership) == (ann.business, ann)


def test_a_member_may_be_the_customer_of_another_business(ann, ben, ann_number):
    MemberAddress.objects.create(
        user=ben.user, channel=Channel.SMS, address=PHONE, verified_at=timezone.now()
    )
    assert make_text(ann_number, PHONE, "Is it there?").outcome == Outcome.FILED


def test_an_unverified_phone_is_a_customers(ann, ann_number):
    MemberAddress.objects.create(user=ann.user, channel=Channel.SMS, address=PHONE)
    assert make_text(ann_number, PHONE, "Is it there?").outcome == Outcome.FILED


def test_a_text_in_a_spam_conversation_tells_nobody(ann_number):
    message = make_text(ann_number, PHONE, "Buy followers").message
    with change(message.pk) as locked:
        locked.is_spam = True
    told = len(notifications(message))
    assert make_text(ann_number, PHONE, "Cheap").outcome == Outcome.SPAM
    assert len(notifications(message)) == told


def test_everybody_who_may_be_told_is_told_of_a_business_without_its_recipient(ann, ann_number):
    second = make_member(ann.business)
    message = make_text(ann_number, PHONE, "Is it there?").message
    assert [sent.to_address for sent in notifications(message)] == [ann.user.email]
    ann.is_active = False
    ann.save()
    make_text(ann_number, PHONE, "Hello?")
    assert notifications(message)[-1].to_address == second.user.email


def test_the_profile_name_is_the_customers_name(ann_whatsapp):
    message = make_text(ann_whatsapp, PHONE, "Hi", from_name="Maya").message
    assert (message.sender_name, message.contact.name) == ("Maya", "Maya")


def test_the_customer_waits_since_the_first_of_his_texts(ann_number):
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        message = make_text(ann_number, PHONE, "Is it there?").message
        began = timezone.now()
    make_text(ann_number, PHONE, "Hello?")
    message.refresh_from_db()
    assert message.waiting_since == began


def test_a_number_written_in_another_form_is_ours_too(ann_number):
    ann_number.address = f"{ann_number.address[:2]} {ann_number.address[2:]}"
    received = make_text(ann_number, PHONE, "Is it there?")
    assert received.outcome == Outcome.FILED
    assert not sent_to_customer(received.message)


def test_stop_holds_for_the_messaging_service_that_twilio_names_and_start_ends_it(ann, ann_number):
    message = make_text(ann_number, PHONE, "STOP", messaging_service="MG7").message
    assert set(Suppression.objects.values_list("scope", flat=True)) == {"MG7", ann_number.address}
    make_text(ann_number, PHONE, "START", messaging_service="MG7")
    assert not Suppression.objects.filter(lifted_at=None).exists()
    assert make_reply(message, ann).channel == Channel.SMS


def test_a_stop_outlives_that_the_number_joins_a_messaging_service(ann, ann_number):
    message = make_text(ann_number, PHONE, "STOP").message
    ann_number.messaging_service = "MG7"
    ann_number.save()
    with pytest.raises(NotReachable, match="opted out"):
        make_reply(message, ann)


def test_a_text_that_waited_for_us_counts_from_when_it_came(ann_whatsapp):
    then = timezone.now() - timedelta(hours=23)
    message = make_text(ann_whatsapp, PHONE, "Hi", received_at=then).message
    make_text(ann_whatsapp, PHONE, "Even before", received_at=then - timedelta(hours=1))
    message.refresh_from_db()
    assert (message.created_at, message.last_activity_at, message.snippet) == (then, then, "Hi")
    assert message.waiting_since == then - timedelta(hours=1)
    whatsapp = next(way for way in ways_to(message) if way.channel == Channel.WHATSAPP)
    assert whatsapp.closes_at == then + timedelta(hours=24)
