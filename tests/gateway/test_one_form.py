"""Row F52: a phone that is written in two ways is kept in one, by whatever writes it, and found by either."""

from __future__ import annotations

import pytest
from django.apps import apps

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.addresses import forms_of, normalize
from gateway.codes import code_of
from gateway.held import number_of
from gateway.models import HeldItem, MemberAddress
from tests.factories import (
    make_business,
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)

pytestmark = pytest.mark.django_db

FORMS = [
    pytest.param("+5215512345678", "+525512345678", id="Mexico"),
    pytest.param("+551187654321", "+5511987654321", id="Brazil"),
    pytest.param("+541145678901", "+5491145678901", id="Argentina"),
]
KEPT_NORMALISED = [
    model
    for model in apps.get_app_config("gateway").get_models()
    if any(field.name == "normalized" for field in model._meta.get_fields())
]


@pytest.mark.parametrize(("old", "new"), FORMS)
def test_f52_every_writer_keeps_the_form_that_is_looked_up(client, old, new):
    member = make_member()
    own = make_sender(member.business, Channel.WHATSAPP)
    shared = make_sender(None, Channel.WHATSAPP)
    form = make_message(member, sender_email="", sender_phone=old, reply_by=Channel.SMS)
    make_sender(member.business, Channel.SMS)
    make_reply(form, member)
    received = make_text(own, old, "Is it there?", alias="US.1")
    make_reply(received.message, member)
    make_text(shared, old, f"#{code_of(make_listing(member.business))}")
    make_text(shared, old, "For whom?")
    make_text(make_sender(None, Channel.SMS), old, "For whom?")
    assert len(KEPT_NORMALISED) == 5
    for model in KEPT_NORMALISED:
        kept = set(model.objects.values_list("normalized", flat=True))
        assert kept == {new}, model


@pytest.mark.parametrize(("old", "new"), FORMS)
def test_f52_a_member_is_known_by_either_form(client, old, new):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    member = make_member()
    fields = {
        "user": member.user_id,
        "channel": "sms",
        "address": old,
        "verified_at_0": "2026-01-01",
    }
    client.post("/admin/gateway/memberaddress/add/", fields | {"verified_at_1": "00:00:00"})
    assert MemberAddress.objects.get(channel="sms").address == new


@pytest.mark.parametrize(("old", "new"), FORMS)
@pytest.mark.parametrize("is_old", [True, False])
def test_f52_our_own_number_is_found_in_either_form(old, new, is_old):
    address, called = (old, new) if is_old else (new, old)
    ours = Sender.objects.create(channel=Channel.SMS, address=address, is_shared=True)
    called_so = Sender(channel=Channel.SMS, address=called)
    held = make_text(called_so, "+12125550142", "For whom?").held
    assert (held.reason, number_of(held)) == ("shared_number", ours)
    # What one of our numbers writes to another is never asked about.
    make_text(make_sender(None), called, "Who is there?")
    assert HeldItem.objects.last().question.asked_at is None


def test_f52_two_numbers_of_ours_that_are_written_alike_stay_two():
    old, new = "+5215512345678", "+525512345678"
    for address in (old, new):
        make_member(business := make_business())
        sender = Sender.objects.create(channel=Channel.SMS, address=address)
        business.dedicated_senders.create(sender=sender)
        assert make_text(sender, "+12125550142", "Hello").message.business == business


@pytest.mark.parametrize(("old", "new"), FORMS)
def test_f52_all_forms_have_one_normal_form(old, new):
    assert forms_of("sms", old) == forms_of("sms", new) == {old, new}
    assert {normalize("sms", form) for form in forms_of("sms", old)} == {new}
