"""What follows when an answer failed for good: another way, by itself or by its writer's word."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from channels_out.errors import BadAddress, OptedOut, Uncertain
from channels_out.models import Delivery
from channels_out.outbox import NotPossible, StatusReport, drain, record_status, tick
from channels_out.state import State
from channels_out.suppression import EMAIL_SCOPE, suppress
from gateway.blocking import block
from gateway.join import join
from gateway.models import Failure, FailureOutcome, MemberAddress, Status
from gateway.outbound.after_failure import follow_up
from gateway.outbound.another_way import send_another_way
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.by_hand import send_again, take_back, was_sent
from gateway.outbound.by_phone import STALE_AFTER
from gateway.outbound.failures import RECEIPT_MAY_COME
from gateway.own_view import own_replies
from gateway.states import trash
from tests.factories import make_member, make_message, make_reply
from tests.gateway.post import MAYA, PHONE, header, notifications, sent_to_customer

pytestmark = pytest.mark.django_db
LANDLINE = "This number cannot receive texts; it may be a landline."


@pytest.fixture
def message(ann, ann_number, memory):
    """A customer who gave a number and an address, and wishes to be texted."""
    return make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")


@pytest.fixture
def failed(message, ann, memory):
    """An answer that the provider refused for good."""
    reply = make_reply(message, ann, "Come by at five.")
    fails(memory)
    return reply


@pytest.fixture
def follows(ann):
    """The business lets answers go another way by themselves."""
    ann.business.fails_over = True
    ann.business.save()


def fails(memory, error=None):
    Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
    memory.answers.append(error or BadAddress(reason=LANDLINE))
    drain()


def reports(delivery, status, code=""):
    attempt = delivery.tries.get()
    record_status(StatusReport("twilio", status, error_code=code, attempt_id=attempt.pk))


def told(message):
    """The mails that say that an answer did not arrive."""
    mails = [each.rendered for each in notifications(message)]
    return [mail for mail in mails if "did not arrive" in mail.text]


def _addressees(message):
    return [
        each.to_address for each in notifications(message) if "did not arrive" in each.rendered.text
    ]


def outcome():
    return Failure.objects.get().outcome


class TestTelling:
    def test_its_writer_gets_one_mail_in_the_thread_with_the_reason_and_his_text(
        self, message, failed
    ):
        notified = notifications(message)[0]
        assert follow_up() == 1
        assert follow_up() == 0
        (mail,) = told(message)
        assert LANDLINE in mail.text
        assert "Come by at five." in mail.text
        assert mail.subject == "Re: A question"
        assert header(mail, "In-Reply-To") == notified.message_id
        assert header(mail, "Auto-Submitted") == "auto-generated"
        assert mail.reply_to == ""
        assert outcome() == FailureOutcome.TOLD

    def test_f08_of_an_opt_out_its_writer_is_told_with_the_way_that_is_left(
        self, message, ann, memory
    ):
        make_reply(message, ann)
        fails(memory, OptedOut(error_code="21610"))
        follow_up()
        (mail,) = told(message)
        assert "The customer has asked not to be written to here." in mail.text
        assert f"Send it by email to {MAYA}" in mail.text

    def test_it_goes_to_who_wrote_it_and_not_to_his_colleagues(self, message, ann, memory):
        ben = make_member(ann.business)
        make_reply(message, ben)
        fails(memory)
        follow_up()
        assert _addressees(message) == [ben.user.email]

    def test_where_its_writer_has_left_his_colleagues_are_told(self, message, ann, memory):
        ben = make_member(ann.business)
        make_reply(message, ben)
        ben.is_active = False
        ben.save()
        fails(memory)
        follow_up()
        assert _addressees(message) == [ann.user.email]

    def test_where_mail_to_its_writer_comes_back_his_colleagues_are_told(
        self, message, ann, memory
    ):
        ben = make_member(ann.business)
        make_reply(message, ben)
        MemberAddress.objects.update_or_create(
            user=ben.user,
            channel="email",
            address=ben.user.email,
            defaults={"bounced_at": timezone.now()},
        )
        fails(memory)
        follow_up()
        assert _addressees(message) == [ann.user.email]

    def test_a_receipt_that_comes_within_a_minute_needs_no_mail(self, message, ann, memory):
        make_reply(message, ann)
        drain()
        attempt = sent_to_customer(message)[0].tries.get()
        record_status(
            StatusReport("twilio", "undelivered", error_code="30008", attempt_id=attempt.pk)
        )
        assert follow_up() == 0
        record_status(StatusReport("twilio", "delivered", attempt_id=attempt.pk))
        with time_machine.travel(timezone.now() + RECEIPT_MAY_COME):
            assert follow_up() == 1
        assert told(message) == []
        assert outcome() == FailureOutcome.OVER

    def test_without_a_receipt_it_is_told_after_a_minute(self, message, ann, memory):
        make_reply(message, ann)
        drain()
        attempt = sent_to_customer(message)[0].tries.get()
        record_status(
            StatusReport("twilio", "undelivered", error_code="30006", attempt_id=attempt.pk)
        )
        with time_machine.travel(timezone.now() + RECEIPT_MAY_COME):
            follow_up()
        assert len(told(message)) == 1

    def test_an_answer_in_parts_is_told_once(self, message, ann, memory):
        make_reply(message, ann, "word " * 700)
        fails(memory)
        fails(memory)
        assert State.FAILED in {each.state for each in sent_to_customer(message)}
        follow_up()
        assert len(told(message)) == 1

    def test_where_a_part_of_it_arrived_that_is_said_and_no_other_way_is_denied(
        self, message, ann, memory
    ):
        reply = make_reply(message, ann, "word " * 400)
        drain()
        first, second = sent_to_customer(message)
        reports(first, "delivered")
        reports(second, "undelivered", "30005")
        with time_machine.travel(timezone.now() + RECEIPT_MAY_COME):
            follow_up()
        (mail,) = told(message)
        for text in (mail.text, mail.html):
            assert "Your answer to Maya Okafor did not arrive whole." in text
            assert "A part of it reached the customer. Write what is missing" in text
            assert "No other way" not in text
            assert "/another-way/" not in text
        assert reply.failures.get().outcome == FailureOutcome.TOLD

    def test_where_only_one_way_was_ever_known_that_is_said(self, ann, ann_number, memory):
        message = make_message(ann, sender_email="", sender_phone=PHONE, reply_by="sms")
        make_reply(message, ann)
        fails(memory)
        follow_up()
        (mail,) = told(message)
        assert "Your answer to Maya Okafor did not arrive. " in mail.text
        assert "No other way to this customer is known here; perhaps you" in mail.text

    def test_what_fails_once_more_after_a_member_sent_it_again_is_told_once_more(
        self, message, failed, memory
    ):
        follow_up()
        send_again(failed)
        fails(memory)
        follow_up()
        assert len(told(message)) == 2


class TestTheLink:
    @pytest.fixture
    def link(self, message, failed):
        follow_up()
        (found,) = re.findall(r"https://gateway\.test(/another-way/\S+)", told(message)[0].text)
        return found

    def test_f71_opening_it_changes_nothing(self, client, link, message):
        """A mail scanner opens every link."""
        page = client.get(link)
        assert "Send it by email?" in page.content.decode()
        assert len(sent_to_customer(message)) == 1

    def test_its_button_sends_the_answer_the_other_way_once(self, client, link, message, failed):
        for said in ("On its way", "Not sent"):
            assert said in client.post(link).content.decode()
        _, second = sent_to_customer(message)
        assert (second.channel, second.to_address) == ("email", MAYA)
        assert "Come by at five." in second.rendered.text
        message.refresh_from_db()
        assert (message.status, message.has_failed) == (Status.REPLIED, False)
        assert message.replies.count() == 1

    def test_who_has_left_finds_nothing(self, client, link, ann, message):
        ann.is_active = False
        ann.save()
        assert client.post(link).status_code == 404
        assert len(sent_to_customer(message)) == 1

    def test_a_forged_one_finds_nothing(self, client, link):
        assert client.post(link[:-4] + "AAA/").status_code == 404


@pytest.mark.usefixtures("follows")
class TestByItself:
    def test_the_next_way_is_taken_and_nobody_is_troubled(self, message, failed):
        follow_up()
        first, second = sent_to_customer(message)
        assert (first.channel, second.channel, second.state) == ("sms", "email", State.QUEUED)
        assert told(message) == []
        assert outcome() == FailureOutcome.ANOTHER_WAY
        message.refresh_from_db()
        assert (message.status, message.has_failed) == (Status.REPLIED, False)

    def test_each_way_is_tried_once_and_then_the_writer_is_told(self, message, failed, memory):
        follow_up()
        fails(memory)
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["sms", "email"]
        (mail,) = told(message)
        assert "No other way to this customer is left here; perhaps you" in mail.text
        assert "No other way to this customer is left here; perhaps you" in mail.html

    def test_f25_what_is_out_of_date_is_for_its_writer_to_judge(self, message, ann, memory):
        make_reply(message, ann)
        with time_machine.travel(timezone.now() + STALE_AFTER):
            tick()
            follow_up()
        assert [each.state for each in sent_to_customer(message)] == [State.FAILED]
        (mail,) = told(message)
        assert "now may be out of date" in mail.text

    def test_an_address_that_wants_no_mail_of_ours_is_no_way(self, message, failed):
        suppress("email", EMAIL_SCOPE, MAYA, reason="provider")
        follow_up()
        assert len(sent_to_customer(message)) == 1
        assert len(told(message)) == 1

    def test_what_its_writer_has_written_anew_meanwhile_is_not_sent_besides(
        self, message, failed, ann, memory, follows
    ):
        post_reply(Answer(message.pk, ann, "Come by at five.", channel="email"))
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["sms", "email"]
        assert outcome() == FailureOutcome.TOLD

    def test_two_that_failed_both_go_another_way(self, message, ann, memory, follows):
        for text in ("Come by at five.", "Or at six."):
            make_reply(message, ann, text)
            fails(memory)
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["sms"] * 2 + ["email"] * 2

    @pytest.mark.parametrize("put_away", [block, trash])
    def test_nobody_who_was_blocked_or_thrown_away_is_written_to(
        self, message, failed, follows, put_away
    ):
        put_away(message.pk)
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["sms"]
        assert outcome() == FailureOutcome.TOLD

    def test_what_was_written_to_another_customer_is_not_sent_to_the_one_it_is_joined_to(
        self, message, failed, ann
    ):
        other = make_message(ann, sender_email="noor@home.example")
        join(message.pk, other.pk, ann)
        follow_up()
        assert [each.channel for each in sent_to_customer(other)] == ["sms"]
        assert len(told(other)) == 1

    def test_where_a_part_arrived_nothing_is_sent_twice(self, message, ann, memory):
        reply = make_reply(message, ann, "word " * 400)
        fails(memory)
        drain()
        assert {each.state for each in sent_to_customer(message)} == {State.SENT, State.FAILED}
        follow_up()
        assert len(sent_to_customer(message)) == 2
        assert len(told(message)) == 1
        with pytest.raises(NotPossible, match="A part of it reached the customer"):
            send_another_way(reply, "email")


def test_what_is_under_way_or_arrived_goes_no_other_way(message, ann, memory):
    reply = make_reply(message, ann)
    with pytest.raises(NotPossible, match="still under way"):
        send_another_way(reply, "email")
    drain()
    with pytest.raises(NotPossible, match="has not failed"):
        send_another_way(reply, "email")
    assert len(sent_to_customer(message)) == 1


def test_the_customer_reads_on_his_page_what_went_another_way_and_not_what_was_taken_back(
    message, failed, ann
):
    send_another_way(failed, "email")
    assert [reply.pk for reply in own_replies(message)] == [failed.pk]
    taken = make_reply(message, ann, "No, wait.")
    take_back(taken)
    assert [reply.pk for reply in own_replies(message)] == [failed.pk]


def test_what_goes_another_way_at_this_instant_is_not_sent_again_as_before(message, failed):
    """The worker takes it another way while a member presses the button."""
    looked = []

    def meanwhile(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if not looked and "channels_out_delivery" in sql:
            looked.append(sql)
            send_another_way(failed, "email")
        return found

    with connection.execute_wrapper(meanwhile), pytest.raises(NotPossible):
        send_again(failed)
    # Here both are one transaction, so that the refusal takes the other back as well.
    assert [each.state for each in sent_to_customer(message)] == [State.FAILED]


def test_an_answer_of_which_a_part_went_out_is_not_taken_back(message, ann, memory):
    """Its writer would send its words anew: the customer would read the first part twice."""
    reply = make_reply(message, ann, "word " * 400)
    last = sent_to_customer(message)[-1]
    Delivery.objects.filter(pk=last.pk).update(due_at=timezone.now() + RECEIPT_MAY_COME)
    drain()
    with pytest.raises(NotPossible, match="too late"):
        take_back(reply)
    assert [each.state for each in sent_to_customer(message)] == [State.SENT, State.QUEUED]


class TestNobodyKnows:
    @pytest.fixture
    def doubtful(self, message, ann, memory, monkeypatch):
        """The line broke over an answer, and its provider cannot be asked."""
        monkeypatch.setattr(memory, "asks", "")
        reply = make_reply(message, ann, "Come by at five.")
        fails(memory, Uncertain("The line broke."))
        return reply

    def test_its_writer_is_told_once_and_offered_no_other_way(self, message, doubtful):
        assert [follow_up(), follow_up()] == [1, 0]
        mail = notifications(message)[-1].rendered
        assert mail.text.startswith("Nobody knows whether your answer to Maya Okafor arrived.")
        assert "say whether it was sent or should be sent again" in mail.text
        assert "Come by at five." in mail.text
        assert "Send it by email" not in mail.text + mail.html

    @pytest.mark.usefixtures("follows")
    def test_it_never_goes_another_way_by_itself(self, message, doubtful):
        follow_up()
        assert [each.channel for each in sent_to_customer(message)] == ["sms"]

    def test_who_has_said_so_meanwhile_is_not_told(self, message, doubtful):
        before = len(notifications(message))
        was_sent(doubtful)
        follow_up()
        assert len(notifications(message)) == before
