"""The states of a conversation, and the counters that always agree with it."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from gateway.models import CustomerMessage, Status, UnreadCounter
from gateway.states import (
    change,
    mark_as_read,
    restore,
    set_status,
    trash,
    unarchive,
)
from tests.factories import make_business, make_listing, make_member, make_message, make_reply
from tests.gateway.post import customer_token, owner_token, post


def counted():
    """What the kept counters say, by business and listing; those at nothing left out."""
    rows = UnreadCounter.objects.exclude(unread=0)
    return {(row.business_id, row.listing_id): row.unread for row in rows}


def recounted():
    """What a count over every conversation says."""
    unread = CustomerMessage.objects.filter(status=Status.UNREAD, is_spam=False, deleted_at=None)
    found = Counter()
    for message in unread:
        found[message.business_id, None] += 1
        if message.listing_id:
            found[message.business_id, message.listing_id] += 1
    return dict(found)


@pytest.fixture
def message(ann):
    return make_message(ann)


def fresh(message):
    message.refresh_from_db()
    return message


@pytest.mark.django_db
class TestStates:
    def test_a_new_conversation_is_unread_and_its_customer_waits(self, message):
        assert (message.status, message.unread, message.read_at) == (Status.UNREAD, True, None)
        assert message.waiting_since == message.last_activity_at

    def test_reading_makes_it_read_once(self, message):
        message.mark_as_read()
        read_at = fresh(message).read_at
        assert message.status == Status.READ
        assert read_at
        mark_as_read(message)
        assert fresh(message).read_at == read_at

    def test_reading_an_answered_or_archived_one_changes_nothing(self, message, ann):
        make_reply(message, ann)
        fresh(message).mark_as_read()
        assert fresh(message).status == Status.REPLIED

    def test_reading_while_the_customer_writes_counts_once(self, message, ann):
        seen = CustomerMessage.objects.get(pk=message.pk)
        message.mark_as_read()
        seen.mark_as_read()
        assert seen.status == Status.READ
        assert counted() == recounted() == {}

    def test_status_and_archive_flag_always_agree(self, message):
        for status in Status:
            with change(message.pk) as locked:
                set_status(locked, status)
            assert fresh(message).is_archived == (status == Status.ARCHIVED)
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerMessage.objects.update(is_archived=True, status=Status.READ)

    @pytest.mark.parametrize("answered", [True, False])
    def test_out_of_the_archive_it_is_what_it_was(self, message, ann, answered):
        if answered:
            make_reply(message, ann)
        with change(message.pk) as locked:
            set_status(locked, Status.ARCHIVED)
        with change(message.pk) as locked:
            unarchive(locked)
        assert fresh(message).status == (Status.REPLIED if answered else Status.READ)

    def test_the_trash_hides_and_gives_back(self, message):
        trash(message.pk)
        assert not fresh(message).unread
        assert counted() == {}
        restore(message.pk)
        assert fresh(message).unread
        assert counted() == recounted() != {}

    def test_a_change_that_fails_changes_nothing(self, message):
        with pytest.raises(IntegrityError), change(message.pk) as locked:
            locked.status = "unheard of"
        assert fresh(message).status == Status.UNREAD
        assert counted() == recounted()

    def test_deleting_a_listing_keeps_its_conversation_and_what_it_was(self, ann):
        listing = make_listing(ann.business, "Blue bike")
        message = make_message(ann, listing=listing)
        listing.delete()
        assert fresh(message).listing is None
        assert message.listing_snapshot["title"] == "Blue bike"
        assert counted() == recounted()
        make_reply(message, ann)
        assert counted() == {}

    def test_deleting_a_user_keeps_his_conversations(self, message, ann):
        make_reply(message, ann, "Yes, it is.")
        colleague = make_member(ann.business)
        held = post(owner_token(message, ann), sender="alias@home.example").held
        ann.user.delete()
        assert fresh(message).recipient is None
        held.refresh_from_db()
        assert (held.membership, held.text) == (None, "Can I see it today?")
        reply = message.replies.get()
        assert (reply.sender, reply.sender_name, reply.reply) == (None, "Ann", "Yes, it is.")
        post(customer_token(message), text="Thanks")
        make_reply(message, colleague)
        assert message.replies.count() == 3

    def test_every_change_moves_the_version_that_open_pages_ask_for(self, message, ann):
        ann.business.refresh_from_db()
        before = ann.business.inbox_version
        message.mark_as_read()
        ann.business.refresh_from_db()
        assert ann.business.inbox_version == before + 1


class Inbox(RuleBasedStateMachine):
    """Anything that may happen to conversations of two businesses, in any order.

    Each run has a transaction of its own, which is rolled back at its end.
    """

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.members = [make_member(make_business()) for _ in range(2)]
        self.listings = [
            [make_listing(member.business, title) for title in ("Red", "Blue")]
            for member in self.members
        ]
        self.messages = []

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def pick(self, number):
        """Any conversation, by an arbitrary number."""
        return CustomerMessage.objects.get(pk=self.messages[number % len(self.messages)].pk)

    def member_of(self, message):
        return next(each for each in self.members if each.business_id == message.business_id)

    @rule(business=st.integers(0, 1), listing=st.sampled_from([None, 0, 1]))
    def customer_writes(self, business, listing):
        about = None if listing is None else self.listings[business][listing]
        self.messages.append(make_message(self.members[business], listing=about))

    @rule(number=st.integers(0, 9), is_spam=st.booleans(), automatic=st.sampled_from(["", "auto"]))
    def customer_answers(self, number, is_spam, automatic):
        if self.messages:
            message = self.pick(number)
            received = post(customer_token(message), is_spam=is_spam, automatic=automatic)
            if received.reply is None:
                self.messages.append(received.message)

    @rule(number=st.integers(0, 9))
    def owner_answers(self, number):
        if self.messages:
            message = self.pick(number)
            make_reply(message, self.member_of(message))

    @rule(number=st.integers(0, 9))
    def owner_reads(self, number):
        if self.messages:
            self.pick(number).mark_as_read()

    @rule(number=st.integers(0, 9), status=st.sampled_from(Status))
    def owner_sets(self, number, status):
        if self.messages:
            with change(self.pick(number).pk) as locked:
                set_status(locked, status)

    @rule(number=st.integers(0, 9), is_spam=st.booleans())
    def owner_marks_spam(self, number, is_spam):
        if self.messages:
            with change(self.pick(number).pk) as locked:
                locked.is_spam = is_spam

    @rule(number=st.integers(0, 9), move=st.sampled_from([trash, restore]))
    def owner_uses_the_trash(self, number, move):
        if self.messages:
            move(self.pick(number).pk)

    @rule(number=st.integers(0, 9), listing=st.sampled_from([None, 0, 1]))
    def owner_moves_to_a_listing(self, number, listing):
        if self.messages:
            message = self.pick(number)
            own = self.listings[self.members.index(self.member_of(message))]
            with change(message.pk) as locked:
                locked.listing = None if listing is None else own[listing]

    @invariant()
    def counters_agree_with_a_count(self):
        assert counted() == recounted()


@pytest.mark.django_db
def test_in_any_order_the_counters_agree_with_a_count():
    run_state_machine_as_test(
        Inbox,
        settings=settings(max_examples=15, stateful_step_count=12, deadline=None),
    )
