"""A budget of texts and a list of countries: nobody pumps messages through a business."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.errors import BadAddress
from channels_out.models import Delivery, Sender
from channels_out.outbox import drain
from channels_out.state import State
from gateway.models import HeldReason, MessageReply, TextsSent
from gateway.outbound.after_failure import follow_up
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.by_hand import send_again, take_back
from gateway.outbound.ways import NotReachable, ways_to
from tests.factories import make_message, make_reply, make_sender, make_text
from tests.gateway.post import MAYA, PHONE, owner_token, post, sent_to_customer

pytestmark = pytest.mark.django_db
GERMAN, AUSTRIAN = "+4915112345678", "+436641234567"


def by_phone(member, phone=PHONE, **form):
    return make_message(member, sender_email="", sender_phone=phone, **form)


def by_text(message):
    return next(way for way in ways_to(message) if way.channel == Channel.SMS)


def give(business, **limits):
    for name, value in limits.items():
        setattr(business, name, value)
    business.save()


class TestCountries:
    def test_without_a_list_it_writes_anywhere(self, ann, ann_number):
        assert by_text(by_phone(ann, GERMAN)).usable

    def test_beside_the_countries_of_all_it_writes_first_where_its_own_numbers_are(
        self, ann, ann_number, settings
    ):
        settings.TEXT_COUNTRIES = ("AT",)
        assert by_text(by_phone(ann)).usable
        assert by_text(by_phone(ann, GERMAN)).reason == (
            "Ann's Bikes does not write to numbers of +49 (DE) first. The customer can write first, "
            "or whoever runs this service can allow it."
        )
        sender = make_sender(ann.business, Channel.WHATSAPP)
        sender.country = "de"
        sender.save()
        assert by_text(by_phone(ann, GERMAN)).usable

    def test_who_wrote_first_is_answered_wherever_he_is(self, ann, ann_number, settings):
        settings.TEXT_COUNTRIES = ("US",)
        assert by_text(make_text(ann_number, GERMAN, "Hallo").message).usable

    def test_who_wrote_on_whatsapp_may_be_texted_at_the_same_number(
        self, ann, ann_number, settings
    ):
        settings.TEXT_COUNTRIES = ("US",)
        message = by_phone(ann, GERMAN)
        contact = message.contact
        contact.addresses.create(
            business=ann.business,
            channel="whatsapp",
            address=GERMAN,
            normalized=GERMAN,
            last_inbound_at=message.created_at,
        )
        assert by_text(message).usable

    def test_a_list_of_its_own_counts_instead(self, ann, ann_number):
        give(ann.business, text_countries="DE,AT")
        assert by_text(by_phone(ann, AUSTRIAN)).usable
        assert "+1 (US)" in by_text(by_phone(ann)).reason

    def test_some_are_allowed_for_every_business(self, ann, ann_number, settings):
        settings.TEXT_COUNTRIES = ("DE",)
        assert by_text(by_phone(ann, GERMAN)).usable

    @pytest.mark.parametrize("number", ["+881612345678", "+19005551234", "+870772001234"])
    def test_a_satellite_or_premium_number_is_never_written_to(self, ann, ann_number, number):
        message = make_text(ann_number, number, "Call me").message
        assert "is a satellite or premium number" in by_text(message).reason
        with pytest.raises(NotReachable):
            make_reply(message, ann)


class TestTheBudget:
    def test_it_counts_segments_and_ends_with_the_day(self, ann, ann_number):
        give(ann.business, texts_a_day=3)
        message = by_phone(ann)
        with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
            make_reply(message, ann, "x" * 200)
            make_reply(message, ann)
            with pytest.raises(NotReachable, match="may send 3 texts a day") as refused:
                make_reply(message, ann)
            assert refused.value.usable == []
            assert [each.segments for each in TextsSent.objects.all()] == [3]
            clock.shift(timedelta(days=1))
            make_reply(message, ann)
        assert MessageReply.objects.count() == 3

    def test_its_day_is_the_servers_wherever_the_reader_is(self, ann, ann_number):
        give(ann.business, texts_a_day=1)
        message = by_phone(ann)
        with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
            make_reply(message, ann)
            with timezone.override("Pacific/Kiritimati"), pytest.raises(NotReachable):
                make_reply(message, ann)

    def test_what_is_taken_back_counts_no_more(self, ann, ann_number):
        give(ann.business, texts_a_day=2)
        message = by_phone(ann)
        take_back(make_reply(message, ann, "x" * 200))
        assert [each.segments for each in TextsSent.objects.all()] == [0]
        make_reply(message, ann, "x" * 200)

    def test_what_is_sent_again_counts_again(self, ann, ann_number, memory):
        give(ann.business, texts_a_day=2)
        reply = make_reply(by_phone(ann), ann)
        Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
        memory.answers += [BadAddress(), BadAddress()]
        drain()
        send_again(reply)
        Sender.objects.update(next_at=timezone.now())
        drain()
        with pytest.raises(NotReachable, match="may send 2 texts a day"):
            send_again(reply)
        assert [each.state for each in sent_to_customer(reply.message)] == [State.FAILED]

    def test_one_text_is_one(self, ann, ann_number):
        give(ann.business, texts_a_day=1)
        with pytest.raises(NotReachable, match="may send 1 text a day"):
            make_reply(by_phone(ann), ann, "x" * 200)

    def test_mail_is_free_and_offered(self, ann, ann_number):
        give(ann.business, texts_a_day=0)
        message = make_message(ann, sender_phone=PHONE)
        with pytest.raises(NotReachable) as refused:
            post_reply(Answer(message.pk, ann, "Yes", channel="sms"))
        assert refused.value.usable == ["email"]
        make_reply(message, ann)
        assert [each.channel for each in sent_to_customer(message)] == ["email"]

    def test_an_answer_by_mail_beyond_it_is_held_with_the_reason(self, ann, ann_number):
        give(ann.business, texts_a_day=0)
        message = by_phone(ann)
        received = post(owner_token(message, ann), sender=ann.user.email, text="Yes.")
        assert received.held.reason == HeldReason.NOT_REACHABLE
        assert "may send 0 texts a day" in received.held.detail

    def test_what_goes_another_way_counts_as_well(self, ann, ann_number, memory):
        give(ann.business, texts_a_day=0, fails_over=True)
        message = make_message(
            ann, sender_email=MAYA, sender_phone=PHONE, consent="We may text you."
        )
        make_reply(message, ann)
        Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
        memory.answers.append(BadAddress())
        drain()
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["email"]

    def test_another_businesss_texts_do_not_count(self, ann, ben, ann_number, settings):
        settings.TEXTS_PER_DAY = 1
        make_sender(ben.business)
        make_reply(by_phone(ben), ben)
        make_reply(by_phone(ann), ann)


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)
@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_it(ann, ann_number):
    give(ann.business, texts_a_day=5)
    messages = [by_phone(ann, f"+1415555010{digit}") for digit in range(8)]

    def answers(message):
        try:
            make_reply(message, ann)
        except NotReachable:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(answers, messages)) == 5
    assert TextsSent.objects.get().segments == 5
