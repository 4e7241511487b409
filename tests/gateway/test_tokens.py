"""Reply addresses, links and Message-IDs: derived, separate, revocable, and nobody else's to make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.models import Participant
from gateway.participants import (
    customer_of,
    find_by_read_token,
    member_of,
    message_id_of,
    read_token_of,
    reply_address_of,
    revoke,
)
from gateway.tokens import Purpose, derive, signed_in, tokens_in
from tests.factories import make_member, make_message


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.mark.django_db
class TestTokens:
    def test_a_token_is_24_characters_that_mail_systems_leave_alone(self, message):
        local, _, domain = reply_address_of(customer_of(message)).partition("@")
        assert domain == "reply.gateway.test"
        assert len(local) == 24
        assert set(local) <= set("abcdefghijklmnopqrstuvwxyz234567")

    def test_each_side_conversation_and_purpose_has_its_own(self, message, ann):
        other = make_message(ann)
        colleague = make_member(ann.business)
        sides = [customer_of(message), member_of(message, ann), member_of(message, colleague)]
        sides += [customer_of(other), member_of(other, ann)]
        tokens = [
            derive(purpose, side.pk, generation)
            for purpose in Purpose
            for side in sides
            for generation in (1, 2)
        ]
        assert len(set(tokens)) == len(tokens) == 10 * len(Purpose)

    def test_c06_no_token_is_stored(self, message, ann):
        tokens = {reply_address_of(customer_of(message)).partition("@")[0]}
        tokens |= {read_token_of(customer_of(message))}
        for side in Participant.objects.values():
            assert tokens.isdisjoint(map(str, side.values()))

    def test_the_link_opens_the_customers_conversation_and_no_members(self, message, ann):
        found = find_by_read_token(read_token_of(customer_of(message)))
        assert found is not None
        assert found.message == message
        assert find_by_read_token(read_token_of(member_of(message, ann))) is None

    def test_a_forwarded_reply_address_opens_nothing(self, message):
        local = reply_address_of(customer_of(message)).partition("@")[0]
        assert find_by_read_token(local) is None
        assert find_by_read_token("") is None

    def test_revoking_ends_address_and_link_and_gives_new_ones(self, message):
        side = customer_of(message)
        old = reply_address_of(side), read_token_of(side)
        revoke(side)
        assert find_by_read_token(old[1]) is None
        assert reply_address_of(customer_of(message)) != old[0]
        assert find_by_read_token(read_token_of(customer_of(message)))

    def test_c06_another_key_ends_them_all(self, message, settings):
        side = customer_of(message)
        before = reply_address_of(side), message_id_of(side)
        settings.TOKEN_KEY = "another key"
        assert reply_address_of(side) != before[0]
        assert signed_in(before[1]) is None


class TestTokensIn:
    TOKEN = "abcdefghijklmnopqrstuvwx"

    @pytest.mark.parametrize(
        "address",
        [
            "{}@reply.gateway.test",
            " {}@REPLY.gateway.test ",
            "r+{}@reply.gateway.test",
            "{}-bounces@reply.gateway.test",
            "prvs=1234={}@reply.gateway.test",
            "a.{}.b@reply.gateway.test",
        ],
    )
    def test_a_token_is_found_within_an_address(self, address):
        assert tokens_in(address.format(self.TOKEN)) == [self.TOKEN]

    @pytest.mark.parametrize(
        "address",
        [
            "{}@evil.example",
            "{}@reply.gateway.test.evil.example",
            "x{}@reply.gateway.test",
            "{}",
            "",
            "@reply.gateway.test",
        ],
    )
    def test_anything_else_holds_none(self, address):
        assert tokens_in(address.format(self.TOKEN)) == []

    @given(st.text(max_size=80))
    def test_no_text_breaks_the_reading(self, text):
        tokens_in(text)
        tokens_in(f"{text}@reply.gateway.test")
        assert signed_in(text) is None
