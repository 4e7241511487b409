"""A member answers by mail: what is relayed, and what is held with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from gateway.inbound.messages import Outcome
from gateway.models import HeldReason, MemberAddress, Role, Status
from gateway.participants import member_of, message_id_of
from tests.factories import make_member, make_message, make_reply
from tests.gateway.post import (
    MAYA,
    PHOTO,
    header,
    newest_notification,
    notifications,
    owner_token,
    post,
    sent_to_customer,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    """A conversation of which Ann was told."""
    return make_message(ann)


def answer(message, ann, **fields):
    """Ann answers the notification as her mail program does it."""
    usual = {"sender": ann.user.email, "text": "Yes, come by at five."}
    return post(owner_token(message, ann), **{**usual, **fields})


def held_for(message, received, reason):
    """Whether it waits for this reason, and nothing went to the customer."""
    assert (received.outcome, received.held.reason) == (Outcome.HELD, reason)
    assert not sent_to_customer(message)
    message.refresh_from_db()
    assert message.status == Status.UNREAD
    assert message.waiting_since
    return received.held


def test_an_answer_to_the_notification_is_relayed_to_the_customer(message, ann):
    received = answer(message, ann)
    assert (received.outcome, received.message) == (Outcome.RELAYED, message)
    reply = received.reply
    assert (reply.sender, reply.written_via, reply.filed_by) == (ann.user, "email", "token")
    (delivery,) = sent_to_customer(message)
    assert (delivery.to_address, delivery.channel) == (MAYA, "email")
    assert "Yes, come by at five." in delivery.rendered.text
    message.refresh_from_db()
    assert (message.status, message.waiting_since) == (Status.REPLIED, None)


def test_the_address_is_compared_without_case(message, ann):
    assert answer(message, ann, sender=ann.user.email.upper()).outcome == Outcome.RELAYED


def test_what_was_cut_from_an_answer_does_not_go_to_the_customer(message, ann):
    answer(message, ann, quoted=f"On Monday {ann.user.email} wrote: secret")
    rendered = sent_to_customer(message)[0].rendered
    assert ann.user.email not in rendered.text + rendered.html
    assert "secret" not in rendered.text + rendered.html


def test_a_failed_spf_alone_is_what_forwarding_looks_like(message, ann):
    assert answer(message, ann, dmarc="").outcome == Outcome.RELAYED
    assert answer(message, ann, dmarc="pass").outcome == Outcome.RELAYED


def test_f57_an_answer_from_an_address_that_is_not_verified_is_held(message, ann):
    MemberAddress.objects.create(user=ann.user, address="ann@phone.example")
    for sender in ("ann@phone.example", "ann@somewhere.example", ""):
        held = held_for(message, answer(message, ann, sender=sender), HeldReason.UNKNOWN_ADDRESS)
        assert (held.membership, held.message, held.text) == (ann, message, "Yes, come by at five.")


def test_f57_a_second_verified_address_relays(message, ann):
    MemberAddress.objects.create(
        user=ann.user, address="ann@phone.example", verified_at=message.created_at
    )
    assert answer(message, ann, sender="Ann@phone.example").outcome == Outcome.RELAYED


def test_f58_c03_an_answer_after_access_ended_is_held(message, ann):
    ann.is_active = False
    ann.save()
    held_for(message, answer(message, ann), HeldReason.NO_ACCESS)


def test_an_answer_of_a_deactivated_user_is_held(message, ann):
    ann.user.is_active = False
    ann.user.save()
    held_for(message, answer(message, ann), HeldReason.NO_ACCESS)


def test_an_agent_suggests_and_does_not_answer(message, ann):
    address = newest_notification(message).reply_to
    ann.role = Role.AGENT
    ann.save()
    received = post(address, sender=ann.user.email)
    held_for(message, received, HeldReason.NO_ACCESS)


def test_f59_a_stranger_who_got_the_notification_forwarded_is_held(message, ann):
    received = answer(message, ann, sender="friend@elsewhere.example")
    held_for(message, received, HeldReason.UNKNOWN_ADDRESS)


def test_f59_a_colleague_may_not_use_anothers_reply_address(message, ann):
    colleague = make_member(ann.business)
    received = answer(message, ann, sender=colleague.user.email)
    held_for(message, received, HeldReason.UNKNOWN_ADDRESS)


def test_a_mail_that_its_own_domain_disowns_is_held(message, ann):
    held_for(message, answer(message, ann, dmarc="fail"), HeldReason.FAILED_DMARC)


def test_a_signed_message_id_alone_is_held(message, ann):
    own_id = message_id_of(member_of(message, ann))
    received = post("messages@mail.gateway.test", sender=ann.user.email, in_reply_to=(own_id,))
    held_for(message, received, HeldReason.NO_TOKEN)


def test_an_answer_of_which_nothing_is_left_is_held(message, ann):
    held = held_for(message, answer(message, ann, text=" \n", quoted="> all"), HeldReason.EMPTY)
    assert held.quoted == "> all"


def test_a_file_alone_is_an_answer(message, ann):
    assert answer(message, ann, text="", files=(PHOTO,)).outcome == Outcome.RELAYED
    (file,) = sent_to_customer(message)[0].rendered.attachments
    assert (file.name, file.content_type) == ("photo.jpg", "image/jpeg")


def test_an_answer_that_reaches_nobody_is_held_with_the_reason_and_its_files(message, ann):
    message.contact.addresses.update(bounced_at=message.created_at)
    received = answer(message, ann, files=(PHOTO,))
    held = held_for(message, received, HeldReason.NOT_REACHABLE)
    assert f"Mail to {MAYA} came back." in held.detail
    assert held.attachments.get().name == "photo.jpg"


def test_f65_an_owners_vacation_reply_is_neither_relayed_nor_held(message, ann):
    received = answer(message, ann, automatic="Auto-Submitted: auto-replied")
    assert (received.outcome, received.held) == (Outcome.AUTOMATIC, None)
    assert written(message) == ["Is it still there?"]


def test_several_members_each_answer_by_an_address_of_their_own(message, ann):
    colleague = make_member(ann.business, Role.MEMBER)
    assert owner_token(message, ann) != owner_token(message, colleague)
    received = post(owner_token(message, colleague), sender=colleague.user.email)
    assert (received.outcome, received.reply.sender) == (Outcome.RELAYED, colleague.user)


def test_an_answer_to_a_conversation_in_the_trash_brings_it_back(message, ann):
    from gateway.states import trash

    trash(message.pk)
    assert answer(message, ann).outcome == Outcome.RELAYED
    message.refresh_from_db()
    assert message.deleted_at is None


def test_a_relayed_answer_is_a_human_message(message, ann):
    answer(message, ann)
    assert header(sent_to_customer(message)[0].rendered, "Auto-Submitted") == ""


def test_a_held_answer_takes_replied_back(message, ann):
    make_reply(message, ann)
    answer(message, ann, sender="ann@somewhere.example")
    message.refresh_from_db()
    assert message.status == Status.READ


def test_the_writer_of_a_held_answer_is_told_at_his_own_address_and_nowhere_else(message, ann):
    answer(message, ann, sender="ann@somewhere.example")
    told = notifications(message)[-1]
    assert told.to_address == ann.user.email
    text = told.rendered.text
    assert text.startswith("Your answer to Maya Okafor was not sent. It came from an address")
    assert "Yes, come by at five." in text
    assert f"https://gateway.test/conversations/{message.pk}/" in text
    assert header(told.rendered, "Auto-Submitted") == "auto-generated"
    assert told.rendered.reply_to == ""


def test_he_is_told_once_a_day_for_one_reason(message, ann):
    told = len(notifications(message))
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False) as clock:
        for _ in range(3):
            answer(message, ann, sender="ann@somewhere.example")
        assert len(notifications(message)) == told + 1
        answer(message, ann, text="")
        assert len(notifications(message)) == told + 2
        clock.shift(timedelta(days=1))
        answer(message, ann, sender="ann@somewhere.example")
    assert len(notifications(message)) == told + 3


def test_who_has_shown_no_address_to_be_his_is_not_told(message, ann):
    MemberAddress.objects.filter(user=ann.user).delete()
    told = len(notifications(message))
    answer(message, ann)
    assert len(notifications(message)) == told
