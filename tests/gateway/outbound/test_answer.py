"""The door out: who may answer, what commits together, and what becomes of an answer later."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels_out.errors import BadAddress, OptedOut
from channels_out.models import Delivery
from channels_out.outbox import StatusReport, cancel, drain, record_status, retry
from channels_out.state import State
from gateway.files import stored
from gateway.models import CustomerMessage, MessageReply, Role, Status, UnreadCounter
from gateway.outbound import answer as door_out
from gateway.outbound.answer import Answer, MayNotAnswer, post_reply
from gateway.outbound.ways import NotReachable, ways_to
from gateway.states import change, trash
from tests.factories import make_member, make_message, make_reply, make_text
from tests.gateway.post import PHONE, PHOTO, customer_token, post, sent_to_customer, written


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.mark.django_db
class TestPosting:
    def test_an_answer_is_stored_sent_and_noted_together(self, message, ann):
        reply = make_reply(message, ann, "Yes, come by.")
        message.refresh_from_db()
        assert (reply.sender, reply.sender_name, reply.direction) == (ann.user, "Ann", "outbound")
        assert (message.status, message.waiting_since) == (Status.REPLIED, None)
        assert message.last_reply_at == message.last_activity_at == reply.created_at
        assert (message.snippet, message.reply_count) == ("Yes, come by.", 1)
        (delivery,) = sent_to_customer(message)
        assert (delivery.state, delivery.dispatch.reply) == (State.QUEUED, reply)
        assert UnreadCounter.objects.get(business=ann.business, listing=None).unread == 0

    def test_a_person_of_another_business_may_not_answer(self, message, ben):
        with pytest.raises(MayNotAnswer):
            make_reply(message, ben)
        assert written(message) == ["Is it still there?"]

    @pytest.mark.parametrize("change_of", ["role", "membership", "user"])
    def test_who_has_no_right_to_answer_sends_nothing(self, message, ann, change_of):
        if change_of == "role":
            ann.role = Role.AGENT
        elif change_of == "membership":
            ann.is_active = False
        else:
            ann.user.is_active = False
        with pytest.raises(MayNotAnswer):
            make_reply(message, ann)
        assert not sent_to_customer(message)

    def test_a_conversation_that_is_gone_says_so(self, message, ann):
        CustomerMessage.objects.all().delete()
        with pytest.raises(CustomerMessage.DoesNotExist):
            make_reply(message, ann)

    def test_an_unusable_channel_leaves_everything_as_it_was(self, message, ann, own_storage):
        with pytest.raises(NotReachable), stored([PHOTO]) as files:
            post_reply(Answer(message.pk, ann, "Hi", channel="whatsapp", attachments=files))
        assert written(message) == ["Is it still there?"]
        assert message.status == Status.UNREAD
        assert not [path for path in own_storage.rglob("*") if path.is_file()]

    def test_when_the_outbox_fails_nothing_stays(self, message, ann, monkeypatch):
        def fails(**_):
            raise RuntimeError("no room")

        monkeypatch.setattr(door_out, "enqueue", fails)
        with pytest.raises(RuntimeError):
            make_reply(message, ann)
        assert (written(message), message.status) == (["Is it still there?"], Status.UNREAD)
        assert not MessageReply.objects.exists()

    def test_an_answer_brings_a_conversation_back_from_the_trash(self, message, ann):
        trash(message.pk)
        make_reply(message, ann)
        message.refresh_from_db()
        assert message.deleted_at is None

    def test_answers_of_one_conversation_leave_in_order(self, message, ann):
        for text in ("One", "Two"):
            make_reply(message, ann, text)
        assert len({delivery.lane for delivery in sent_to_customer(message)}) == 1

    def test_conversations_on_one_number_leave_in_order(self, ann, ann_number):
        first = make_text(ann_number, PHONE, "Hi").message
        second = make_message(ann, sender_email="", sender_phone=PHONE)
        for message in (first, second):
            make_reply(message, ann)
        lanes = {sent_to_customer(message)[0].lane for message in (first, second)}
        assert len(lanes) == 1

    def test_a_file_alone_is_shown_by_its_name_in_lists(self, message, ann):
        with stored([PHOTO]) as files:
            post_reply(Answer(message.pk, ann, "", attachments=files))
        message.refresh_from_db()
        assert message.snippet == "photo.jpg"

    def test_two_members_of_a_business_both_answer(self, message, ann):
        colleague = make_member(ann.business, Role.MEMBER)
        for member in (ann, colleague):
            make_reply(message, member)
        senders = [reply.sender for reply in message.replies.all()]
        assert senders == [ann.user, colleague.user]


def fails(memory, error):
    """The next answer fails for good; the owner's notices went out before."""
    Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
    memory.answers.append(error)
    drain()


def state_of(message):
    message.refresh_from_db()
    return Status(message.status), message.waiting_since


