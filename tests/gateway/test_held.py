"""A person settles what was held."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from channels_out.channel import Channel
from gateway.held import (
    AlreadySettled,
    NotForYou,
    open_items,
    settle_file,
    settle_refuse,
    settle_send,
)
from gateway.models import CustomerMessage, Role, Seal, Settlement, Status
from gateway.outbound.answer import MayNotAnswer
from gateway.outbound.ways import NotReachable
from gateway.states import mark_as_read, trash
from tests.factories import make_member, make_message, make_reply, make_text, make_user
from tests.gateway.post import (
    MAYA,
    PHONE,
    PHOTO,
    bytes_of,
    last_reply,
    notifications,
    owner_token,
    post,
    sent_to_customer,
    written,
)

ALIAS = "ann@phone.example"


def held_answer(message, ann, **fields):
    """An answer of Ann's from an address that is not verified."""
    usual = {"sender": ALIAS, "text": "Yes, come by."}
    return post(owner_token(message, ann), **{**usual, **fields}).held


def held_mail(ann, **fields):
    """A mail to the public address of Ann's business that could not be read."""
    return post(ann.business.public_address, **{"unreadable": "Nested too deep.", **fields}).held


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def staff(db):
    """Somebody who runs the service and is member of no business."""
    return make_user(is_staff=True)


@pytest.fixture
def held_text(ann, shared_number):
    """A text on a shared number that names no business."""
    return make_text(shared_number, PHONE, "About the bike", files=(PHOTO,)).held


@pytest.mark.django_db
class TestSending:
    def test_a_held_answer_is_sent_in_the_name_of_who_approves_it(self, message, ann):
        colleague = make_member(ann.business, Role.MEMBER)
        item = held_answer(message, ann, files=(PHOTO,), quoted="> Is it there?")
        reply = settle_send(item, colleague)
        assert (reply.sender, reply.reply, reply.from_address) == (
            colleague.user,
            "Yes, come by.",
            ALIAS,
        )
        assert (reply.filed_by, reply.quoted) == ("approved", "> Is it there?")
        (delivery,) = sent_to_customer(message)
        assert delivery.to_address == MAYA
        assert [file.name for file in delivery.rendered.attachments] == ["photo.jpg"]
        assert bytes_of(reply.attachments.get()) == PHOTO.content
        item.refresh_from_db()
        assert (item.settlement, item.settled_by) == (Settlement.SENT, colleague.user)
        assert item.settled_at

    def test_it_is_settled_once(self, message, ann):
        item = held_answer(message, ann)
        settle_send(item, ann)
        for again in (
            lambda: settle_send(item, ann),
            lambda: settle_refuse(item, ann.user),
            lambda: settle_file(item, ann.user, ann.business, None),
        ):
            with pytest.raises(AlreadySettled, match="Approved and sent"):
                again()
        assert len(sent_to_customer(message)) == 1

    def test_another_business_cannot_settle_it(self, message, ann, ben):
        item = held_answer(message, ann)
        for settle in (
            lambda: settle_send(item, ben),
            lambda: settle_refuse(item, ben.user),
            lambda: settle_file(item, ben.user, ben.business, None),
            lambda: settle_file(item, ann.user, ben.business, None),
        ):
            with pytest.raises(NotForYou):
                settle()
        item.refresh_from_db()
        assert not item.settlement

    @pytest.mark.parametrize("reason", ["role", "access"])
    def test_who_may_not_answer_may_not_settle(self, message, ann, reason):
        item = held_answer(message, ann)
        other = make_member(ann.business, Role.AGENT if reason == "role" else Role.OWNER)
        other.is_active = reason == "role"
        other.save()
        with pytest.raises((NotForYou, MayNotAnswer)):
            settle_send(item, other)
        with pytest.raises(NotForYou):
            settle_refuse(item, other.user)

    def test_what_cannot_be_sent_stays_held(self, message, ann):
        item = held_answer(message, ann, files=(PHOTO,))
        with pytest.raises(NotReachable):
            settle_send(item, ann, "whatsapp")
        item.refresh_from_db()
        assert not item.settlement
        assert item.attachments.count() == 1
        assert settle_send(item, ann, "email").channel == Channel.EMAIL

    def test_a_message_of_a_customer_is_not_sent_to_him(self, ann):
        item = post(ann.business.public_address, unreadable="Nested too deep.").held
        with pytest.raises(NotForYou, match="file it"):
            settle_send(item, ann)

    def test_what_was_quoted_is_never_sent_in_place_of_an_answer(self, message, ann):
        quoted = f"On Monday {ann.user.email} wrote"
        item = held_answer(message, ann, sender=ann.user.email, text="", quoted=quoted)
        with pytest.raises(NotForYou, match="write it in the conversation"):
            settle_send(item, ann)
        assert not sent_to_customer(message)


