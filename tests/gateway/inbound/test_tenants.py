"""F54: the same customer writes to two businesses on every way in; nothing is ever mixed."""

from __future__ import annotations

import itertools

import pytest

from channels_out.channel import Channel
from gateway.models import Contact, Participant, Route
from tests.factories import make_message, make_reply, make_sender, make_text
from tests.gateway.post import MAYA, PHONE, customer_token, notifications, post, written

pytestmark = pytest.mark.django_db

WAYS_IN = ("form", "email", "sms", "whatsapp")


class Door:
    """The ways into one business."""

    def __init__(self, member):
        self.member = member
        self.numbers = {
            channel: make_sender(member.business, channel)
            for channel in (Channel.SMS, Channel.WHATSAPP)
        }

    def write(self, way, text):
        """The conversation of what one and the same customer wrote this way."""
        if way == "form":
            return make_message(self.member, text, sender_email=MAYA, sender_phone=PHONE)
        if way == "email":
            return post(self.member.business.public_address, text=text).message
        return make_text(self.numbers[Channel(way)], PHONE, text).message


@pytest.fixture
def doors(ann, ben):
    return Door(ann), Door(ben)


@pytest.mark.parametrize("first", WAYS_IN)
@pytest.mark.parametrize("second", WAYS_IN)
def test_f54_each_business_has_its_own_conversation_and_contact(doors, first, second):
    of_ann, of_ben = doors
    hers = of_ann.write(first, "For Ann")
    his = of_ben.write(second, "For Ben")
    assert (hers.business, his.business) == (of_ann.member.business, of_ben.member.business)
    assert hers.contact != his.contact
    assert (written(hers), written(his)) == (["For Ann"], ["For Ben"])
    for door, message in zip(doors, (hers, his), strict=True):
        assert {sent.to_address for sent in notifications(message)} == {door.member.user.email}


@pytest.mark.parametrize("way", WAYS_IN)
def test_f54_what_is_answered_goes_on_where_it_began(doors, way):
    messages = [door.write(way, "Hello") for door in doors]
    for door, message in zip(doors, messages, strict=True):
        make_reply(message, door.member, f"From {door.member.user.first_name}")
    for door, message in zip(reversed(doors), reversed(messages), strict=True):
        if way in ("sms", "whatsapp"):
            make_text(door.numbers[Channel(way)], PHONE, "Thanks")
        else:
            post(customer_token(message), text="Thanks")
    assert [written(message) for message in messages] == [
        ["Hello", "From Ann", "Thanks"],
        ["Hello", "From Ben", "Thanks"],
    ]


def test_no_row_joins_two_businesses(doors):
    for door, way in itertools.product(doors, WAYS_IN):
        make_reply(door.write(way, "Hello"), door.member)
    for contact in Contact.objects.all():
        assert {address.business_id for address in contact.addresses.all()} == {contact.business_id}
        assert all(each.business_id == contact.business_id for each in contact.messages.all())
    for route in Route.objects.select_related("message"):
        assert route.business_id == route.message.business_id
    for side in Participant.objects.select_related("message", "contact", "membership"):
        person = side.contact or side.membership
        assert person.business_id == side.message.business_id


def test_a_token_of_one_business_files_nothing_under_another(doors):
    of_ann, of_ben = doors
    hers, his = of_ann.write("email", "For Ann"), of_ben.write("email", "For Ben")
    received = post(customer_token(hers), sender=of_ben.member.user.email, text="Poach")
    assert received.message == hers
    assert written(his) == ["For Ben"]


def test_on_a_shared_number_two_businesses_are_never_guessed_between(ann, ben, shared_number):
    for member in (ann, ben):
        message = make_message(member, sender_email="", sender_phone=PHONE)
        Route.objects.create(
            sender=shared_number,
            address=PHONE,
            normalized=PHONE,
            business=member.business,
            message=message,
            last_outbound_at=message.created_at,
        )
    received = make_text(shared_number, PHONE, "Yes please")
    assert (received.message, received.held.business) == (None, None)