# A drain sends from other threads, which a test's own transaction would lock out.
@pytest.mark.django_db(transaction=True)
class TestWhatBecomesOfIt:
    def test_an_answer_that_fails_takes_replied_back(self, message, ann, memory):
        make_reply(message, ann)
        fails(memory, BadAddress())
        assert state_of(message) == (Status.READ, message.created_at)

    def test_the_customer_then_waits_since_he_wrote_what_is_unanswered(self, message, ann, memory):
        make_reply(message, ann)
        drain()
        second = post(customer_token(message), text="And the saddle?").reply
        post(customer_token(message), text="Hello?")
        make_reply(message, ann)
        fails(memory, BadAddress())
        assert state_of(message) == (Status.READ, second.created_at)

    def test_a_later_failure_does_not_hide_that_an_earlier_answer_arrived(
        self, message, ann, memory
    ):
        make_reply(message, ann)
        drain()
        make_reply(message, ann, "One more thing")
        fails(memory, BadAddress())
        assert state_of(message) == (Status.READ, None)

    def test_an_earlier_failure_does_not_take_a_later_answer_back(self, message, ann, memory):
        make_reply(message, ann)
        fails(memory, BadAddress())
        make_reply(message, ann, "Again")
        drain()
        assert state_of(message) == (Status.REPLIED, None)

    def test_what_the_customer_wrote_meanwhile_stays_unread(self, message, ann, memory):
        make_reply(message, ann)
        post(customer_token(message), text="Hello?")
        fails(memory, BadAddress())
        assert state_of(message) == (Status.UNREAD, message.created_at)

    def test_sent_again_it_is_replied_again(self, message, ann, memory):
        make_reply(message, ann)
        fails(memory, BadAddress())
        retry(sent_to_customer(message)[0])
        assert state_of(message) == (Status.REPLIED, None)

    def test_an_answer_that_is_taken_back_is_none(self, message, ann):
        make_reply(message, ann)
        cancel(sent_to_customer(message)[0])
        assert state_of(message) == (Status.READ, message.created_at)

    def test_f11_a_receipt_after_a_failure_ends_as_a_receipt_alone_does(
        self, ann, ann_number, memory
    ):
        message = make_text(ann_number, PHONE, "Hi").message
        make_reply(message, ann)
        drain()
        attempt = sent_to_customer(message)[0].tries.get()
        for status in ("undelivered", "delivered"):
            record_status(StatusReport("twilio", status, attempt_id=attempt.pk))
        assert sent_to_customer(message)[0].state == State.DELIVERED
        assert state_of(message) == (Status.REPLIED, None)

    def test_one_part_that_fails_fails_the_answer(self, ann, ann_number, memory):
        message = make_text(ann_number, PHONE, "Hi").message
        make_reply(message, ann, "word " * 400)
        assert len(sent_to_customer(message)) == 2
        fails(memory, BadAddress())
        assert state_of(message)[0] == Status.READ

    def test_f67_a_bounce_closes_the_address_and_takes_replied_back(self, message, ann, memory):
        make_reply(message, ann)
        drain()
        (delivery,) = sent_to_customer(message)
        record_status(StatusReport("postmark", "bounced", message_id=delivery.message_id))
        assert state_of(message) == (Status.READ, message.created_at)
        assert "came back" in ways_to(message)[0].reason

    def test_a_bounce_of_the_owners_notice_leaves_the_conversation_alone(self, message, memory):
        drain()
        notice = Delivery.objects.get(purpose="notification")
        record_status(StatusReport("postmark", "bounced", message_id=notice.message_id))
        assert state_of(message)[0] == Status.UNREAD
        assert ways_to(message)[0].usable

    def test_f08_an_opt_out_the_provider_tells_closes_the_channel(self, ann, ann_number, memory):
        message = make_text(ann_number, PHONE, "Hi").message
        make_reply(message, ann)
        fails(memory, OptedOut())
        assert "opted out" in ways_to(message)[1].reason

    def test_open_pages_look_again_when_an_answer_moves(self, message, ann, memory):
        make_reply(message, ann)
        ann.business.refresh_from_db()
        before = ann.business.inbox_version
        drain()
        ann.business.refresh_from_db()
        assert ann.business.inbox_version > before

    def test_an_archived_conversation_stays_archived_when_its_answer_fails(
        self, message, ann, memory
    ):
        make_reply(message, ann)
        with change(message.pk) as locked:
            locked.status, locked.is_archived = Status.ARCHIVED, True
        fails(memory, BadAddress())
        assert state_of(message) == (Status.ARCHIVED, message.created_at)
        assert message.waiting_since <= timezone.now()


@pytest.mark.django_db
def test_an_answer_goes_to_the_longest_address_there_is(ann):
    longest = f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.example"
    message = make_message(ann, sender_email=longest)
    make_reply(message, ann)
    assert sent_to_customer(message)[0].to_address == longest
