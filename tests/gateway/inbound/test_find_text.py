"""How a text finds its conversation: the steps and their order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.inbound.messages import Outcome
from gateway.models import CustomerMessage, HeldReason, Receipt, Route, Status
from gateway.states import change, set_status, trash
from tests.factories import make_listing, make_message, make_reply, make_sender, make_text
from tests.gateway.post import PHONE, newest_notification, sent_to_customer, written

pytestmark = pytest.mark.django_db

NIGHT = timedelta(hours=12)


def by_phone(member, text="Is it still there?", phone=PHONE, **form):
    """A conversation that a customer opened by the form, with nothing but a phone number."""
    return make_message(member, text, sender_email="", sender_phone=phone, **form)


def we_wrote(message, at=None):
    """Our last text of this conversation went out at this time; it returns the provider's id."""
    delivery = sent_to_customer(message)[-1]
    delivery.provider_id = f"SM-out-{delivery.pk.hex}"
    delivery.save()
    Route.objects.filter(message=message).update(last_outbound_at=at or timezone.now())
    return delivery.provider_id


def test_a_first_text_to_a_businesss_own_number_opens_a_conversation(ann, ann_number):
    received = make_text(ann_number, PHONE, "Is the blue bike still there?")
    message = received.message
    assert received.outcome == Outcome.FILED
    assert (message.business, message.recipient) == (ann.business, ann.user)
    assert (message.channel, message.filed_by) == (Channel.SMS, "number")
    assert message.subject == "Is the blue bike still there?"
    assert message.sender_phone == PHONE


def test_the_next_text_continues_the_conversation(ann_number):
    first = make_text(ann_number, PHONE, "Is it there?").message
    second = make_text(ann_number, PHONE, "Hello?")
    assert (second.message, second.reply.reply) == (first, "Hello?")
    assert second.reply.filed_by == "number"


def test_the_same_number_written_differently_is_the_same_customer(ann_number):
    first = make_text(ann_number, "+14155550199", "Is it there?").message
    assert make_text(ann_number, "+1 415-555-0199", "Hello?").message == first


def test_a_quoted_message_decides_before_the_newest_conversation(ann, ann_number):
    older = by_phone(ann, subject="The red bike")
    make_reply(older, ann)
    quoted = we_wrote(older, timezone.now() - NIGHT)
    newer = by_phone(ann, subject="The blue bike")
    make_reply(newer, ann)
    we_wrote(newer)
    received = make_text(ann_number, PHONE, "This one", quoted_id=quoted)
    assert received.message == older
    assert received.reply.filed_by == "quote"


def test_a_customer_may_quote_his_own_message(ann_number):
    make_text(ann_number, PHONE, "Is it there?")
    key = Receipt.objects.get().key
    again = make_text(ann_number, PHONE, "I meant this", quoted_id=key.rpartition(":")[2])
    assert again.reply.filed_by == "quote"


def test_a_quote_of_what_another_customer_was_sent_decides_nothing(ann, ann_number):
    foreign = by_phone(ann, phone="+14155550188")
    make_reply(foreign, ann)
    received = make_text(ann_number, PHONE, "Mine?", quoted_id=we_wrote(foreign))
    assert received.message != foreign


def test_an_empty_or_unknown_quote_decides_nothing(ann, ann_number):
    message = by_phone(ann)
    make_reply(message, ann)
    assert not Delivery.objects.exclude(provider_id="").exists()
    for quoted in ("", "SM-nobody-knows"):
        assert make_text(ann_number, PHONE, "Hi", quoted_id=quoted).reply.filed_by == "number"


def test_f53_of_several_conversations_the_one_used_last_gets_the_text_and_says_so(ann, ann_number):
    older, newer = by_phone(ann, subject="Red"), by_phone(ann, subject="Blue")
    make_reply(newer, ann)
    make_reply(older, ann)
    we_wrote(newer, timezone.now())
    we_wrote(older, timezone.now() - NIGHT)
    received = make_text(ann_number, PHONE, "Which one is this?")
    assert received.message == newer
    assert received.reply.filed_note.startswith("2 conversations are open")


def test_the_phone_on_which_a_form_was_answered_finds_its_conversation(ann, ann_number):
    message = by_phone(ann)
    make_reply(message, ann)
    received = make_text(make_sender(ann.business), PHONE, "It is me, Maya")
    assert (received.message, received.reply.filed_by) == (message, "contact")
    assert "phone number" in received.reply.filed_note


def test_who_names_a_strangers_phone_in_a_form_never_reads_what_that_phone_writes(ann, ann_number):
    form = make_message(ann, sender_email="eve@evil.example", sender_phone=PHONE)
    message = make_text(ann_number, PHONE, "My secret").message
    assert (message.business, message.filed_by) == (ann.business, "number")
    assert message.contact != form.contact
    assert "The form of “A question” named this number" in message.filed_note
    assert written(form) == ["Is it still there?"]
    make_reply(message, ann)
    assert [sent.to_address for sent in sent_to_customer(message)] == [PHONE]


def test_a_whatsapp_message_to_a_form_can_be_answered_there(ann, ann_whatsapp):
    by_phone(ann)
    message = make_text(ann_whatsapp, PHONE, "On WhatsApp now").message
    assert make_reply(message, ann).channel == Channel.WHATSAPP


