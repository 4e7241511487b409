"""What else names a business, or does not any more: a listing's code, a number that is silent for long."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.utils import timezone

from gateway.asking.answer import Target, choose
from gateway.codes import code_of, links_of
from gateway.inbound.messages import Outcome
from gateway.listing_addresses import listing_address
from tests.factories import make_business, make_listing, make_sender, make_text
from tests.gateway.asking.pair import (
    PHONE,
    all_goes_out,
    living,
    questions,
    shown_to_him,
    waiting,
)

pytestmark = pytest.mark.django_db


class TestACode:
    """A listing's code in the text."""

    def test_it_names_the_listing_on_a_shared_number(self, shared_number, ann, ben, bike, flat):
        listing = make_listing(ann.business, "Red bike")
        received = make_text(shared_number, PHONE, f"Red bike #{code_of(listing)}: is it there?")
        message = received.message
        assert (message.listing, message.business, message.filed_by) == (
            listing,
            ann.business,
            "code",
        )
        again = make_text(shared_number, PHONE, f"#{code_of(listing).lower()} Hello?")
        assert again.message == message

    def test_a_code_of_another_business_says_nothing_on_a_dedicated_number(self, ann_number, ben):
        listing = make_listing(ben.business)
        message = make_text(ann_number, PHONE, f"#{code_of(listing)}").message
        assert message.business == ann_number.dedication.business

    def test_codes_of_two_listings_are_no_evidence(self, shared_number, ann, ben):
        codes = " ".join(f"#{code_of(make_listing(each.business))}" for each in (ann, ben))
        assert make_text(shared_number, PHONE, codes).outcome == Outcome.HELD

    def test_in_an_address_of_the_web_it_is_no_code(self, shared_number, ann):
        code = code_of(make_listing(ann.business))
        held = make_text(shared_number, PHONE, f"https://a.example/#{code} x#{code} #{code}x")
        assert held.outcome == Outcome.HELD

    def test_a_code_alone_answers_our_question(self, shared_number, ann, asked):
        listing = make_listing(ann.business, "Red bike")
        message = make_text(shared_number, PHONE, f"#{code_of(listing)}").message
        assert (message.message, message.listing) == ("Can I see it today?", listing)
        assert waiting() == []

    def test_links_have_it_prefilled(self, ann, ann_number, shared_number, ann_whatsapp):
        listing = make_listing(ann.business, "Blue & fast bike?")
        code = code_of(listing)
        assert code == code_of(listing)
        text = f"Blue%20%26%20fast%20bike%3F%20%23{code}%3A%20"
        assert [link.url for link in links_of(listing, ann.business)] == [
            f"sms:{ann_number.address}?body={text}",
            f"https://wa.me/{ann_whatsapp.address[1:]}?text={text}",
            f"mailto:{quote(listing_address(listing), safe='@')}?subject=Blue%20%26%20fast%20bike%3F",
        ]

    def test_links_of_several_businesses_spread_over_the_numbers_of_a_pool(self, db):
        pool = [make_sender(None) for _ in range(3)]
        listings = [make_listing(make_business()) for _ in range(30)]

        def numbers() -> list[str]:
            return [links_of(each, each.business)[0].address for each in listings]

        before = numbers()
        assert set(before) == {sender.address for sender in pool}
        added = make_sender(None)
        moved = [new for old, new in zip(before, numbers(), strict=True) if old != new]
        assert set(moved) <= {added.address}


class TestARecycledNumber:
    """After months of silence a phone may be another person's."""

    def test_f55_it_opens_a_new_conversation_of_a_new_customer(self, ann_number):
        before = make_text(ann_number, PHONE, "Is it there?").message
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            message = make_text(ann_number, PHONE, "Who are you?").message
            assert make_text(ann_number, PHONE, "Hello?").message == message
        assert message != before
        assert message.contact != before.contact
        assert before.subject in message.filed_note

    @pytest.mark.parametrize("number", ["ann_number", "shared_number"])
    def test_f55_also_where_a_listings_code_names_the_business(self, request, number, ann):
        ours = request.getfixturevalue(number)
        code = code_of(make_listing(ann.business))
        before = make_text(ours, PHONE, f"#{code} Is it there?").message
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            message = make_text(ours, PHONE, f"#{code} Is it there?").message
            assert make_text(ours, PHONE, f"#{code} Hello?").message == message
        assert message.business == before.business
        assert message.contact != before.contact
        assert before.subject in message.filed_note

    def test_f55_it_is_not_told_with_whom_the_one_before_dealt(self, shared_number, bike, flat):
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            make_text(shared_number, PHONE, "Who are you?")
        assert "Several businesses use this number" in questions()[0]
        assert not living().options.exists()

    @pytest.mark.parametrize("by_code", [True, False])
    def test_f55_who_answers_our_question_then_is_a_new_customer(
        self, shared_number, ann, bike, flat, by_code
    ):
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            make_text(shared_number, PHONE, "Who are you?")
            all_goes_out()
            if by_code:
                message = make_text(shared_number, PHONE, f"#{code_of(bike.listing)}").message
            else:
                message = choose(living(), shown_to_him(), Target(ann.business), "Ann's Bikes")
        assert message.business == ann.business
        assert message != bike
        assert message.contact != bike.contact
        assert bike.subject in message.filed_note

    def test_f55_before_that_it_is_the_same(self, ann_number, settings):
        settings.RECYCLED_AFTER_MONTHS = 24
        before = make_text(ann_number, PHONE, "Is it there?").message
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            assert make_text(ann_number, PHONE, "Hello?").message == before