@pytest.mark.django_db
class TestFiling:
    def test_as_a_new_conversation(self, ann, staff, held_text):
        message = settle_file(held_text, staff, ann.business, None)
        assert (message.business, message.sender_phone) == (ann.business, PHONE)
        assert (message.channel, message.filed_by) == (Channel.SMS, "by_hand")
        assert "not clear which is meant" in message.filed_note
        assert bytes_of(message.attachments.get()) == PHOTO.content
        assert notifications(message)
        held_text.refresh_from_db()
        assert held_text.settlement == Settlement.FILED

    def test_then_its_writer_can_be_answered_and_goes_on_there(
        self, ann, staff, shared_number, held_text
    ):
        message = settle_file(held_text, staff, ann.business, None)
        make_reply(message, ann)
        assert sent_to_customer(message)[0].sender == shared_number
        assert make_text(shared_number, PHONE, "Thanks").message == message

    def test_under_a_conversation(self, ann, staff, held_text, message):
        assert settle_file(held_text, staff, ann.business, message) == message
        reply = last_reply(message)
        assert (reply.reply, reply.filed_by, reply.from_address) == (
            "About the bike",
            "by_hand",
            PHONE,
        )
        message.refresh_from_db()
        assert message.status == Status.UNREAD
        assert make_reply(message, ann).channel == Channel.SMS

    def test_a_message_is_as_old_as_its_arrival_whenever_it_is_filed(
        self, ann, staff, message, held_text
    ):
        long_after = held_text.created_at + timedelta(days=3)
        with time_machine.travel(long_after, tick=False):
            settle_file(held_text, staff, ann.business, message)
        message.refresh_from_db()
        assert last_reply(message).created_at == held_text.created_at
        assert message.last_activity_at == held_text.created_at

    def test_under_a_conversation_in_the_trash_it_comes_back(self, ann, staff, held_text, message):
        trash(message.pk)
        settle_file(held_text, staff, ann.business, message)
        message.refresh_from_db()
        assert message.unread

    def test_a_mail_filed_by_hand_gives_the_customer_no_new_address(self, ann, message):
        item = held_mail(ann, sender="stranger@elsewhere.example")
        settle_file(item, ann.user, ann.business, message)
        assert "not an address of this customer" in last_reply(message).filed_note
        make_reply(message, ann)
        assert {delivery.to_address for delivery in sent_to_customer(message)} == {MAYA}

    def test_a_members_answer_is_never_filed_as_a_customers(self, ann, message):
        with pytest.raises(NotForYou, match="no message of a customer"):
            settle_file(held_answer(message, ann), ann.user, ann.business, message)
        assert written(message) == ["Is it still there?"]

    def test_a_members_mail_to_a_customers_address_may_begin_a_conversation_and_nothing_else(
        self, ann, message
    ):
        held = post(ann.business.public_address, sender=ann.user.email, text="For Maya").held
        with pytest.raises(NotForYou, match="no message of a customer"):
            settle_file(held, ann.user, ann.business, message)
        assert settle_file(held, ann.user, ann.business, None).message == "For Maya"

    @pytest.mark.parametrize("under", ["new", "old"])
    def test_what_is_known_of_a_mail_goes_along(self, ann, message, under):
        german = "Ist das blaue Fahrrad noch zu haben? Ich käme am Samstag."
        item = held_mail(ann, text=german, signed=True)
        filed = settle_file(item, ann.user, ann.business, message if under == "old" else None)
        filed = last_reply(message) if under == "old" else filed
        assert (filed.language, filed.seal) == ("de", Seal.SIGNED)

    def test_a_text_keeps_its_language(self, ann, staff, shared_number):
        german = "Ist das blaue Fahrrad noch zu haben? Ich käme am Samstag."
        item = make_text(shared_number, PHONE, german).held
        assert settle_file(item, staff, ann.business, None).language == "de"

    def test_a_mail_that_anybody_may_have_forged_proves_no_address(self, ann):
        forged = held_mail(ann, sender="noor@home.example", dmarc="fail")
        message = settle_file(forged, ann.user, ann.business, None)
        assert "says that it did not send this mail" in message.filed_note
        assert message.contact.addresses.get().last_inbound_at is None
        machines = held_mail(ann, sender="list@home.example", automatic="Precedence: list")
        told = settle_file(machines, ann.user, ann.business, None)
        assert (told.is_automatic, told.status) == (True, Status.READ)
        assert told.contact.addresses.get().last_inbound_at is None
        assert not notifications(told)
        sure = settle_file(held_mail(ann), ann.user, ann.business, None)
        assert sure.contact.addresses.get().last_inbound_at == sure.created_at

    def test_not_under_another_businesss_conversation(self, ann, ben, staff, held_text):
        with pytest.raises(NotForYou):
            settle_file(held_text, staff, ann.business, make_message(ben))
        held_text.refresh_from_db()
        assert not held_text.settlement

    def test_what_names_no_business_is_for_staff(self, ann, held_text):
        with pytest.raises(NotForYou):
            settle_file(held_text, ann.user, ann.business, None)
        assert not CustomerMessage.objects.exists()


