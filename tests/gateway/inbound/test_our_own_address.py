"""What people write to the address that our mail comes from, as mail programs complete it."""

from __future__ import annotations

import pytest

from gateway.held import open_items, settle_file
from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import HeldItem, HeldReason
from gateway.outbound.render_mail import own_address
from tests.factories import make_message, make_user
from tests.gateway.post import MAYA, customer_token, mail, post

pytestmark = pytest.mark.django_db


def known_to(member):
    """Maya's conversation with this business, to which she wrote by mail."""
    message = make_message(member)
    post(customer_token(message))
    return message


def test_it_waits_for_the_only_business_that_knows_its_writer(ann, ben):
    message = known_to(ann)
    make_message(ben)  # whose form anybody may have filled in with her address
    received = post(own_address().upper(), subject="Bike", text="I come today")
    held = received.held
    assert (received.outcome, held.reason) == (Outcome.HELD, HeldReason.OWN_ADDRESS)
    assert (held.business, held.membership, held.text) == (ann.business, None, "I come today")
    assert settle_file(held, ann.user, ann.business, message) == message


def test_it_waits_for_staff_where_two_know_him_or_nobody(ann, ben):
    staff = make_user(is_staff=True)
    known_to(ann)
    known_to(ben)
    by_two = post(own_address()).held
    by_nobody = post(own_address(), sender="stranger@elsewhere.example").held
    assert (by_two.business, by_nobody.business) == (None, None)
    assert set(open_items(staff)) == {by_two, by_nobody}
    assert not open_items(ann.user)


def test_a_forged_mail_waits_for_staff(ann):
    known_to(ann)
    assert post(own_address(), dmarc="fail").held.business is None


def test_a_members_waits_in_his_name(ann):
    held = post(own_address(), sender=ann.user.email).held
    assert (held.reason, held.membership) == (HeldReason.MEMBER_WROTE, ann)


def test_what_cannot_be_read_waits_as_such(ann):
    known_to(ann)
    held = post(own_address(), unreadable="Nested too deep.").held
    assert (held.reason, held.business) == (HeldReason.UNREADABLE, ann.business)


@pytest.mark.parametrize(
    "fields", [{"automatic": "Auto-Submitted: auto-replied"}, {"is_spam": True}]
)
def test_what_a_machine_or_a_spammer_wrote_waits_for_nobody(ann, fields):
    known_to(ann)
    assert post(own_address(), **fields).outcome == Outcome.SPAM
    assert not HeldItem.objects.exists()


def test_beside_a_reply_address_it_says_nothing(ann):
    message = make_message(ann)
    assert post(own_address(), customer_token(message)).message == message


def test_handed_over_twice_it_waits_once(ann):
    sent = mail(own_address(), sender=MAYA)
    (first,), (second,) = receive(sent), receive(sent)
    assert (second.outcome, second.held) == (Outcome.DUPLICATE, first.held)
