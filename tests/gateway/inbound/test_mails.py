"""What becomes of a customer's mail once it has found its conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from gateway.inbound.mails import CAME_BACK, SUSPECTED
from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import Attachment, CustomerMessage, HeldReason, Receipt, Status
from gateway.outbound.ways import ways_to
from gateway.participants import customer_of, message_id_of
from gateway.purge import TRASH_KEPT, empty_trash
from gateway.states import change, set_status, trash
from tests.factories import make_listing, make_member, make_message, make_reply
from tests.gateway.post import (
    MAYA,
    PHOTO,
    bytes_of,
    customer_token,
    mail,
    notifications,
    owner_token,
    post,
    sent_to_customer,
    written,
)
from webhooks.mail import read_mail

pytestmark = pytest.mark.django_db

STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def message(ann):
    """A conversation that Maya opened by the form."""
    return make_message(ann, listing=make_listing(ann.business))


def email_way(message):
    """How the customer is reached by mail now."""
    return ways_to(message)[0]


def test_a_customers_mail_makes_the_conversation_unread_and_tells_the_owner(message, ann):
    make_reply(message, ann)
    told = len(notifications(message))
    received = post(customer_token(message), text="Great!")
    message.refresh_from_db()
    assert (message.status, message.snippet) == (Status.UNREAD, "Great!")
    assert message.waiting_since == received.reply.created_at
    assert len(notifications(message)) == told + 1


def test_f56_c04_a_mail_from_another_address_is_shown_as_such_and_never_answered_there(
    message, ann
):
    received = post(customer_token(message), sender=STRANGER)
    assert received.outcome == Outcome.FILED
    assert f"Written from {STRANGER}, which is not an address" in received.reply.filed_note
    make_reply(message, ann)
    assert [sent.to_address for sent in sent_to_customer(message)] == [MAYA]
    assert not message.contact.addresses.filter(address=STRANGER).exists()


def test_a_mail_without_a_readable_writer_is_filed_by_its_token_and_flagged(message):
    assert "no readable address" in post(customer_token(message), sender="").reply.filed_note


def test_a_mail_its_own_domain_disowns_is_filed_and_flagged(message):
    received = post(customer_token(message), dmarc="fail")
    assert "says that it did not send this mail" in received.reply.filed_note


def test_after_the_trash_a_mail_opens_a_new_conversation_and_the_next_joins_it(message, ann):
    address = customer_token(message)
    trash(message.pk)
    received = post(address, text="Still interested")
    new = received.message
    assert (new.pk != message.pk, new.message) == (True, "Still interested")
    assert (new.business, new.contact) == (ann.business, message.contact)
    assert (new.listing, new.sender_name) == (message.listing, "Maya Okafor")
    assert new.follows_id == message.pk
    assert post(address, text="Hello?").message == new
    assert written(message) == ["Is it still there?"]
    assert new.unread


def test_automatic_mail_to_a_conversation_in_the_trash_opens_nothing(message):
    address = customer_token(message)
    trash(message.pk)
    assert post(address, automatic="Auto-Submitted: auto-replied").message == message
    assert CustomerMessage.objects.count() == 1
    message.refresh_from_db()
    assert message.deleted_at


def test_an_archived_conversation_comes_back(message):
    with change(message.pk) as locked:
        set_status(locked, Status.ARCHIVED)
    post(customer_token(message))
    message.refresh_from_db()
    assert (message.status, message.is_archived) == (Status.UNREAD, False)


def test_spam_stays_spam_and_tells_nobody(message):
    with change(message.pk) as locked:
        locked.is_spam = True
    told = len(notifications(message))
    assert post(customer_token(message)).outcome == Outcome.SPAM
    message.refresh_from_db()
    assert (message.is_spam, message.unread) == (True, False)
    assert len(notifications(message)) == told


def test_f70_mail_that_the_provider_takes_for_spam_is_kept_as_spam_and_tells_nobody(ann):
    received = post(ann.business.public_address, is_spam=True)
    assert (received.outcome, received.message.is_spam) == (Outcome.SPAM, True)
    assert not notifications(received.message)


def test_a_providers_suspicion_does_not_hide_an_answer_to_our_own_mail(message):
    told = len(notifications(message))
    received = post(customer_token(message), is_spam=True)
    assert (received.outcome, received.message.is_spam) == (Outcome.FILED, False)
    assert received.reply.filed_note == SUSPECTED
    assert len(notifications(message)) == told


def test_f65_automatic_mail_is_kept_and_changes_nothing_else(message, ann):
    make_reply(message, ann)
    told, sent = len(notifications(message)), len(sent_to_customer(message))
    received = post(customer_token(message), automatic="Auto-Submitted: auto-replied")
    assert (received.outcome, received.reply.is_automatic) == (Outcome.AUTOMATIC, True)
    message.refresh_from_db()
    assert (message.status, message.waiting_since) == (Status.REPLIED, None)
    assert (len(notifications(message)), len(sent_to_customer(message))) == (told, sent)


def test_automatic_mail_to_the_public_address_is_kept_read_and_tells_nobody(ann):
    message = post(ann.business.public_address, automatic="Precedence: list").message
    assert (message.is_automatic, message.status) == (True, Status.READ)
    assert message.waiting_since is None
    assert not notifications(message)


def test_f66_a_mail_of_ours_that_comes_back_stops_there(message, ann):
    told = len(notifications(message))
    received = post(
        customer_token(message), message_id=message_id_of(customer_of(message)), sender=STRANGER
    )
    assert (received.outcome, received.detail) == (Outcome.AUTOMATIC, CAME_BACK)
    assert len(notifications(message)) == told


def test_a_bounced_address_is_used_again_after_a_mail_from_it(message):
    message.contact.addresses.update(bounced_at=message.created_at)
    assert "came back" in email_way(message).reason
    post(customer_token(message))
    assert email_way(message).usable


def test_a_member_who_answers_to_the_customers_address_is_held(message, ann):
    received = post(customer_token(message), sender=ann.user.email)
    assert received.outcome == Outcome.HELD
    assert received.held.reason == HeldReason.MEMBER_WROTE
    assert received.held.is_answer
    assert not message.replies.exists()


def test_a_member_may_try_out_being_a_customer(ann):
    message = make_message(ann, sender_email=ann.user.email)
    assert post(customer_token(message), sender=ann.user.email).outcome == Outcome.FILED


def test_a_member_who_writes_to_his_own_public_address_is_held(ann):
    received = post(ann.business.public_address, sender=ann.user.email)
    assert received.held.reason == HeldReason.MEMBER_WROTE
    assert received.held.business == ann.business
    assert not CustomerMessage.objects.exists()


def test_a_member_of_another_business_is_a_customer_like_any(ann, ben):
    assert post(ann.business.public_address, sender=ben.user.email).outcome == Outcome.FILED


def test_f69_a_mail_of_which_only_the_quote_is_left_is_filed_with_it(message):
    received = post(customer_token(message), text="", quoted="> Is it there?")
    assert (received.reply.reply, received.reply.quoted) == ("", "> Is it there?")


def test_files_are_stored_with_the_mail_that_brought_them(message):
    reply = post(customer_token(message), text="", files=(PHOTO,)).reply
    file = reply.attachments.get()
    assert (file.name, file.size, bytes_of(file)) == ("photo.jpg", 10, PHOTO.content)


def test_each_of_two_conversations_has_the_files_of_a_mail_to_both(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    both = receive(mail(customer_token(message), customer_token(other), files=(PHOTO,)))
    files = [received.reply.attachments.get() for received in both]
    assert len({file.file.name for file in files}) == 2
    assert [bytes_of(file) for file in files] == [PHOTO.content, PHOTO.content]


def test_a_mail_to_two_businesses_is_a_conversation_of_each(ann, ben):
    received = receive(mail(ann.business.public_address, ben.business.public_address))
    assert [each.message.business for each in received] == [ann.business, ben.business]
    assert len({each.message.contact_id for each in received}) == 2


def test_mails_without_a_writer_never_share_a_contact(ann):
    first, second = (post(ann.business.public_address, sender="").message for _ in range(2))
    assert first.contact != second.contact
    assert email_way(first).reason == "No email address of this customer is known."


def test_a_writer_that_is_no_mailbox_cannot_be_answered(ann):
    message = post(ann.business.public_address, sender="MAILER-DAEMON").message
    assert "is not an address of a customer's mailbox" in email_way(message).reason


def test_an_unreadable_mail_waits_for_the_business_it_was_sent_to(message, ann):
    for address in (customer_token(message), ann.business.public_address):
        received = post(address, unreadable="Nested too deep.")
        assert received.held.reason == HeldReason.UNREADABLE
        assert (received.held.business, received.held.detail) == (ann.business, "Nested too deep.")


def test_an_unreadable_mail_without_recipients_waits_for_staff_and_to_a_stranger_is_spam(db):
    assert post(unreadable="No header.").held.business is None
    assert post("nobody@reply.gateway.test", unreadable="No header.").outcome == Outcome.SPAM


@pytest.mark.parametrize("order", [1, -1])
def test_f60_both_sides_of_one_conversation_in_one_mail_are_one_word_of_its_writer(
    message, ann, order
):
    addresses = (owner_token(message, ann), customer_token(message))[::order]
    received = receive(mail(*addresses, sender=ann.user.email, text="Yes, come by"))
    assert [each.outcome for each in received] == [Outcome.RELAYED]
    assert written(message) == ["Is it still there?", "Yes, come by"]


def test_every_mail_leaves_a_receipt_with_its_outcome(message):
    post(customer_token(message))
    post("nobody@reply.gateway.test")
    outcomes = Receipt.objects.values_list("outcome", flat=True)
    assert sorted(outcomes) == [Outcome.FILED, Outcome.SPAM]


@pytest.mark.usefixtures("each_at_once")
def test_nobody_is_told_twice_of_one_mail(message, ann):
    make_member(ann.business)
    told = len(notifications(message))
    post(customer_token(message))
    assert len(notifications(message)) == told + 1


def test_spam_keeps_its_files(ann):
    post(ann.business.public_address, is_spam=True, files=(PHOTO,))
    assert Attachment.objects.count() == 1


def test_a_reference_to_one_business_decides_nothing_in_a_mail_to_another(message, ben):
    reference = message_id_of(customer_of(message))
    received = post(ben.business.public_address, references=(reference,))
    assert received.message.business == ben.business
    assert written(message) == ["Is it still there?"]


def test_a_mail_to_a_reply_address_and_to_another_business_reaches_both(message, ann, ben):
    addresses = customer_token(message), ann.business.public_address, ben.business.public_address
    received = receive(mail(*addresses))
    assert [each.message.business for each in received] == [ann.business, ben.business]
    assert received[0].message == message


@pytest.mark.parametrize("evidence", [{"dmarc": "fail"}, {"automatic": "Precedence: list"}])
def test_a_mail_that_anybody_may_have_forged_proves_no_address(message, ann, evidence):
    message.contact.addresses.update(bounced_at=message.created_at)
    post(customer_token(message), **evidence)
    assert "came back" in email_way(message).reason
    stranger = post(ann.business.public_address, sender=STRANGER, **evidence).message
    for contact in (message.contact, stranger.contact):
        assert contact.addresses.get().last_inbound_at is None


def test_a_mail_counts_from_when_it_was_handed_over(message):
    early = timezone.now() - timedelta(hours=2)
    reply = post(customer_token(message), text="From then", received_at=early).reply
    message.refresh_from_db()
    assert (reply.created_at, message.waiting_since) == (early, early)
    assert message.snippet == "Is it still there?"
    assert message.contact.addresses.get().last_inbound_at == early


def erased(message):
    """The conversation is put in the trash and deleted for good."""
    trash(message.pk)
    assert empty_trash(timezone.now() + TRASH_KEPT + timedelta(days=1)) == 1


def test_mail_to_a_conversation_that_was_deleted_opens_a_new_one(message, ann):
    address = customer_token(message)
    erased(message)
    received = post(address, text="Still interested")
    new = received.message
    assert (received.outcome, new.business, new.filed_by) == (Outcome.FILED, ann.business, "ended")
    assert "was deleted" in new.filed_note
    assert (new.contact, new.sender_email) == (message.contact, MAYA)
    assert len(notifications(new)) == 1
    machine = post(address, automatic="Auto-Submitted: auto-replied")
    assert (machine.outcome, machine.message) == (Outcome.AUTOMATIC, None)
    assert post(address, unreadable="Nested too deep.").held.business == ann.business


def test_a_members_answer_to_a_conversation_that_was_deleted_is_told_to_him(message, ann):
    address = owner_token(message, ann)
    erased(message)
    held = post(address, sender=ann.user.email, text="Yes").held
    assert (held.reason, held.membership) == (HeldReason.EXPIRED, ann)
    told = Delivery.objects.filter(purpose="notification").latest("id")
    assert (told.to_address, "is deleted" in told.rendered.text) == (ann.user.email, True)
    stranger = post(address, sender=STRANGER).held
    assert (stranger.business, stranger.membership) == (ann.business, None)


def test_f62_without_or_with_one_message_id_each_mail_is_one_of_its_own(ann):
    """What makes a mail unique is more than an id that anybody may leave out or use again."""
    for letter in ("Is it red?", "Is it blue?"):
        for message_id in ("", "Message-ID: <1@phone.example>\r\n"):
            raw = (
                f"From: {MAYA}\r\nTo: {ann.business.public_address}\r\n{message_id}"
                f"In-Reply-To:\r\nReferences: <>\r\nSubject: Hi\r\n\r\n{letter}\r\n"
            )
            (received,) = receive(read_mail(raw.encode()))
            assert received.outcome == Outcome.FILED
            (again,) = receive(read_mail(raw.encode()))
            assert again.outcome == Outcome.DUPLICATE
    assert CustomerMessage.objects.count() == 4


def test_f62_a_forged_reference_that_guesses_finds_nothing(message):
    signed = message_id_of(customer_of(message))
    for guess in (
        signed.replace("@", "0@"),
        f"<{message.pk}@mail.gateway.test>",
        "<1@mail.gateway.test>",
    ):
        received = post("nobody@reply.gateway.test", in_reply_to=(guess,), references=(guess,))
        assert received.outcome == Outcome.SPAM
    assert written(message) == ["Is it still there?"]


def test_f63_a_program_that_drops_all_headers_still_threads_by_the_address_in_copy(message):
    raw = (
        f"From: {MAYA}\r\nTo: someone@example.org\r\nCc: Ann <{customer_token(message)}>\r\n"
        "Subject: Completely new\r\n\r\nI meant the blue one\r\n"
    )
    (received,) = receive(read_mail(raw.encode()))
    assert (received.message, received.reply.filed_by) == (message, "token")


def test_f60_a_reply_address_in_blind_copy_stands_in_the_envelope_only(message):
    raw = f"From: {MAYA}\r\nTo: someone@example.org\r\nSubject: x\r\n\r\nHello\r\n"
    envelope = ("someone@example.org", customer_token(message))
    (received,) = receive(read_mail(raw.encode(), envelope_recipients=envelope))
    assert received.message == message
