"""What a form brings: whose contact it is, who is told, and what is kept."""

from __future__ import annotations

import pytest

from channels_out.channel import Channel
from gateway.inbound.messages import InboundForm
from gateway.inbound.receive import receive
from gateway.models import Contact, ContactAddress, Role
from tests.factories import make_listing, make_member, make_message, make_text, make_user
from tests.gateway.post import MAYA, PHONE, customer_token, notifications, post

pytestmark = pytest.mark.django_db


def addresses(contact):
    return {(row.channel, row.normalized) for row in contact.addresses.all()}


def test_a_form_opens_a_conversation_about_a_listing(ann):
    listing = make_listing(ann.business, "Blue bike")
    message = make_message(ann, listing=listing, reply_by="sms", sender_phone=PHONE)
    assert (message.channel, message.filed_by) == (Channel.WEB, "form")
    assert (message.subject, message.message) == ("A question", "Is it still there?")
    assert (message.listing, message.listing_snapshot["title"]) == (listing, "Blue bike")
    assert message.reply_by == "sms"
    assert addresses(message.contact) == {("email", MAYA), ("sms", PHONE)}


def test_whoever_gives_the_same_addresses_again_is_the_same_contact(ann):
    first = make_message(ann, sender_phone=PHONE)
    again = make_message(ann, sender_email="MAYA@Home.example", sender_phone="+1 415 555 0199")
    assert again.contact == first.contact
    assert make_message(ann, sender_phone="").contact == first.contact


def test_a_form_never_joins_the_addresses_of_two_people(ann):
    maya = make_message(ann).contact
    noor = make_message(ann, sender_email="", sender_phone=PHONE).contact
    both = make_message(ann, sender_phone=PHONE).contact
    assert len({maya, noor, both}) == 3
    assert addresses(maya) == {("email", MAYA)}
    assert addresses(noor) == {("sms", PHONE)}


def test_a_form_adds_no_address_to_a_contact(ann):
    maya = make_message(ann).contact
    make_message(ann, sender_phone="+14155550100")
    assert addresses(maya) == {("email", MAYA)}


def test_a_form_proves_no_address(ann):
    contact = make_message(ann).contact
    assert not ContactAddress.objects.filter(last_inbound_at__isnull=False).exists()
    message = contact.messages.get()
    post(customer_token(message))
    assert contact.addresses.get().last_inbound_at


def test_two_people_with_one_phone_are_told_apart_by_who_proved_it(ann, ann_number):
    proven = make_text(ann_number, PHONE, "It is mine").message.contact
    make_message(ann, sender_phone=PHONE)
    assert make_text(ann_number, PHONE, "Hi").message.contact == proven


def test_a_wish_for_whatsapp_makes_the_phone_a_whatsapp_number_too(ann):
    message = make_message(ann, sender_phone=PHONE, reply_by=Channel.WHATSAPP)
    assert ("whatsapp", PHONE) in addresses(message.contact)


def test_without_any_address_each_is_a_contact_of_its_own(ann):
    for _ in range(2):
        make_message(ann, sender_email="")
    assert Contact.objects.count() == 2


def test_the_words_of_a_consent_are_kept(ann):
    words = "You may text me about this bike."
    message = make_message(ann, consent=words)
    consent = message.contact.consents.get()
    assert (consent.source, consent.words) == ("form", words)


def test_a_signed_in_customer_is_the_sender(ann):
    customer = make_user()
    message = make_message(ann, sender=customer)
    assert (message.sender, message.contact.user) == (customer, customer)


def test_the_member_who_is_asked_is_told_and_else_an_owner(ann):
    colleague = make_member(ann.business, Role.MEMBER)
    asked = make_message(ann, recipient=colleague.user)
    assert [sent.to_address for sent in notifications(asked)] == [colleague.user.email]
    colleague.is_active = False
    colleague.save()
    again = make_message(ann, recipient=colleague.user, subject="Again")
    assert [sent.to_address for sent in notifications(again)] == [ann.user.email]


def test_a_business_without_anybody_still_takes_messages_in(ann):
    ann.delete()
    (received,) = receive(InboundForm(ann.business, "Maya", MAYA, "", "Hi", "Anybody?"))
    assert received.message.recipient is None
    assert not notifications(received.message)


def test_what_the_form_adds_is_kept(ann):
    message = make_message(ann, context={"page": "/bikes/blue"})
    assert message.context == {"page": "/bikes/blue"}
