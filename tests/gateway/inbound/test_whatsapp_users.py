"""A WhatsApp user's id and his number are one person once a signed request named both, and never before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.suppression import scopes_of, suppressed
from gateway.codes import code_of
from gateway.inbound.messages import Outcome
from gateway.inbox import Inbox, Wanted
from gateway.models import ContactAddress, Question, Route, WhatsAppUser
from gateway.outbound.ways import NotReachable
from tests.factories import make_listing, make_reply, make_sender, make_text
from tests.gateway.asking.pair import all_goes_out, living, questions, waiting
from tests.gateway.post import PHONE, sent_to_customer, written

pytestmark = pytest.mark.django_db

USER = "US.13491208655302741918"
OTHER = "US.22222222222222222222"


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def both(sender, text, user=USER, number=PHONE, **fields):
    """A text whose request names the writer's number and his id."""
    return make_text(sender, number, text, alias=user, **fields)


class TestTheSameWriter:
    """Row F52: the right contact, whichever of his names comes."""

    def test_f52_the_id_alone_finds_what_the_number_began(self, ann_whatsapp):
        first = both(ann_whatsapp, "Is it there?").message
        again = make_text(ann_whatsapp, USER, "Hello?")
        assert (again.message, again.reply.from_address) == (first, PHONE)
        assert first.contact.addresses.get().normalized == PHONE

    def test_f52_the_number_alone_finds_what_the_id_began(self, ann, ann_whatsapp):
        first = make_text(ann_whatsapp, USER, "Is it there?").message
        assert both(ann_whatsapp, "It is me").message == first
        assert make_text(ann_whatsapp, PHONE, "Hello?").message == first
        assert first.contact.addresses.get().normalized == PHONE
        assert Route.objects.get(message=first).normalized == PHONE
        make_reply(first, ann)
        assert sent_to_customer(first)[0].to_address == PHONE
        first.refresh_from_db()
        assert first.sender_phone == PHONE
        found = Inbox([ann.business_id], Wanted(q=PHONE[-5:])).page()
        assert found.conversations == [first]

    def test_f52_a_request_from_the_id_may_name_the_number_too(self, ann_whatsapp):
        first = make_text(ann_whatsapp, PHONE, "Is it there?").message
        assert both(ann_whatsapp, "Hello?", user=PHONE, number=USER).message == first
        assert WhatsAppUser.objects.get().normalized == PHONE

    def test_f52_another_form_of_the_number_is_the_same(self, ann_whatsapp):
        first = both(ann_whatsapp, "¿Está?", number="+5215512345678").message
        assert make_text(ann_whatsapp, USER, "¿Hola?").message == first
        assert make_text(ann_whatsapp, "+525512345678", "¿Hola?").message == first

    def test_f52_nobody_is_merged_by_his_name(self, ann_whatsapp):
        first = make_text(ann_whatsapp, PHONE, "Is it there?", from_name="Maya").message
        other = make_text(ann_whatsapp, USER, "Is it there?", from_name="Maya").message
        assert other.contact != first.contact

    @pytest.mark.parametrize("alias", ["maya", "US.", "u1.123", "+1415"])
    def test_f52_what_is_no_users_id_links_nothing(self, ann_whatsapp, alias):
        both(ann_whatsapp, "Is it there?", user=alias)
        assert not WhatsAppUser.objects.exists()

    def test_f52_by_sms_no_id_is_believed(self, ann_number):
        both(ann_number, "Is it there?")
        assert not WhatsAppUser.objects.exists()

    def test_f52_two_contacts_that_both_wrote_stay_two_and_the_next_text_finds_the_newest(
        self, ann_whatsapp
    ):
        by_number = make_text(ann_whatsapp, PHONE, "One").message
        by_id = make_text(ann_whatsapp, USER, "Two").message
        assert by_id.contact != by_number.contact
        note = both(ann_whatsapp, "Three")
        assert note.message == by_id
        assert note.reply.filed_note.startswith("2 conversations are open")
        assert ContactAddress.objects.filter(normalized=PHONE).count() == 2

    def test_f52_on_a_shared_sender_the_id_goes_on_where_the_number_was(self, ann, ben):
        shared = make_sender(None, Channel.WHATSAPP)
        code = code_of(make_listing(ann.business))
        first = both(shared, f"#{code} Is it there?").message
        make_reply(first, ann)
        all_goes_out()
        assert make_text(shared, USER, "Hello?").message == first

    def test_f52_what_was_asked_of_the_id_is_answered_by_the_number(self, ann):
        shared = make_sender(None, Channel.WHATSAPP)
        code = code_of(make_listing(ann.business))
        first = make_text(shared, USER, f"#{code} Is it there?").message
        with later(days=4):
            make_text(shared, USER, "Can I see it?")
            all_goes_out()
            assert living().normalized == USER
        with later(days=4, minutes=5):
            received = both(shared, "1")
        assert (received.outcome, received.message) == (Outcome.FILED, first)
        assert waiting() == []
        assert first.replies.get().from_address == PHONE

    def test_f52_where_both_names_were_asked_no_digit_answers_either(self, ann, ben):
        shared = make_sender(None, Channel.WHATSAPP)
        codes = [code_of(make_listing(each.business)) for each in (ann, ben)]
        for name in (USER, PHONE):
            for code in codes:
                make_text(shared, name, f"#{code} Is it there?")
        with later(days=4):
            for name in (USER, PHONE):
                make_text(shared, name, f"Hello from {name[:3]}")
            all_goes_out()
            assert both(shared, "1").outcome == Outcome.HELD
            assert waiting() == ["Hello from US.", f"Hello from {PHONE[:3]}", "1"]
            assert not Question.objects.filter(normalized=USER).exists()

    def test_f52_what_we_wrote_to_the_id_is_quoted_by_the_number(self, ann, ann_whatsapp):
        older = make_text(ann_whatsapp, USER, "Is it there?").message
        make_reply(older, ann)
        all_goes_out()
        quoted = Delivery.objects.get(channel=Channel.WHATSAPP).provider_id
        newer = both(ann_whatsapp, "Another one", user=OTHER, number="+14155550188").message
        assert both(ann_whatsapp, "This", quoted_id=quoted).reply.filed_by == "quote"
        assert written(newer) == ["Another one"]

    def test_f52_stop_holds_for_both_names(self, ann, ann_whatsapp):
        message = make_text(ann_whatsapp, USER, "Is it there?").message
        make_text(ann_whatsapp, USER, "STOP")
        both(ann_whatsapp, "Hm")
        keys = {
            (Channel.WHATSAPP, scope, name)
            for scope in scopes_of(ann_whatsapp)
            for name in (USER, PHONE)
        }
        assert set(suppressed(keys)) == keys
        with pytest.raises(NotReachable, match="opted out"):
            make_reply(message, ann)
        make_text(ann_whatsapp, USER, "START")
        assert not suppressed(keys)