def test_who_has_written_from_a_phone_comes_before_who_only_claimed_it(ann):
    mine = make_text(make_sender(ann.business), PHONE, "It is mine").message
    by_phone(ann, "Somebody else's form", sender_name="Mallory")
    assert make_text(make_sender(ann.business), PHONE, "Hello again").message == mine


def test_an_archived_conversation_comes_back(ann_number):
    message = make_text(ann_number, PHONE, "Is it there?").message
    with change(message.pk) as locked:
        set_status(locked, Status.ARCHIVED)
    make_text(ann_number, PHONE, "Hello?")
    message.refresh_from_db()
    assert (message.status, message.is_archived) == (Status.UNREAD, False)


def test_after_the_trash_a_text_opens_a_new_conversation_and_the_next_joins_it(ann_number):
    old = make_text(ann_number, PHONE, "Is it there?").message
    trash(old.pk)
    new = make_text(ann_number, PHONE, "Hello?").message
    assert new != old
    assert new.business == old.business
    assert make_text(ann_number, PHONE, "Anybody?").message == new
    assert written(old) == ["Is it there?"]


def test_on_a_shared_number_the_one_conversation_we_wrote_to_lately_gets_the_answer(
    ann, shared_number
):
    message = by_phone(ann)
    make_reply(message, ann)
    received = make_text(shared_number, PHONE, "Yes please")
    assert (received.message, received.reply.filed_by) == (message, "recent")


def test_on_a_shared_number_the_trash_does_not_hide_the_business(ann, shared_number):
    old = by_phone(ann)
    make_reply(old, ann)
    trash(old.pk)
    received = make_text(shared_number, PHONE, "Yes please")
    assert received.message not in (None, old)
    assert received.message.business == ann.business


def test_on_a_shared_number_two_conversations_lately_are_held_and_no_business_reads_it(
    ann, shared_number
):
    for subject in ("Red", "Blue"):
        make_reply(by_phone(ann, subject=subject), ann)
    received = make_text(shared_number, PHONE, "Yes please")
    assert (received.outcome, received.held.business) == (Outcome.HELD, None)


def test_on_a_shared_number_a_new_answer_of_one_business_is_no_evidence_against_another(
    ann, ben, shared_number
):
    his = by_phone(ben)
    make_reply(his, ben)
    we_wrote(his, timezone.now() - timedelta(days=60))
    # As after more businesses than there are numbers: this pair serves a second one.
    hers = by_phone(ann)
    make_reply(hers, ann)
    received = make_text(shared_number, PHONE, "Yes please")
    assert (received.message, received.held.reason) == (None, HeldReason.SHARED_NUMBER)


def test_on_a_shared_number_old_news_is_held_and_no_business_reads_it(ann, shared_number):
    message = by_phone(ann)
    make_reply(message, ann)
    we_wrote(message, timezone.now() - timedelta(days=4))
    received = make_text(shared_number, PHONE, "Yes please")
    assert received.held.reason == HeldReason.SHARED_NUMBER
    assert received.held.business is None


def test_an_unknown_writer_on_a_shared_number_is_held_for_staff(shared_number):
    received = make_text(shared_number, PHONE, "Who is there?")
    assert (received.outcome, received.held.business) == (Outcome.HELD, None)
    assert received.held.text == "Who is there?"
    assert not CustomerMessage.objects.exists()


def test_a_text_to_a_number_that_is_none_of_ours_is_held_for_staff(db):
    from channels_out.models import Sender

    stranger = Sender(channel=Channel.SMS, address="+14155550000")
    received = make_text(stranger, PHONE, "Wrong number?")
    assert received.held.reason == HeldReason.UNKNOWN_NUMBER
    assert received.held.to_address == "+14155550000"


def test_texts_without_a_writer_never_find_each_other(ann, ann_number):
    first, second = (make_text(ann_number, "", text).message for text in ("One", "Two"))
    assert first != second
    assert first.contact != second.contact
    assert not Route.objects.exists()


def test_a_whatsapp_user_without_a_phone_number_is_one_customer(ann, ann_whatsapp):
    user = "US.13491208655302741918"
    first = make_text(ann_whatsapp, user, "Hi", from_name="Maya").message
    assert make_text(ann_whatsapp, user, "Hello?").message == first
    assert make_text(ann_whatsapp, "US.9999", "Hi").message != first
    make_reply(first, ann)
    assert sent_to_customer(first)[0].to_address == user


def test_the_owner_is_told_where_an_answer_goes_from_the_first_text_on(ann, ann_whatsapp):
    message = make_text(ann_whatsapp, PHONE, "Hi").message
    first_line = newest_notification(message).text.splitlines()[0]
    assert first_line.startswith(f"Your answer goes by WhatsApp to {PHONE}; WhatsApp closes ")


@pytest.mark.parametrize("word", ["Sale", "Location"])
def test_a_listings_title_is_not_evidence(ann, ann_number, word):
    listing = make_listing(ann.business, word)
    received = make_text(ann_number, PHONE, f"About {word}")
    assert received.message.listing is None
    assert listing.customer_messages.count() == 0
