"""Addresses are opaque; their normal form only finds them again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_out.channel import Channel
from gateway.addresses import clean, is_email, is_ours, is_phone, normalize, plain_name


@pytest.mark.parametrize(
    ("channel", "address", "normal"),
    [
        ("sms", "+1 (415) 555-0199", "+14155550199"),
        ("sms", "12345", "12345"),
        ("sms", "PARCEL", "PARCEL"),
        ("whatsapp", "US.13491208655302741918", "US.13491208655302741918"),
        ("sms", "0171 555 0199", "01715550199"),
        ("email", " Maya@Home.Example ", "maya@home.example"),
        ("email", "", ""),
    ],
)
def test_f52_the_normal_form(channel, address, normal):
    assert normalize(channel, address) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5511987654321", "+551187654321"),
        ("+5491145678901", "+541145678901"),
    ],
    ids=["Mexico", "Brazil", "Argentina"],
)
def test_f52_a_number_that_providers_write_in_two_ways_is_one(one, other):
    assert normalize("whatsapp", one) == normalize("sms", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+551132345678", "+5511932345678"),  # a landline, and a mobile that ends alike
        ("+525512345678", "+525512345679"),
        ("+5215512345", "+525512345"),
        ("+15215512345", "+525512345"),
    ],
)
def test_f52_numbers_that_may_be_of_two_people_stay_two(one, other):
    assert normalize("sms", one) != normalize("sms", other)


def test_a_national_number_is_read_with_its_region():
    assert normalize("sms", "0171 5550199", "DE") == "+491715550199"


@given(st.sampled_from(Channel), st.text(max_size=60))
def test_nothing_is_refused_and_the_normal_form_is_final(channel, address):
    normal = normalize(channel, address)
    assert normalize(channel, normal) == normal
    assert clean(normal) == normal


@pytest.mark.parametrize("address", ["maya@home.example", "o'neil+x@a.b"])
def test_what_mail_can_be_sent_to(address):
    assert is_email(address)


@pytest.mark.parametrize("address", ["", "maya", "a@b, c@d", "Maya <a@b>", "a b@c", "a@b@c"])
def test_what_mail_cannot_be_sent_to(address):
    assert not is_email(address)


def test_a_whole_number_has_its_country_code():
    assert is_phone("+14155550199")
    for number in ("4155550199", "+0123456789", "+1 415", "PARCEL", "+1415555019912345"):
        assert not is_phone(number)


def test_only_what_comes_back_to_us_is_ours():
    assert is_ours("x@REPLY.gateway.test")
    assert not is_ours("somebody@mail.gateway.test")
    assert not is_ours("")


def test_a_name_turns_no_text_around_and_keeps_its_letters():
    assert plain_name("Maya \u202egnp.exe\r\nBcc: all") == "Maya gnp.exe Bcc: all"
    assert plain_name("שלום 👩‍🔧") == "שלום 👩‍🔧"
