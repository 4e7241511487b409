"""A person's own mail addresses and phones: shown to be his, and taken away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import drain
from gateway.models import Business, MemberAddress
from gateway.participants import is_verified
from tests.factories import make_business, make_member, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of

pytestmark = pytest.mark.django_db

URL = "/settings/addresses/"
MAIL = "ann@home.example"
PHONE = "+14155550177"


def opened(browser):
    return read(browser.get(URL))


def sent_to(provider, address):
    """The newest words that went to an address."""
    drain()
    sent = [sent for sent, _ in provider.memory.accepted if sent.to_address == address]
    return sent[-1].rendered.text if sent else ""


def ask_link(browser, provider, address=MAIL):
    submit(browser, opened(browser), "#add-mail", address=address)
    found = re.search(
        r"https?://[^/]+(/settings/addresses/confirm/\S+)", sent_to(provider, address.lower())
    )
    return found[1] if found else ""


def ask_code(browser, provider, phone=PHONE):
    page = read(submit(browser, opened(browser), "#add-phone", address=phone))
    words = sent_to(provider, phone)
    return page, words[:6]


def test_a_mail_address_counts_once_its_link_was_opened_and_its_button_pressed(
    browser, ann, provider
):
    link = ask_link(browser, provider, "Ann@Home.example")
    page = read(browser.get(link))
    assert not is_verified(ann.user_id, Channel.EMAIL, MAIL)
    page = read(browser.post(link, follow=True))
    assert is_verified(ann.user_id, Channel.EMAIL, MAIL)
    assert MAIL in text_of(page, "main")
    assert browser.get(link).status_code == 404
    assert MAIL in sent_to(provider, ann.user.email)


def test_the_link_is_of_the_one_who_asked(browser, ann, provider):
    link = ask_link(browser, provider)
    other = make_member(ann.business)
    assert client_of(other).post(link).status_code == 404
    assert not MemberAddress.objects.filter(address=MAIL).exists()


def test_an_address_of_somebody_else_is_not_taken_over(browser, ann, provider):
    other = make_member()
    link = ask_link(browser, provider, other.user.email)
    page = read(browser.post(link))
    assert "somebody else" in text_of(page, ".problem")
    assert not is_verified(ann.user_id, Channel.EMAIL, other.user.email)


def test_a_link_ends_after_two_days_and_when_it_is_given_up(browser, ann, provider):
    link = ask_link(browser, provider)
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert client_of(ann).get(link).status_code == 404
    press(browser, opened(browser), "Do not confirm")
    assert browser.get(link).status_code == 404


def test_what_is_no_mailbox_of_his_is_refused(browser, ann):
    for written, problem in [
        ("ann", "Write a mail address"),
        (ann.business.public_address, "address of this service"),
    ]:
        page = read(submit(browser, opened(browser), "#add-mail", address=written))
        assert problem in text_of(page, "#mail-problem")
        assert page.select_one("#mail")["value"] == written


def test_nobody_is_flooded_in_a_members_name(browser, provider):
    for _ in range(3):
        assert ask_link(browser, provider)
    page = read(submit(browser, opened(browser), "#add-mail", address=MAIL))
    assert "too often today" in text_of(page, "#mail-problem")


def test_the_last_mail_address_stays(browser, ann, provider):
    press(browser, opened(browser), "Remove")
    assert is_verified(ann.user_id, Channel.EMAIL, ann.user.email)
    browser.post(ask_link(browser, provider))
    press(browser, opened(browser), "Remove")
    assert [each.address for each in MemberAddress.objects.filter(user=ann.user)] == [MAIL]


def test_only_ones_own_address_is_removed(browser, ann):
    other = make_member(ann.business)
    address = MemberAddress.objects.get(user=other.user)
    assert browser.post(f"{URL}{address.pk}/remove/").status_code == 404


def test_a_phone_counts_once_the_code_of_a_text_was_typed_in(browser, ann, provider):
    make_sender(ann.business)
    page, _ = ask_code(browser, provider, "+1 (415) 555-0177")
    code = sent_to(provider, PHONE)[:6]
    page = read(submit(browser, page, "#code", code=f"{code[:3]} {code[3:]}"))
    assert is_verified(ann.user_id, Channel.SMS, PHONE)
    assert PHONE in text_of(page, "main")
    assert not page.select_one("#code")


def test_a_code_can_be_guessed_five_times(browser, ann, provider):
    make_sender(ann.business)
    page, code = ask_code(browser, provider)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        page = read(browser.post(f"{URL}code/", {"code": wrong}))
        assert "not the code" in text_of(page, "[role=alert]")
    page = read(browser.post(f"{URL}code/", {"code": code}))
    assert "has ended" in text_of(page, "[role=alert]")
    assert not is_verified(ann.user_id, Channel.SMS, PHONE)


def test_a_code_ends_after_ten_minutes(browser, ann, provider):
    make_sender(ann.business)
    _, code = ask_code(browser, provider)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        client_of(ann).post(f"{URL}code/", {"code": code})
    assert not is_verified(ann.user_id, Channel.SMS, PHONE)


@pytest.mark.parametrize("phone", ["12", "+881612345678", "+4915112345678"])
def test_no_text_goes_to_a_costly_or_foreign_phone(browser, ann, provider, phone):
    make_sender(ann.business)
    Business.objects.update(text_countries="US")
    page, code = ask_code(browser, provider, phone)
    assert page.select_one("#phone-problem")
    assert not code


def test_without_a_number_of_ours_no_code_can_be_sent(browser, provider):
    page, _ = ask_code(browser, provider)
    assert "No number of your businesses" in text_of(page, "#phone-problem")


def test_a_day_has_three_codes_for_one_phone(browser, ann, provider):
    make_sender(ann.business)
    for _ in range(3):
        page, _code = ask_code(browser, provider)
        press(browser, page, "Do not confirm")
    page, _code = ask_code(browser, provider)
    assert "too often today" in text_of(page, "#phone-problem")


def test_the_texts_of_codes_are_counted_for_the_business(browser, ann, provider):
    make_sender(ann.business)
    Business.objects.update(texts_a_day=0)
    page, code = ask_code(browser, provider)
    assert "tomorrow" in text_of(page, "#phone-problem")
    assert not code


def test_who_has_no_business_adds_a_mail_address_too(provider, db):
    member = make_member(make_business(), is_active=False)
    browser = client_of(member)
    browser.post(ask_link(browser, provider))
    assert is_verified(member.user_id, Channel.EMAIL, MAIL)