class TestARecycledNumber:
    """Row F55: another holder of the same number."""

    def test_f55_another_id_after_weeks_of_silence_opens_a_new_conversation(self, ann_whatsapp):
        before = both(ann_whatsapp, "Is it there?").message
        with later(days=40):
            message = both(ann_whatsapp, "Who are you?", user=OTHER).message
            assert make_text(ann_whatsapp, PHONE, "Hello?").message == message
            assert make_text(ann_whatsapp, OTHER, "Hello??").message == message
        assert message.contact != before.contact
        assert "may have another holder" in message.filed_note
        assert written(before) == ["Is it there?"]

    def test_f55_on_a_shared_sender_he_is_not_told_with_whom_the_one_before_dealt(self, ann):
        shared = make_sender(None, Channel.WHATSAPP)
        code = code_of(make_listing(ann.business, "Blue bike"))
        both(shared, f"#{code} Is it there?")
        with later(days=40):
            make_text(shared, PHONE, "Hello?")
            assert "Blue bike" in questions()[-1]
            both(shared, "Who are you?", user=OTHER)
        assert not living().options.exists()

    def test_f55_another_id_at_once_says_nothing(self, ann_whatsapp):
        before = both(ann_whatsapp, "Is it there?").message
        assert both(ann_whatsapp, "Hello?", user=OTHER).message == before

    def test_f55_the_same_id_is_the_same_person_however_long_he_was_silent(self, ann_whatsapp):
        before = both(ann_whatsapp, "Is it there?").message
        with later(days=361):
            assert both(ann_whatsapp, "Hello again").message == before

    def test_f55_without_an_id_a_long_silence_decides_as_before(self, ann_whatsapp):
        before = both(ann_whatsapp, "Is it there?").message
        with later(days=361):
            assert make_text(ann_whatsapp, PHONE, "Who are you?").message != before

    def test_f55_another_name_after_weeks_is_a_hint_and_no_more(self, ann_whatsapp):
        before = make_text(ann_whatsapp, PHONE, "Is it there?", from_name="Maya").message
        soon = make_text(ann_whatsapp, PHONE, "Hm", from_name="Maya ☀").reply
        with later(days=40):
            reply = make_text(ann_whatsapp, PHONE, "Hello?", from_name="Tom").reply
        assert soon.filed_note == ""
        assert reply.message == before
        assert "names itself “Tom”, not “Maya”" in reply.filed_note
