"""On which channels a customer can be reached, and the reason why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.suppression import EMAIL_SCOPE, suppress
from gateway.codes import code_of
from gateway.models import DedicatedSender
from gateway.outbound import answer
from gateway.outbound.ways import NotReachable, choose, reach_of, ways_to
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.post import (
    MAYA,
    PHONE,
    customer_token,
    newest_notification,
    post,
    sent_to_customer,
)
from tests.gateway.telling.days import choose as be_told

pytestmark = pytest.mark.django_db

MONDAY = "2026-03-02T14:05:00Z"


def way(message, channel):
    return next(each for each in ways_to(message) if each.channel == channel)


def by_phone(member, phone=PHONE, **form):
    return make_message(member, sender_email="", sender_phone=phone, **form)


def test_every_channel_is_there_with_its_state(ann):
    ways = ways_to(make_message(ann))
    assert [(each.channel, each.reason) for each in ways] == [
        (Channel.EMAIL, ""),
        (Channel.SMS, "No mobile number of this customer is known."),
        (Channel.WHATSAPP, "No WhatsApp number of this customer is known."),
    ]


def test_a_business_without_a_number_cannot_text(ann):
    reason = "Ann's Bikes has no SMS number to write from."
    assert way(by_phone(ann), Channel.SMS).reason == reason


def test_mail_that_came_back_closes_that_address(ann):
    message = make_message(ann)
    message.contact.addresses.update(bounced_at=timezone.now())
    assert way(message, Channel.EMAIL).reason == f"Mail to {MAYA} came back."


def test_another_mailbox_of_his_is_used_then(ann):
    message = make_message(ann)
    message.contact.addresses.create(
        business=ann.business,
        channel=Channel.EMAIL,
        address="typo@home.exmaple",
        normalized="typo@home.exmaple",
        bounced_at=timezone.now(),
    )
    assert choose(message).address == MAYA


def test_who_wants_no_mail_gets_none(ann):
    message = make_message(ann)
    suppress(Channel.EMAIL, EMAIL_SCOPE, "Maya@Home.example", reason="complaint")
    assert "does not want our mail" in way(message, Channel.EMAIL).reason


def test_c30_mail_to_an_address_of_our_own_is_refused(ann):
    looping = make_message(ann, sender_email=customer_token(make_message(ann)).upper())
    assert "not an address of a customer's mailbox" in way(looping, Channel.EMAIL).reason


@pytest.mark.parametrize("phone", ["call me", "0171 5550199", "12345"])
def test_a_typed_number_without_its_country_cannot_be_texted(ann, ann_number, phone):
    assert "is not a whole phone number" in way(by_phone(ann, phone), Channel.SMS).reason


def test_a_typed_number_goes_out_in_its_normal_form(ann, ann_number):
    message = by_phone(ann, "+1 (415) 555-0199")
    make_reply(message, ann)
    assert sent_to_customer(message)[0].to_address == PHONE


def test_stop_holds_however_the_number_was_typed(ann, ann_number):
    message = by_phone(ann, "+1 (415) 555-0199")
    make_text(ann_number, PHONE, "STOP")
    assert "opted out" in way(message, Channel.SMS).reason


def test_f52_a_name_as_sender_cannot_be_answered_and_a_short_code_can(ann, ann_number):
    named = make_text(ann_number, "PARCEL", "Your parcel is here").message
    assert "is a name" in way(named, Channel.SMS).reason
    assert way(make_text(ann_number, "55512", "Hi").message, Channel.SMS).usable


def test_whatsapp_is_open_for_24_hours_after_the_customer_wrote(ann, ann_whatsapp):
    with time_machine.travel(MONDAY, tick=False) as clock:
        message = make_text(ann_whatsapp, PHONE, "Hi").message
        closes_at = timezone.now() + timedelta(hours=24)
        clock.shift(timedelta(hours=23, minutes=59))
        assert way(message, Channel.WHATSAPP).usable
        assert way(message, Channel.WHATSAPP).closes_at == closes_at
        clock.shift(timedelta(minutes=1))
        closed = way(message, Channel.WHATSAPP)
        assert closed.reason == (
            "WhatsApp closed Tue 14:05, 24 hours after the customer last wrote there."
        )
        make_text(ann_whatsapp, PHONE, "Still there?")
        assert way(message, Channel.WHATSAPP).usable


def test_the_window_counts_for_the_sender_that_was_written_to(ann, ben, ann_whatsapp):
    make_text(make_sender(ben.business, Channel.WHATSAPP), PHONE, "To Ben")
    message = by_phone(ann, reply_by=Channel.WHATSAPP)
    assert "opens when the customer has written" in way(message, Channel.WHATSAPP).reason


def test_on_a_shared_sender_the_window_is_open_whichever_business_was_written_to(ann, ben):
    with time_machine.travel(MONDAY, tick=False) as clock:
        shared = make_sender(None, Channel.WHATSAPP)
        message = by_phone(ann, reply_by=Channel.WHATSAPP)
        assert "opens when the customer has written" in way(message, Channel.WHATSAPP).reason
        make_text(shared, PHONE, f"#{code_of(make_listing(ben.business))} Hello Ben")
        opened = way(message, Channel.WHATSAPP)
        assert (opened.usable, opened.sender, opened.template) == (True, shared, None)
        assert (opened.note, opened.closes_at) == ("WhatsApp is open for this customer.", None)
        make_reply(message, ann)
        assert sent_to_customer(message)[0].rendered.content_sid == ""
        clock.shift(timedelta(hours=24))
        assert "opens when the customer has written" in way(message, Channel.WHATSAPP).reason


def test_what_the_customer_wrote_to_another_business_moves_no_time_that_is_shown(ann, ben):
    with time_machine.travel(MONDAY, tick=False) as clock:
        shared = make_sender(None, Channel.WHATSAPP)
        code = code_of(make_listing(ann.business))
        message = make_text(shared, PHONE, f"#{code} Hello Ann").message
        closes_at = timezone.now() + timedelta(hours=24)
        clock.shift(timedelta(hours=20))
        make_text(shared, PHONE, f"#{code_of(make_listing(ben.business))} Hello Ben")
        assert way(message, Channel.WHATSAPP).closes_at == closes_at
        clock.shift(timedelta(hours=4))
        assert way(message, Channel.WHATSAPP).note == "WhatsApp is open for this customer."
        clock.shift(timedelta(hours=20))
        assert "WhatsApp closed Tue 14:05" in way(message, Channel.WHATSAPP).reason


def test_the_first_line_of_a_notice_says_when_whatsapp_closes(ann, ann_whatsapp):
    with time_machine.travel(MONDAY, tick=False):
        message = make_text(ann_whatsapp, PHONE, "Hi").message
    first_line = newest_notification(message).text.splitlines()[0]
    assert first_line == f"Your answer goes by WhatsApp to {PHONE}; WhatsApp closes Tue 14:05."


def test_it_says_so_by_the_clock_on_each_readers_wall(ann, ann_whatsapp):
    walls = {"Asia/Tokyo": "23:05", "America/New_York": "09:05"}
    readers = {zone: make_member(ann.business) for zone in walls}
    for zone, reader in readers.items():
        be_told(reader, timezone=zone)
    ann.user.email = ""  # nobody but her is asked for
    ann.user.save()
    with time_machine.travel(MONDAY, tick=False):
        message = make_text(ann_whatsapp, PHONE, "Hi").message
    for zone, reader in readers.items():
        mail = message.dispatches.get(participant__membership=reader).delivery
        first_line = mail.rendered.text.splitlines()[0]
        assert first_line.endswith(f"; WhatsApp closes Tue {walls[zone]}.")


def test_the_customers_wish_decides_then_what_he_used_last(ann, ann_number):
    both = {"sender_email": MAYA, "sender_phone": PHONE}
    wished = make_message(ann, **both, reply_by=Channel.SMS)
    assert choose(wished).channel == Channel.SMS
    message = make_message(ann, **both, subject="No wish")
    assert choose(message).channel == Channel.EMAIL
    make_text(ann_number, PHONE, "By text, please")
    post(customer_token(message))
    assert choose(message).channel == Channel.EMAIL


def test_where_the_last_is_closed_it_is_the_last_that_is_open(ann, ann_number, ann_whatsapp):
    message = make_text(ann_whatsapp, PHONE, "Is it there?").message
    message.contact.addresses.create(
        business=ann.business, channel=Channel.EMAIL, address=MAYA, normalized=MAYA
    )
    assert make_text(ann_number, PHONE, "STOP").message == message
    reach = reach_of(message)
    assert reach.preferred.channel == Channel.WHATSAPP
    assert reach.because == "Of what can be used, the customer wrote by it last."


def test_a_wish_that_cannot_be_met_goes_another_way(ann):
    message = make_message(ann, sender_phone=PHONE, reply_by=Channel.SMS)
    assert choose(message).channel == Channel.EMAIL


def test_a_channel_that_was_asked_for_is_used_or_refused(ann, ann_number):
    message = make_message(ann, sender_phone=PHONE)
    assert choose(message, "sms").channel == Channel.SMS
    with pytest.raises(NotReachable) as refused:
        choose(message, "whatsapp")
    assert refused.value.reason == "No WhatsApp number of this customer is known."
    assert refused.value.usable == ["email", "sms"]
    with pytest.raises(NotReachable, match="pigeon is not a channel"):
        choose(message, "pigeon")


def test_who_cannot_be_reached_at_all_has_every_reason_named(ann):
    with pytest.raises(NotReachable) as refused:
        choose(make_message(ann, sender_email=""))
    assert refused.value.usable == []
    for noun in ("email address", "mobile number", "WhatsApp number"):
        assert f"No {noun} of this customer is known." in refused.value.reason


def test_a_business_uses_its_own_number_before_a_shared_one(ann, ann_number, shared_number):
    assert choose(by_phone(ann)).sender == ann_number


def test_a_conversation_stays_on_the_number_it_came_by(ann, ann_number):
    second = make_sender(ann.business)
    message = make_text(second, PHONE, "Hi").message
    assert choose(message).sender == second


def test_a_shared_number_is_not_used_for_a_customer_of_another_business_there(
    ann, ben, shared_number
):
    make_reply(by_phone(ben), ben)
    message = by_phone(ann)
    second = make_sender(None)
    assert choose(message).sender == second
    make_reply(message, ann)
    assert sent_to_customer(message)[0].sender == second


def test_the_pool_gives_up_what_was_used_longest_ago_only_when_none_is_free(
    ann, ben, shared_number
):
    second = make_sender(None)
    first_here, second_here = by_phone(ben), by_phone(make_member())
    make_reply(first_here, ben)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        make_reply(second_here, second_here.business.memberships.get())
        assert sent_to_customer(second_here)[0].sender == second
        assert choose(by_phone(ann)).sender == shared_number
        third = make_sender(None)
        assert choose(by_phone(ann)).sender == third


def test_the_pool_prefers_a_number_of_the_customers_country(ann, shared_number):
    for country in ("DE", "US"):
        sender = make_sender(None)
        sender.country = country
        sender.save()
    assert choose(by_phone(ann)).sender == sender


def test_a_shared_number_that_is_taken_meanwhile_is_not_used(ann, ben, shared_number, monkeypatch):
    second, message, rival = make_sender(None), by_phone(ann), by_phone(ben)
    lock_pair = answer.lock_pair

    def somebody_is_quicker(sender, address):
        monkeypatch.setattr(answer, "lock_pair", lock_pair)
        make_reply(rival, ben)
        lock_pair(sender, address)

    monkeypatch.setattr(answer, "lock_pair", somebody_is_quicker)
    make_reply(message, ann)
    assert sent_to_customer(rival)[0].sender == shared_number
    assert sent_to_customer(message)[0].sender == second


def test_a_number_that_was_given_to_another_business_is_not_used_any_more(ann, ben, ann_number):
    message = make_text(ann_number, PHONE, "Hi").message
    DedicatedSender.objects.filter(sender=ann_number).update(business=ben.business)
    assert "has no SMS number" in way(message, Channel.SMS).reason


def test_a_number_out_of_service_is_not_used(ann, ann_number):
    message = make_text(ann_number, PHONE, "Hi").message
    ann_number.is_active = False
    ann_number.save()
    assert not way(message, Channel.SMS).usable
