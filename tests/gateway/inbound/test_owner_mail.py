"""A member answers by mail: what is relayed, and what is held with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from channels_out.models import Delivery
from gateway.held import settle_send
from gateway.inbound.messages import Outcome
from gateway.inbound.owner_mail import TOKEN_LIVES
from gateway.inbound.receive import receive
from gateway.models import HeldReason, MemberAddress, Role, Status
from gateway.participants import member_of, message_id_of, revoke
from tests.factories import make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.post import (
    MAYA,
    PHOTO,
    customer_token,
    header,
    mail,
    newest_notification,
    notifications,
    owner_token,
    post,
    sent_to_customer,
    written,
)
from webhooks.mail import read_mail

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


def test_f58_it_is_on_record_for_who_is_left_and_out_of_the_leavers_hands(message, ann):
    owner = client_of(make_member(ann.business))
    ann.is_active = False
    ann.save()
    held = answer(message, ann).held
    shown = owner.get(f"/held/{held.pk}/").content.decode()
    assert "Yes, come by at five." in shown
    assert str(HeldReason.NO_ACCESS.label) in shown
    for action in ("send", "file"):
        assert client_of(ann).post(f"/held/{held.pk}/{action}/").status_code in (403, 404)
    assert not sent_to_customer(message)


def test_f58_an_answer_of_one_who_is_no_member_any_more_goes_nowhere(message, ann):
    to = owner_token(message, ann)
    ann.delete()
    received = post(to, sender=ann.user.email, text="Yes, come by at five.")
    assert received.outcome in (Outcome.SPAM, Outcome.HELD)
    assert not sent_to_customer(message)


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


def test_f59_a_colleagues_answer_to_a_forwarded_notification_waits_in_his_own_name(message, ann):
    colleague = make_member(ann.business)
    received = answer(message, ann, sender=colleague.user.email)
    held = held_for(message, received, HeldReason.OTHERS_TOKEN)
    assert held.membership == colleague
    told = notifications(message)[-1]
    assert told.to_address == colleague.user.email
    assert f"/held/{held.pk}/" in told.rendered.text
    reply = settle_send(held, colleague)
    assert (reply.sender, reply.reply) == (colleague.user, "Yes, come by at five.")


def test_f59_who_writes_as_a_colleague_without_being_believed_is_nobody(message, ann):
    colleague = make_member(ann.business)
    received = answer(message, ann, sender=colleague.user.email, dmarc="fail")
    assert held_for(message, received, HeldReason.FAILED_DMARC).membership == ann
    colleague.is_active = False
    colleague.save()
    received = answer(message, ann, sender=colleague.user.email)
    assert held_for(message, received, HeldReason.UNKNOWN_ADDRESS).membership == ann


@pytest.mark.parametrize("order", [1, -1])
def test_f60_in_copy_to_anybody_an_answer_goes_to_the_customer_alone(message, ann, order):
    recipients = (owner_token(message, ann), "friend@elsewhere.example")[::order]
    (received,) = receive(mail(*recipients, sender=ann.user.email, text="Yes."))
    assert received.outcome == Outcome.RELAYED
    assert [delivery.to_address for delivery in sent_to_customer(message)] == [MAYA]


def test_f60_who_was_in_copy_and_answers_all_is_held(message, ann):
    recipients = owner_token(message, ann), ann.user.email, MAYA
    (received,) = receive(mail(*recipients, sender="friend@elsewhere.example"))
    held_for(message, received, HeldReason.UNKNOWN_ADDRESS)


def test_f60_an_answer_to_two_customers_at_once_goes_once_to_each(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    addresses = owner_token(message, ann), owner_token(other, ann), owner_token(message, ann)
    received = receive(mail(*addresses, sender=ann.user.email, text="Closed today."))
    assert [each.outcome for each in received] == [Outcome.RELAYED] * 2
    assert [delivery.to_address for delivery in sent_to_customer(message)] == [MAYA]
    assert [delivery.to_address for delivery in sent_to_customer(other)] == ["noor@home.example"]


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


def test_he_is_told_in_the_thread_in_which_he_wrote(message, ann):
    first = notifications(message)[0].message_id
    answer(message, ann, sender="ann@somewhere.example", message_id="<1@phone.example>")
    rendered = newest_notification(message)
    assert rendered.subject == "Re: A question"
    assert header(rendered, "In-Reply-To") == "<1@phone.example>"
    assert header(rendered, "References") == f"{first} <1@phone.example>"


@pytest.mark.parametrize("odd", ["", "<a b@c>", "<a@b>\r\nBcc: x@y", "1@b", "<<a@b>>", "<é@b>"])
def test_no_message_id_of_his_breaks_the_header(message, ann, odd):
    answer(message, ann, sender="ann@somewhere.example", message_id=odd)
    own = notifications(message)[0].message_id
    assert header(newest_notification(message), "References") == own


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sender": "ann@somewhere.example"}, "an address that is not verified"),
        ({"dmarc": "fail"}, "says that it did not send this mail"),
        ({"text": " ", "quoted": "> all"}, "Nothing was left of the answer"),
        ({"unreadable": "It is larger than 50 MB.", "text": ""}, "It is larger than 50 MB."),
    ],
)
def test_no_answer_is_refused_in_silence(message, ann, fields, words):
    answer(message, ann, **fields)
    told = notifications(message)[-1]
    assert told.to_address == ann.user.email
    assert words in told.rendered.text
    assert f"https://gateway.test/conversations/{message.pk}/" in told.rendered.text


def test_who_has_no_access_any_more_is_told_so_without_a_link(message, ann):
    ann.is_active = False
    ann.save()
    answer(message, ann)
    text = newest_notification(message).text
    assert "ask an owner of Ann's Bikes" in text
    assert "https://" not in text
    assert "Yes, come by at five." in text


def test_who_cannot_reach_the_customer_is_told_why(message, ann):
    message.contact.addresses.update(bounced_at=message.created_at)
    answer(message, ann)
    assert f"Mail to {MAYA} came back." in newest_notification(message).text


def test_what_a_member_wrote_to_his_own_public_address_is_told_to_him(ann):
    held = post(ann.business.public_address, sender=ann.user.email, text="For Maya").held
    told = Delivery.objects.get(purpose="notification")
    assert told.to_address == ann.user.email
    assert f"/held/{held.pk}/" in told.rendered.text
    assert "For Maya" in told.rendered.text


def test_an_unreadable_mail_of_who_knows_whom_is_told_to_nobody(message, ann):
    told = len(notifications(message))
    for fields in ({"sender": "ann@somewhere.example"}, {"dmarc": "fail"}):
        held = answer(message, ann, unreadable="Nested too deep.", text="", **fields).held
        assert (held.membership, held.business) == (None, ann.business)
    assert len(notifications(message)) == told


def test_an_answer_to_a_conversation_that_is_long_quiet_waits_for_a_click(message, ann):
    with time_machine.travel(message.last_activity_at + TOKEN_LIVES, tick=False):
        assert answer(message, ann).outcome == Outcome.RELAYED
    with time_machine.travel(message.last_activity_at + 3 * TOKEN_LIVES, tick=False):
        received = answer(message, ann, text="Sorry for the delay")
        assert received.held.reason == HeldReason.EXPIRED
        assert "long been quiet" in newest_notification(message).text
        assert settle_send(received.held, ann).reply == "Sorry for the delay"


def test_a_members_ended_reply_address_is_no_unknown_one(message, ann):
    address = owner_token(message, ann)
    revoke(member_of(message, ann))
    held = post(address, sender=ann.user.email, text="Yes").held
    assert (held.reason, held.membership) == (HeldReason.EXPIRED, ann)
    stranger = post(address, sender="friend@elsewhere.example").held
    assert (stranger.reason, stranger.membership) == (HeldReason.EXPIRED, None)
    assert stranger.business == ann.business
    told = Delivery.objects.filter(purpose="notification", dispatch__isnull=True)
    assert [delivery.to_address for delivery in told] == [ann.user.email]


def test_c28_the_address_to_answer_to_says_nothing_about_who_wrote(message, ann):
    """A mail's Reply-To, Sender and Return-Path are whatever its writer likes."""
    raw = (
        f"From: friend@elsewhere.example\r\nReply-To: {ann.user.email}\r\n"
        f"Sender: {ann.user.email}\r\nReturn-Path: <{ann.user.email}>\r\n"
        f"To: {owner_token(message, ann)}\r\nSubject: Re: A question\r\n\r\nSend me money\r\n"
    )
    (received,) = receive(read_mail(raw.encode()))
    held_for(message, received, HeldReason.UNKNOWN_ADDRESS)


def test_c29_a_forged_mail_with_a_stranger_in_copy_gives_him_nothing(message, ann):
    recipients = customer_token(message), "spy@evil.example"
    (received,) = receive(mail(*recipients, dmarc="fail", text="Please send all to my colleague"))
    assert "did not send this mail" in received.reply.filed_note
    make_reply(message, ann)
    assert {delivery.to_address for delivery in sent_to_customer(message)} == {MAYA}
    spy = post(customer_token(message), sender="spy@evil.example")
    assert "not an address of this customer" in spy.reply.filed_note
    make_reply(message, ann)
    assert {delivery.to_address for delivery in sent_to_customer(message)} == {MAYA}


def test_he_is_told_once_a_day_for_one_reason(message, ann):
    told = len(notifications(message))
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False) as clock:
        for _ in range(3):
            answer(message, ann, sender="ann@somewhere.example")
        assert len(notifications(message)) == told + 1
        other = make_message(ann, sender_email="noor@home.example")
        told_of_other = len(notifications(other))
        answer(other, ann, sender="ann@somewhere.example")
        assert len(notifications(other)) == told_of_other
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
