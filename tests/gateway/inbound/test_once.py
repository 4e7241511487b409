"""Whatever is handed over twice, or at the same instant, is taken in once and whole."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.held import settle_file
from gateway.inbound import filing
from gateway.inbound.messages import InboundFollowUp, InboundText, Outcome
from gateway.inbound.receive import receive
from gateway.models import (
    Attachment,
    Contact,
    CustomerMessage,
    HeldItem,
    MessageReply,
    Receipt,
    UnreadCounter,
)
from tests.factories import make_message, make_reply, make_text, make_user
from tests.gateway.post import PHONE, PHOTO, customer_token, mail, owner_token, post, written

TOGETHER = 10


def text(sender, key, words, **fields):
    """A text under a key of its own."""
    return InboundText(key, Channel.SMS, sender.address, PHONE, words, **fields)


def stored_files(folder: Path) -> list[Path]:
    """Every file there is in the storage."""
    return [path for path in folder.rglob("*") if path.is_file()]


def at_once(work, times=TOGETHER):
    """What this work gives in several threads that start at the same instant."""
    barrier = threading.Barrier(times)

    def one(number):
        try:
            barrier.wait(timeout=10)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db
def test_a_repeated_text_gets_the_first_answer_and_changes_nothing(ann_number):
    again = text(ann_number, "twilio:AC0:SM1", "Is it there?", files=(PHOTO,))
    first, second = receive(again)[0], receive(again)[0]
    assert (first.outcome, second.outcome) == (Outcome.FILED, Outcome.DUPLICATE)
    assert (second.message, second.detail) == (first.message, Outcome.FILED)
    assert CustomerMessage.objects.count() == Attachment.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_a_repeated_mail_is_filed_once_whoever_it_is_handed_over_for(ann):
    one, two = (make_message(ann, subject=subject) for subject in ("One", "Two"))
    both = mail(customer_token(one), customer_token(two))
    receive(both)
    outcomes = [received.outcome for received in receive(both)]
    assert outcomes == [Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert MessageReply.objects.count() == 2


@pytest.mark.django_db
def test_a_repeated_answer_of_an_owner_is_sent_once(ann):
    message = make_message(ann)
    again = mail(owner_token(message, ann), sender=ann.user.email)
    assert [receive(again)[0].outcome for _ in range(2)] == [Outcome.RELAYED, Outcome.DUPLICATE]
    assert Delivery.objects.filter(purpose="reply").count() == 1


@pytest.mark.django_db
def test_what_was_deleted_since_stays_deleted(ann_number):
    again = text(ann_number, "twilio:AC0:SM1", "Is it there?")
    receive(again)[0].message.delete()
    received = receive(again)[0]
    assert (received.outcome, received.message) == (Outcome.DUPLICATE, None)
    assert not CustomerMessage.objects.exists()


@pytest.mark.django_db
def test_a_form_behind_the_link_counts_once_for_its_conversation(ann):
    one, two = make_message(ann), make_message(ann)
    for message in (one, one, two):
        receive(InboundFollowUp("form-1", message, "And the saddle?"))
    assert [len(written(message)) for message in (one, two)] == [2, 2]


@pytest.mark.django_db
def test_a_key_behind_the_link_takes_nothing_from_other_ways_in(ann, ann_number):
    receive(InboundFollowUp("twilio:AC0:SM1", make_message(ann), "Squatting"))
    assert receive(text(ann_number, "twilio:AC0:SM1", "Mine"))[0].outcome == Outcome.FILED


@pytest.mark.django_db
def test_after_the_trash_the_link_opens_a_new_conversation_of_the_same_parties(ann):
    from gateway.states import trash

    message = make_message(ann, sender_phone=PHONE)
    trash(message.pk)
    message.refresh_from_db()
    new = receive(InboundFollowUp("form-1", message, "Still there?"))[0].message
    assert new.pk != message.pk
    assert (new.contact, new.sender_email) == (message.contact, message.sender_email)
    assert (new.sender_phone, new.sender_name) == (PHONE, message.sender_name)


@pytest.mark.django_db
def test_when_taking_in_fails_neither_rows_nor_bytes_stay(
    ann, ann_number, own_storage, monkeypatch
):
    message = make_text(ann_number, PHONE, "Is it there?").message

    def fails(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(filing, "notify_members", fails)
    with pytest.raises(RuntimeError):
        receive(text(ann_number, "twilio:AC0:SM2", "A photo", files=(PHOTO,)))
    assert not stored_files(own_storage)
    assert written(message) == ["Is it there?"]
    assert not Receipt.objects.filter(key="twilio:AC0:SM2").exists()
    monkeypatch.undo()
    assert receive(text(ann_number, "twilio:AC0:SM2", "A photo"))[0].outcome == Outcome.FILED


@pytest.mark.django_db
def test_files_that_nobody_keeps_leave_no_bytes(ann, own_storage):
    post("nobody@reply.gateway.test", files=(PHOTO,))
    again = mail(customer_token(make_message(ann)), files=(PHOTO,))
    receive(again)
    receive(again)
    assert len(stored_files(own_storage)) == 1


@pytest.mark.django_db(transaction=True)
def test_f15_the_same_text_at_the_same_instant_is_one_message(ann_number, own_storage):
    again = text(ann_number, "twilio:AC0:SM1", "Is it there?", files=(PHOTO,))
    outcomes = [received.outcome for (received,) in at_once(lambda _: receive(again))]
    assert sorted(outcomes) == [Outcome.DUPLICATE] * (TOGETHER - 1) + [Outcome.FILED]
    assert CustomerMessage.objects.count() == Receipt.objects.count() == 1
    assert len(stored_files(own_storage)) == 1


@pytest.mark.django_db(transaction=True)
def test_f16_an_album_from_a_new_customer_is_one_conversation(ann_number):
    received = at_once(
        lambda number: receive(text(ann_number, f"twilio:AC0:SM{number}", f"Photo {number}"))[0]
    )
    assert {each.outcome for each in received} == {Outcome.FILED}
    message = CustomerMessage.objects.get()
    assert sorted(written(message)) == [f"Photo {number}" for number in range(TOGETHER)]
    assert Contact.objects.count() == 1
    assert UnreadCounter.objects.get(listing=None).unread == 1
    assert message.reply_count == TOGETHER - 1


@pytest.mark.django_db(transaction=True)
def test_f75_two_members_who_answer_at_once_are_both_sent(ann):
    message = make_message(ann)
    at_once(lambda number: make_reply(message, ann, f"Answer {number}"), 2)
    assert Delivery.objects.filter(purpose="reply").count() == 2
    assert sorted(written(message)[1:]) == ["Answer 0", "Answer 1"]


@pytest.mark.django_db(transaction=True)
def test_f33_texts_answers_and_settlements_at_once_on_one_pair_all_end(ann, shared_number):
    held = make_text(shared_number, PHONE, "Held").held
    message = make_message(ann, sender_email="", sender_phone=PHONE)
    make_reply(message, ann, "First answer")
    staff = make_user(is_staff=True)

    def anything(number):
        if number == 0:
            return settle_file(held, staff, ann.business, message)
        if number % 2:
            return make_reply(message, ann, f"Answer {number}")
        return make_text(shared_number, PHONE, f"Text {number}")

    at_once(anything)
    # What he wrote before the first was filed is asked about as well.
    waits = HeldItem.objects.filter(settlement="").count()
    assert len(written(message)) + waits == 1 + 1 + TOGETHER
    assert message.reply_count + waits == 1 + TOGETHER
