"""A mail to several businesses reaches each of them, whatever became of the addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import CustomerMessage, HeldItem, HeldReason, MemberAddress, Receipt
from gateway.participants import customer_of, member_of, message_id_of, revoke
from gateway.purge import TRASH_KEPT, empty_trash
from gateway.states import trash
from gateway.welcome import welcome
from tests.factories import make_message
from tests.gateway.post import customer_token, mail, owner_token

pytestmark = pytest.mark.django_db


def ended(message):
    """The address the customer answered to, of a conversation that was deleted for good since."""
    address = customer_token(message)
    trash(message.pk)
    assert empty_trash(timezone.now() + TRASH_KEPT + timedelta(days=1)) == 1
    return address


def filed(received):
    """Where a mail was filed, in order, and by what."""
    return [(each.message.business, each.message.filed_by) for each in received]


def test_an_ended_address_beside_a_living_one_of_another_business(ann, ben):
    flat = make_message(ben)
    received = receive(mail(ended(make_message(ann)), customer_token(flat), text="To both"))
    assert {each.message.business for each in received} == {ann.business, ben.business}
    assert received[0].message == flat
    assert received[1].message.filed_by == "ended"


def test_an_ended_address_beside_a_public_one_of_another_business(ann, ben):
    received = receive(mail(ben.business.public_address, ended(make_message(ann))))
    assert filed(received) == [(ben.business, "public_address"), (ann.business, "ended")]


def test_a_reference_decides_nothing_in_a_mail_to_an_ended_address_of_another_business(ann, ben):
    quoted = message_id_of(customer_of(make_message(ben)))
    received = receive(mail(ended(make_message(ann)), references=(quoted,)))
    assert filed(received) == [(ann.business, "ended")]


def test_two_ended_addresses_are_a_conversation_of_each_business(ann, ben):
    first, second = ended(make_message(ben)), ended(make_message(ann))
    received = receive(mail(first, second))
    assert filed(received) == [(ben.business, "ended"), (ann.business, "ended")]


def test_two_ended_addresses_of_one_business_are_one_conversation(ann):
    first, second = ended(make_message(ann)), ended(make_message(ann))
    assert filed(receive(mail(first, second))) == [(ann.business, "ended")]


def test_a_business_that_is_reached_anyway_is_not_reached_twice(ann):
    message = make_message(ann)
    address = owner_token(message, ann)
    revoke(member_of(message, ann))
    (received,) = receive(mail(customer_token(message), address))
    assert received.message == message


def test_two_ended_addresses_in_blind_copy_each_by_a_request_of_its_own(ann, ben):
    first, second = ended(make_message(ann)), ended(make_message(ben))
    sent = mail(first)
    handed_over = [receive(sent), receive(replace(sent, recipients=(second,)))]
    assert [filed(each) for each in handed_over] == [
        [(ann.business, "ended")],
        [(ben.business, "ended")],
    ]
    (again,) = receive(sent)
    assert (again.outcome, again.message) == (Outcome.DUPLICATE, handed_over[0][0].message)
    assert (CustomerMessage.objects.count(), Receipt.objects.count()) == (2, 2)


def test_an_address_that_never_was_one_hides_no_ended_one(ann):
    sent = mail("nobody@reply.gateway.test")
    assert [each.outcome for each in receive(sent)] == [Outcome.SPAM]
    assert filed(receive(replace(sent, recipients=(ended(make_message(ann)),)))) == [
        (ann.business, "ended")
    ]


def test_an_unreadable_mail_waits_for_each_business(ann, ben):
    addresses = ended(make_message(ann)), customer_token(make_message(ben))
    for pair in (addresses, (ann.business.public_address, ben.business.public_address)):
        HeldItem.objects.all().delete()
        unreadable = mail(*pair, unreadable="Nested too deep.", text="")
        received = receive(unreadable)
        assert {each.held.business for each in received} == {ann.business, ben.business}
        assert {each.held.reason for each in received} == {HeldReason.UNREADABLE}
        assert [each.outcome for each in receive(unreadable)] == [Outcome.DUPLICATE] * 2
        assert HeldItem.objects.count() == 2


def test_an_unreadable_mail_waits_once_for_a_business_whose_addresses_are_several(ann):
    addresses = customer_token(make_message(ann)), customer_token(make_message(ann))
    (received,) = receive(mail(*addresses, ann.business.public_address, unreadable="Too deep."))
    assert received.held.business == ann.business


def test_who_answers_the_welcome_mail_and_writes_to_customers_addresses_is_a_member_there(ann):
    MemberAddress.objects.all().delete()
    welcome(ann)
    invited = Delivery.objects.get(purpose="welcome").rendered.reply_to
    received = receive(mail(ann.business.public_address, invited, sender=ann.user.email))
    assert [each.outcome for each in received] == [Outcome.NOTED, Outcome.HELD]
    assert (received[1].held.reason, received[1].held.membership) == (HeldReason.MEMBER_WROTE, ann)
