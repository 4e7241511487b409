"""Who is on copy of a conversation gets each answer by mail, and what he writes back is his, not the customer's."""

from __future__ import annotations

import csv
import io
from datetime import UTC

import pytest
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.suppression import EMAIL_SCOPE, suppress
from gateway.accept import CannotAccept, accept_for_contact
from gateway.copies import CannotCopy, Partner, partners_in, set_copies
from gateway.export import as_csv
from gateway.inbound.messages import Outcome
from gateway.inbox import Inbox, Wanted
from gateway.join import join
from gateway.models import Copy, CopySent, Status
from gateway.move import CannotMove, file_under, split_off
from gateway.outbound.another_way import send_another_way
from gateway.outbound.answer import Answer, post_reply
from gateway.own_view import own_replies
from gateway.purge import TRASH_KEPT, empty_trash
from gateway.states import change, mark_as_read, trash
from gateway.words import evidence_of
from tests.factories import make_member, make_message, make_reply, make_sender, make_user
from tests.gateway.post import (
    MAYA,
    customer_token,
    newest_notification,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)

TOM = "tom@workshop.example"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_at_once")]


@pytest.fixture
def message(ann):
    return make_message(ann, sender_email=MAYA)


@pytest.fixture
def copied(message, ann):
    """Tom of the workshop is on copy, and got Ann's answer."""
    keep(message, ann, f"Tom Baker <{TOM}>")
    return make_reply(message, ann)


def keep(message, member, text):
    with change(message.pk) as locked:
        set_copies(locked, partners_in(text), member)


def addresses(message):
    return [copy.address for copy in Copy.objects.filter(message=message)]


def of(message):
    message.refresh_from_db()
    return message


def test_they_are_read_from_what_a_person_types():
    text = 'Tom Baker <Tom@Workshop.example>; eve@tax.example,\n"Ann" <a@b.example>, no address'
    assert partners_in(text) == [
        Partner(TOM, "Tom Baker"),
        Partner("eve@tax.example"),
        Partner("a@b.example", "Ann"),
        Partner("no address"),
    ]