@pytest.mark.django_db
class TestSeeingAndRefusing:
    def test_what_is_refused_stays_stored(self, message, ann):
        item = held_answer(message, ann)
        settle_refuse(item, ann.user)
        item.refresh_from_db()
        assert (item.settlement, item.text) == (Settlement.REFUSED, "Yes, come by.")
        assert written(message) == ["Is it still there?"]

    def test_without_the_refused_answer_the_one_before_stands(self, message, ann):
        make_reply(message, ann)
        items = [held_answer(message, ann), held_answer(message, ann, text="Or tomorrow.")]
        for item, status in zip(items, [Status.READ, Status.REPLIED], strict=True):
            settle_refuse(item, ann.user)
            message.refresh_from_db()
            assert message.status == status

    def test_where_the_customer_still_waits_refusing_answers_nobody(self, message, ann):
        mark_as_read(message)
        settle_refuse(held_answer(message, ann), ann.user)
        message.refresh_from_db()
        assert (message.status, message.waiting_since) == (Status.READ, message.created_at)

    def test_each_sees_his_businesss_items_and_staff_those_of_none(
        self, message, ann, ben, staff, held_text
    ):
        answer = held_answer(message, ann)
        assert list(open_items(ann.user)) == [answer]
        assert list(open_items(ben.user)) == []
        assert list(open_items(staff)) == [held_text]

    def test_staff_see_and_settle_what_nobody_of_its_business_may(self, message, ann, staff):
        answer = held_answer(message, ann)
        make_member(ann.business, Role.AGENT)
        with pytest.raises(NotForYou):
            settle_refuse(answer, staff)
        ann.user.is_active = False
        ann.user.save()
        assert list(open_items(staff)) == [answer]
        settle_refuse(answer, staff)
        assert list(open_items(staff)) == []

    def test_who_lost_access_sees_nothing(self, message, ann):
        held_answer(message, ann)
        ann.is_active = False
        ann.save()
        assert list(open_items(ann.user)) == []

    def test_what_is_settled_is_no_more_in_the_list(self, message, ann):
        settle_refuse(held_answer(message, ann), ann.user)
        assert list(open_items(ann.user)) == []

    def test_open_pages_look_again_when_something_is_held_and_settled(self, message, ann):
        item = held_answer(message, ann)
        ann.business.refresh_from_db()
        before = ann.business.inbox_version
        settle_refuse(item, ann.user)
        ann.business.refresh_from_db()
        assert ann.business.inbox_version > before


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_the_same_instant_send_it_once(ann):
    message = make_message(ann)
    item = held_answer(message, ann)
    barrier = threading.Barrier(2)

    def approve(_):
        try:
            barrier.wait(timeout=10)
            return settle_send(item, ann)
        except AlreadySettled:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(approve, range(2)))
    assert len([reply for reply in replies if reply]) == 1
    assert len(sent_to_customer(message)) == 1
