"""Who may say whose an address is, and what follows from it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from channels_out.models import Delivery
from gateway.accept import UNDO_LIFE, CannotAccept, accept_for_contact, why_not
from gateway.held import settle_send
from gateway.inbound.messages import Outcome
from gateway.models import HeldReason, MemberAddress, Role
from tests.factories import make_member, make_message, make_reply, make_text
from tests.gateway.post import (
    MAYA,
    PHONE,
    customer_token,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)

pytestmark = pytest.mark.django_db

ALIAS = "Ann@phone.example"
STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def message(ann):
    return make_message(ann)


def held_answer(message, member, sender=ALIAS, **fields):
    """An answer with a member's token from an address that is not known as his."""
    return post(owner_token(message, member), sender=sender, text="Yes.", **fields).held


def told_of_address():
    """The mails about addresses that were accepted."""
    return Delivery.objects.filter(lane__startswith="address:").order_by("id")


def test_an_accepted_address_speaks_for_the_member_from_then_on(message, ann):
    settle_send(held_answer(message, ann), ann, accept=True)
    assert post(owner_token(message, ann), sender=ALIAS.lower()).outcome == Outcome.RELAYED


def test_without_being_accepted_the_next_mail_is_held_again(message, ann):
    settle_send(held_answer(message, ann), ann)
    assert held_answer(message, ann).reason == HeldReason.UNKNOWN_ADDRESS
    assert not told_of_address()


def test_the_member_is_told_where_he_is_known_and_takes_it_back_by_a_link(message, ann):
    settle_send(held_answer(message, ann), ann, accept=True)
    (told,) = told_of_address()
    assert told.to_address == ann.user.email
    assert "ann@phone.example" in told.rendered.text
    path = urlsplit(re.search(r"https://\S+", told.rendered.text)[0]).path
    stranger = Client()
    assert stranger.get(path).status_code == 200
    assert post(owner_token(message, ann), sender=ALIAS).outcome == Outcome.RELAYED
    assert "Taken back" in stranger.post(path).content.decode()
    assert held_answer(message, ann).reason == HeldReason.UNKNOWN_ADDRESS
    assert stranger.post(path).status_code == 404
    assert MemberAddress.objects.get(user=ann.user).address == ann.user.email


def test_a_link_that_is_forged_or_too_old_takes_nothing_back(message, ann):
    settle_send(held_answer(message, ann), ann, accept=True)
    path = urlsplit(re.search(r"https://\S+", told_of_address()[0].rendered.text)[0]).path
    assert Client().post(path[:-3] + "xx/").status_code == 404
    sent = told_of_address()[0].queued_at
    with time_machine.travel(sent + UNDO_LIFE * 1.1, tick=False):
        assert Client().post(path).status_code == 404
    assert MemberAddress.objects.filter(user=ann.user).count() == 2


def test_an_owner_may_accept_for_a_member_of_his_business_alone(message, ann, ben):
    colleague = make_member(ann.business, Role.MEMBER)
    item = held_answer(message, colleague)
    assert why_not(item, ann) == ""
    assert why_not(item, colleague) == ""
    make_member(ben.business, Role.MEMBER, user=colleague.user)
    assert "only business he belongs to" in why_not(item, ann)
    assert why_not(item, colleague) == ""


def test_who_is_neither_himself_nor_an_owner_may_not(message, ann, ben):
    item = held_answer(message, ann)
    for other in (make_member(ann.business, Role.MEMBER), make_member(ann.business, Role.AGENT)):
        assert why_not(item, other)
    assert why_not(item, ben)
    with pytest.raises(CannotAccept):
        settle_send(item, make_member(ann.business, Role.MEMBER), accept=True)
    item.refresh_from_db()
    assert (item.settlement, sent_to_customer(message)) == ("", [])


@pytest.mark.parametrize("sender", ["", "MAILER-DAEMON", "x@reply.gateway.test", MAYA])
def test_what_is_nobodys_or_the_customers_address_is_not_accepted(message, ann, sender):
    assert why_not(held_answer(message, ann, sender=sender), ann)


def test_a_colleagues_address_is_not_accepted_for_another(message, ann, ben):
    item = held_answer(message, ann, sender=ben.user.email)
    assert why_not(item, ann) == "It is the address of somebody else."


@pytest.mark.parametrize("fields", [{"dmarc": "fail"}, {"text": ""}])
def test_what_is_held_for_another_reason_offers_no_address(message, ann, fields):
    item = post(owner_token(message, ann), sender=ann.user.email, **fields).held
    assert why_not(item, ann)


def test_f56_c04_an_owner_accepts_a_customers_further_address_and_the_old_one_stays(message, ann):
    written = post(customer_token(message), sender=STRANGER).reply
    make_reply(message, ann)
    assert {sent.to_address for sent in sent_to_customer(message)} == {MAYA}
    accept_for_contact(written)
    accept_for_contact(written)
    known = message.contact.addresses.order_by("created_at")
    assert [row.address for row in known] == [MAYA, STRANGER]
    make_reply(message, ann)
    assert sent_to_customer(message)[-1].to_address == STRANGER
    assert post(customer_token(message), sender=STRANGER).reply.filed_note == ""
    post(customer_token(message), sender=MAYA)
    make_reply(message, ann)
    assert sent_to_customer(message)[-1].to_address == MAYA


@pytest.mark.usefixtures("each_at_once")
def test_f56_until_then_what_a_stranger_wrote_is_quoted_to_nobody(message, ann):
    post(customer_token(message), sender=STRANGER, text="The secret word is plum")
    make_reply(message, ann)
    assert "plum" not in sent_to_customer(message)[-1].rendered.text
    assert "plum" in notifications(message)[-1].rendered.text


def test_neither_a_members_nor_our_own_address_becomes_a_customers(message, ann):
    for sender in ("x@reply.gateway.test", "MAILER-DAEMON"):
        with pytest.raises(CannotAccept):
            accept_for_contact(post(customer_token(message), sender=sender).reply)
    written = post(customer_token(message), sender=STRANGER).reply
    MemberAddress.objects.create(user=ann.user, address=STRANGER, verified_at=message.created_at)
    with pytest.raises(CannotAccept, match="one of your people"):
        accept_for_contact(written)
    with pytest.raises(CannotAccept, match="no mail of a customer"):
        accept_for_contact(make_reply(message, ann))


def test_the_same_person_by_form_and_then_by_text_is_one_customer_once_he_is_answered(
    ann, ann_number
):
    by_form = make_message(ann, sender_phone=PHONE, reply_by="sms")
    assert make_reply(by_form, ann).channel == "sms"
    text = make_text(ann_number, PHONE, "Thanks, see you then")
    assert (text.message, text.message.contact) == (by_form, by_form.contact)