def test_they_stay_until_they_are_taken_off(message, ann):
    keep(message, ann, f"Tom <{TOM}>, eve@tax.example")
    keep(message, ann, f"{TOM}, {TOM.upper()}, new@tax.example")
    assert addresses(message) == [TOM, "new@tax.example"]
    assert Copy.objects.get(address=TOM).name == "Tom"
    keep(message, ann, "")
    assert addresses(message) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tom", "“tom” is not an email address."),
        ("a@b c@d", "is not an email address."),
        ("shop-1@reply.gateway.test", "belongs to the message gateway"),
        ("Messages@mail.gateway.test", "belongs to the message gateway"),
        (MAYA.upper(), "is the customer's own address"),
        ("ann.private77@home.example", "belongs to one of your people"),
        (", ".join(f"{n}@tax.example" for n in range(6)), "At most 5 addresses"),
        ("stopped@tax.example", "does not want our mail any more"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(message, ann, text, why):
    suppress(Channel.EMAIL, EMAIL_SCOPE, "stopped@tax.example", reason="complained")
    with pytest.raises(CannotCopy, match=why):
        keep(message, ann, f"{TOM}, {text}")
    assert addresses(message) == []


def test_an_answer_by_mail_goes_to_them_in_the_same_mail(message, copied):
    (delivery,) = sent_to_customer(message)
    assert (delivery.to_address, delivery.rendered.cc) == (MAYA, (TOM,))
    assert delivery.rendered.reply_to == customer_token(message)
    assert list(copied.copied.values_list("address", "name")) == [(TOM, "Tom Baker")]


def test_so_does_one_that_is_written_by_mail_of_which_the_notification_says_so(
    message, ann, copied
):
    post(customer_token(message), text="Thanks")
    assert f"Copies go to {TOM}." in newest_notification(message).text.splitlines()[0]
    received = post(owner_token(message, ann), sender=ann.user.email, text="Welcome")
    assert received.outcome == Outcome.RELAYED
    assert sent_to_customer(message)[-1].rendered.cc == (TOM,)


def test_a_text_goes_to_the_customer_alone(message, ann, copied):
    make_sender(ann.business)
    message.contact.addresses.create(
        business=ann.business, channel="sms", address="+14155550199", normalized="+14155550199"
    )
    answer = Answer(message_id=message.pk, author=ann, text="Hi", channel="sms")
    assert not post_reply(answer).copied.exists()
    named = Answer(
        message_id=message.pk, author=ann, text="Hi", channel="sms", copies=(Partner(TOM),)
    )
    with pytest.raises(CannotCopy, match="with email only"):
        post_reply(named)


def test_he_answers_to_the_conversation_as_himself(message, ann, copied):
    mark_as_read(message)
    received = post(
        customer_token(message), MAYA, sender=TOM.title(), from_name="Tom Baker", text="Two hours."
    )
    reply = received.reply
    assert (received.outcome, received.message) == (Outcome.FILED, message)
    assert (reply.by_partner, reply.sender_name, reply.from_address) == (
        True,
        "Tom Baker",
        TOM.title(),
    )
    assert (reply.filed_by, reply.filed_note) == ("copy", "")
    assert evidence_of(reply).startswith("Filed by the address of somebody on copy")
    assert (of(message).status, message.waiting_since) == (Status.UNREAD, None)
    assert not message.contact.addresses.filter(normalized=TOM).exists()
    assert len(sent_to_customer(message)) == 1


def test_the_owner_is_told_who_wrote_and_the_customer_never_sees_it(message, ann, copied):
    post(customer_token(message), sender=TOM, from_name="Tom", text="Two hours.")
    told = newest_notification(message)
    assert "Tom (on copy) wrote" in told.text
    assert "Tom" in told.from_header
    assert [each.reply for each in own_replies(message)] == [copied.reply]
    make_reply(message, ann, "It takes two hours.")
    assert "Two hours." not in sent_to_customer(message)[-1].rendered.text


def test_his_answer_is_known_by_the_mail_he_answers_too(message, copied):
    (sent,) = sent_to_customer(message)
    received = post("x@elsewhere.example", sender=TOM, in_reply_to=(sent.message_id,))
    assert (received.message, received.reply.by_partner) == (message, True)


def test_who_was_on_copy_of_an_answer_is_known_after_he_was_taken_off(message, ann, copied):
    keep(message, ann, "")
    assert post(customer_token(message), sender=TOM).reply.by_partner


def test_a_stranger_is_still_one(message, copied):
    reply = post(customer_token(message), sender="mallory@elsewhere.example").reply
    assert (reply.by_partner, "not an address of this customer" in reply.filed_note) == (
        False,
        True,
    )


def test_an_absence_notice_of_his_is_flagged_and_tells_nobody(message, copied):
    before = len(notifications(message))
    received = post(customer_token(message), sender=TOM, automatic="It says so.")
    assert received.outcome == Outcome.AUTOMATIC
    assert (received.reply.by_partner, received.reply.is_automatic) == (True, True)
    assert len(notifications(message)) == before


def test_a_forged_mail_of_his_says_so(message, copied):
    reply = post(customer_token(message), sender=TOM, dmarc="fail").reply
    assert "did not send this mail" in reply.filed_note


def test_what_he_writes_brings_a_conversation_back_and_opens_none(message, copied):
    trash(message.pk)
    received = post(customer_token(message), sender=TOM, subject="Something else")
    assert (received.message, of(message).deleted_at) == (message, None)
    assert "it may be about something else" in received.reply.filed_note


def test_his_address_becomes_none_of_the_customer_and_his_word_opens_no_conversation(
    message, ann, copied
):
    reply = post(customer_token(message), sender=TOM).reply
    with pytest.raises(CannotAccept):
        accept_for_contact(reply)
    with pytest.raises(CannotMove):
        split_off(reply, ann, with_later=False)
    other = make_message(ann, "Another")
    file_under(reply, other.pk, ann, with_later=False)
    reply.refresh_from_db()
    assert (reply.by_partner, reply.filed_by) == (True, "by_hand")
    assert not own_replies(other).exists()


def heard(message, word, address):
    (delivery,) = sent_to_customer(message)
    attempt = delivery.tries.get()
    report = StatusReport(
        provider="memory",
        provider_id=attempt.provider_id,
        provider_status=word,
        recipient=address,
    )
    record_status(report)


@pytest.mark.usefixtures("memory")
def test_a_copy_that_came_back_is_said_and_the_customer_was_answered(message, ann, copied):
    drain()
    heard(message, "bounced", TOM)
    assert (of(message).status, message.has_failed) == (Status.REPLIED, False)
    assert CopySent.objects.get().problem == "bounced"
    (copy,) = message.copies.all()
    assert copy.problem == f"Mail to {TOM} came back."
    make_reply(message, ann, "Again")
    assert sent_to_customer(message)[-1].rendered.cc == ()
    post(customer_token(message), sender=TOM, text="It works again")
    assert message.copies.get().problem == ""


@pytest.mark.usefixtures("memory")
def test_who_calls_it_spam_gets_no_more_copies(message, ann, copied):
    drain()
    heard(message, "complained", TOM)
    assert message.copies.get().problem == f"{TOM} does not want our mail any more."
    make_reply(message, ann, "Again")
    assert sent_to_customer(message)[-1].rendered.cc == ()


@pytest.mark.usefixtures("memory")
def test_what_goes_another_way_goes_to_nobody_twice(message, ann, copied):
    make_sender(ann.business)
    message.contact.addresses.create(
        business=ann.business, channel="sms", address="+14155550199", normalized="+14155550199"
    )
    drain()
    heard(message, "bounced", MAYA)
    send_another_way(copied, "sms")
    message.contact.addresses.filter(channel="email").update(bounced_at=None)
    assert CopySent.objects.count() == 1


def test_joined_conversations_join_their_copies(message, ann, copied):
    other = make_message(ann, "Another", sender_email="ben@home.example")
    keep(other, ann, f"eve@tax.example, {TOM}, {MAYA}")
    join(other.pk, message.pk, ann)
    assert addresses(message) == [TOM, "eve@tax.example"]
    assert not other.copies.exists()


def test_what_is_erased_takes_them_along(message, copied):
    trash(message.pk)
    empty_trash(timezone.now() + TRASH_KEPT * 2)
    assert not Copy.objects.exists()
    assert not CopySent.objects.exists()


def test_an_export_says_who_wrote(message, ann, copied):
    post(customer_token(message), sender=TOM, from_name="Tom", text="Two hours.")
    inbox = Inbox([ann.business_id], Wanted())
    lines = list(csv.DictReader(io.StringIO("".join(as_csv(inbox, UTC)), newline="")))
    his = next(line for line in lines if line["Message"] == "Two hours.")
    assert (his["Writer"], his["Direction"]) == ("Tom", "From somebody on copy")


def test_a_member_is_never_taken_for_a_partner(message, ann, copied):
    make_member(ann.business, user=make_user(TOM))
    assert post(customer_token(message), sender=TOM).outcome == Outcome.HELD
