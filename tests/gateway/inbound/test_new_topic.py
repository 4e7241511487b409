"""A fresh mail to an old reply address begins another conversation of the same parties."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gateway.inbound.new_topic import QUIET
from gateway.models import CustomerMessage
from gateway.participants import customer_of, message_id_of
from gateway.states import trash
from tests.factories import make_listing, make_message
from tests.gateway.post import MAYA, customer_token, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(ann):
    """A conversation that has been quiet for a month."""
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        return make_message(ann, subject="Blue bike", sender_phone="+14155550199")


def test_after_weeks_of_quiet_another_subject_is_another_conversation(old):
    received = post(customer_token(old), subject="Winter tyres", text="Do you sell them?")
    new = received.message
    assert new != old
    assert (new.business, new.contact, new.subject) == (old.business, old.contact, "Winter tyres")
    assert (new.filed_by, new.follows_id) == ("new_topic", old.pk)
    assert "“Blue bike”" in new.filed_note
    assert not old.replies.exists()


@pytest.mark.parametrize(
    "subject", ["Re: Blue bike", "AW: blue  bike", "Fwd: RE[2]: Blue bike", "RE\uff1aBlue bike", ""]
)
def test_the_same_subject_goes_on_however_it_is_prefixed(old, subject):
    assert post(customer_token(old), subject=subject).message == old


@pytest.mark.parametrize("field", ["in_reply_to", "references"])
def test_what_answers_a_mail_of_ours_goes_on(old, field):
    answered = {field: (message_id_of(customer_of(old)),)}
    assert post(customer_token(old), subject="Winter tyres", **answered).message == old


def test_while_it_is_not_quiet_another_subject_goes_on_and_is_marked(ann):
    message = make_message(ann, subject="Blue bike")
    with time_machine.travel(timezone.now() + QUIET - timedelta(minutes=1)):
        received = post(customer_token(message), subject="Winter tyres", sender=MAYA)
        assert received.message == message
        assert received.reply.filed_note.endswith("it may be about something else.")
        assert not post(customer_token(message), subject="Re: Blue bike").reply.filed_note


def test_when_the_listing_is_gone_another_subject_is_another_conversation(ann):
    listing = make_listing(ann.business, "Blue bike")
    message = make_message(ann, subject="Blue bike", listing=listing)
    listing.delete()
    assert post(customer_token(message), subject="Winter tyres").message != message
    assert post(customer_token(message), subject="Re: Blue bike").message == message


def test_automatic_mail_begins_nothing(old):
    automatic = {"subject": "Out of office", "automatic": "Auto-Submitted: auto-replied"}
    assert post(customer_token(old), **automatic).message == old


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Re: Winter tyres"},
        {"subject": "And 28 inch?", "in_reply_to": ("<begun@home.example>",)},
        {"subject": "And 28 inch?", "references": ("<begun@home.example>", "<b@home.example>")},
    ],
)
def test_until_he_is_answered_he_goes_on_with_it_at_the_old_address(old, fields):
    address = customer_token(old)
    begun = post(address, subject="Winter tyres", message_id="<begun@home.example>").message
    received = post(address, text="Hello?", **fields)
    assert (received.message, received.reply.filed_note) == (begun, "")
    assert post(address, **fields).message == begun
    assert CustomerMessage.objects.count() == 2


def test_he_goes_on_with_it_also_when_the_old_one_goes_on_meanwhile(old):
    address = customer_token(old)
    begun = post(address, subject="Winter tyres").message
    assert post(address, subject="Re: Blue bike").message == old
    assert post(address, subject="Re: Winter tyres").message == begun
    assert post(address, subject="Bell").message == old


def test_a_third_subject_begins_a_third_conversation(old):
    address = customer_token(old)
    begun = post(address, subject="Winter tyres").message
    other = post(address, subject="Bell").message
    assert other not in (old, begun)
    assert post(address, subject="Re: Bell").message == other
    assert post(address, subject="Re: Winter tyres").message == begun


def test_after_the_trash_what_follows_stays_together(old):
    address = customer_token(old)
    begun = post(address, subject="Winter tyres").message
    trash(begun.pk)
    after = post(address, subject="Re: Winter tyres").message
    assert (after.follows, after not in (old, begun)) == (begun, True)
    assert post(address, subject="Re: Winter tyres").message == after
