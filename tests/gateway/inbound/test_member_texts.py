"""A member texts to his own number: whom he answers, who approves it, and what he is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels_out.channel import Channel
from channels_out.models import Delivery, Sender
from gateway.codes import code_of
from gateway.held import NotForYou, settle_file, settle_send
from gateway.inbound.member_texts import LATELY
from gateway.links import QUESTION_LINK_LIFE
from gateway.members import remove
from gateway.models import HeldReason, MemberAddress, Role, Status
from gateway.states import trash
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.asking.pair import all_goes_out, questions
from tests.gateway.post import MAYA, sent_to_customer, written
from tests.gateway.telling.days import (
    ALL,
    NIGHT,
    PHONE,
    choose,
    did_not_arrive,
    sent,
    worker_looks,
)

pytestmark = pytest.mark.django_db

NOOR = {"sender_name": "Noor", "sender_email": "noor@home.example"}


def texted(number, words="Yes, come at five.", **fields):
    return make_text(number, PHONE, words, **fields).held


def back():
    """The newest text to the member."""
    return sent("sms")[-1].rendered.text


class TestWhomHeAnswers:
    def test_the_only_one_open_that_he_was_told_of_is_answered_with_one_click(
        self, by_text, ann_number
    ):
        message = make_message(by_text)
        held = texted(ann_number)
        assert (held.reason, held.message, held.is_answer) == (
            HeldReason.MEMBER_WROTE,
            message,
            True,
        )
        assert written(message) == ["Is it still there?"]
        reply = settle_send(held, by_text)
        assert (reply.message, reply.reply, reply.written_via) == (message, held.text, "text")
        assert [each.to_address for each in sent_to_customer(message)] == [MAYA]

    def test_a_colleague_may_approve_it(self, by_text, ann_number):
        make_message(by_text)
        colleague = make_member(by_text.business, Role.MEMBER)
        assert settle_send(texted(ann_number), colleague).sender == colleague.user

    def test_what_he_quotes_is_what_he_answers_among_several(self, by_text, ann_number):
        first, second = make_message(by_text), make_message(by_text, **NOOR)
        all_goes_out()
        assert texted(ann_number).message is None
        ids = dict(
            Delivery.objects.filter(channel=Channel.SMS, dispatch__isnull=False).values_list(
                "dispatch__message", "provider_id"
            )
        )
        for message in (first, second):
            assert texted(ann_number, quoted_id=ids[message.pk]).message == message
        assert texted(ann_number, quoted_id="SMunknown").message is None

    @pytest.mark.parametrize("gone", ["long ago", "trash", "told of several"])
    def test_what_is_not_open_and_told_alone_and_lately_is_not_guessed(
        self, by_text, ann_number, clock, gone
    ):
        if gone == "told of several":
            choose(by_text, **NIGHT)
            clock.shift(timedelta(hours=11))
            make_message(by_text)
            make_message(by_text, **NOOR)
            clock.shift(timedelta(hours=9))
            worker_looks()
            assert len(sent("sms")) == 1
        else:
            message = make_message(by_text)
        if gone == "long ago":
            clock.shift(LATELY + timedelta(minutes=1))
        if gone == "trash":
            trash(message.pk)
        assert texted(ann_number).message is None

    def test_on_a_shared_number_it_is_for_the_business_that_told_him(
        self, by_text, ann_number, ben, shared_number
    ):
        ann_number.is_active = False
        ann_number.save()
        other = make_member(ben.business, user=by_text.user)
        choose(other, email=[], sms=ALL)
        make_message(by_text)
        message = make_message(ben, recipient=other.user)
        assert texted(shared_number).message is None
        trash(by_text.business.messages.get().pk)
        held = texted(shared_number)
        assert (held.membership, held.message) == (other, message)

    def test_otherwise_a_person_says_to_whom_it_goes(self, by_text, ann_number, ben):
        held = texted(ann_number)
        message = make_message(by_text)
        with pytest.raises(NotForYou, match="choose"):
            settle_send(held, by_text)
        assert settle_send(held, by_text, to=message).message == message
        held.refresh_from_db()
        assert held.message == message

    def test_but_never_to_another_one_than_he_answered_nor_of_another_business(
        self, by_text, ann_number, ben
    ):
        message, other = make_message(by_text), make_message(by_text, **NOOR)
        trash(other.pk)
        held = texted(ann_number)
        with pytest.raises(NotForYou, match="another conversation"):
            settle_send(held, by_text, to=other)
        with pytest.raises(NotForYou, match="another business"):
            settle_send(held, by_text, to=make_message(ben))
        assert held.message == message


class TestOnASharedNumber:
    """He is told by text from a number on which he may be another business's customer as well."""

    @pytest.fixture
    def told(self, by_text, ann_number, shared_number):
        """Ann was told of Maya from the shared number."""
        ann_number.is_active = False
        ann_number.save()
        return make_message(by_text)

    @pytest.fixture
    def asks_ben(self, ben):
        """Ann sent Ben's form with her phone."""
        return make_message(ben, sender_email="", sender_phone=PHONE, subject="The flat")

    def test_another_business_writes_to_him_from_another_number(
        self, told, asks_ben, ben, shared_number
    ):
        second = make_sender(None)
        make_reply(asks_ben, ben)
        assert asks_ben.routes.get().sender == second
        assert texted(shared_number).message == told
        assert make_text(second, PHONE, "Is it warm?").message == asks_ben

    @pytest.mark.parametrize("passed", [timedelta(minutes=2), timedelta(days=2)])
    @pytest.mark.parametrize("front_door", [False, True])
    def test_where_there_is_none_he_is_asked_whose_it_is(
        self, told, asks_ben, ben, shared_number, clock, front_door, passed
    ):
        if front_door:
            Sender.objects.filter(pk=make_sender(None).pk).update(is_front_door=True)
        make_reply(asks_ben, ben)
        all_goes_out()
        clock.shift(passed)
        held = texted(shared_number, "90 euros, and the lock code is 4711")
        assert (held.reason, held.business) == (HeldReason.SHARED_NUMBER, None)
        assert len(questions()) == 1

    def test_what_he_answers_then_is_heard_and_he_goes_on_there(
        self, told, asks_ben, ben, shared_number, clock
    ):
        make_reply(asks_ben, ben)
        all_goes_out()
        clock.shift(timedelta(minutes=1))
        texted(shared_number, "Is it warm?")
        all_goes_out()
        assert make_text(shared_number, PHONE, "1").message == asks_ben
        assert make_text(shared_number, PHONE, "And is it quiet?").message == asks_ben

    def test_a_code_of_another_business_is_that_business_es(self, told, ben, shared_number):
        flat = make_listing(ben.business, "Flat")
        received = make_text(shared_number, PHONE, f"Flat #{code_of(flat)}: is it free?")
        assert (received.message.business, received.message.listing) == (ben.business, flat)

    def test_a_code_of_his_own_business_is_no_customers_message(self, told, shared_number):
        bike = make_listing(told.business, "Bike")
        assert texted(shared_number, f"Bike #{code_of(bike)} is sold").message == told

    @pytest.mark.parametrize("told_from", ["another number", "long ago"])
    def test_who_was_not_told_there_lately_is_a_customer(
        self, by_text, ann_number, shared_number, clock, told_from
    ):
        ann_number.is_active = told_from == "another number"
        ann_number.save()
        make_message(by_text)
        clock.shift(LATELY + timedelta(minutes=1))
        if told_from == "another number":
            make_message(by_text, **NOOR)
        held = texted(shared_number, "Is the flat free?")
        assert (held.reason, held.business) == (HeldReason.SHARED_NUMBER, None)

    def test_he_is_not_told_from_a_number_on_which_he_is_asked(
        self, by_text, ann_number, shared_number, clock
    ):
        ann_number.is_active = False
        ann_number.save()
        texted(shared_number, "Is the flat free?")
        make_message(by_text)
        assert sent("sms") == []
        clock.shift(QUESTION_LINK_LIFE + timedelta(minutes=1))
        make_message(by_text, **NOOR)
        assert [each.sender for each in sent("sms")] == [shared_number]

    def test_what_quotes_what_he_was_told_is_never_the_customers(
        self, told, asks_ben, ben, shared_number
    ):
        all_goes_out()
        (text,) = sent("sms")
        make_reply(asks_ben, ben)
        held = texted(shared_number, quoted_id=text.provider_id)
        assert (held.reason, held.message) == (HeldReason.MEMBER_WROTE, told)


class TestWhatItIsNot:
    def test_it_is_never_filed_as_a_customers_and_gives_him_no_address(self, by_text, ann_number):
        message = make_message(by_text)
        held = texted(ann_number)
        for under in (message, None):
            with pytest.raises(NotForYou, match="no message of a customer"):
                settle_file(held, by_text.user, by_text.business, under)
        assert message.contact.addresses.get().address == MAYA
        make_reply(message, by_text)
        assert [each.to_address for each in sent_to_customer(message)] == [MAYA]

    def test_while_it_waits_the_customer_is_not_answered(self, by_text, ann_number):
        message = make_message(by_text)
        make_reply(message, by_text)
        texted(ann_number, "And bring a lock.")
        message.refresh_from_db()
        assert message.status == Status.READ


class TestItIsForAnotherBusiness:
    """On a shared number he may have meant one whose customer he is, without its code."""

    @pytest.fixture
    def answered(self, by_text, ann_number, shared_number):
        """Ann was told of Maya from the shared number, and has answered her."""
        ann_number.is_active = False
        ann_number.save()
        message = make_message(by_text)
        make_reply(message, by_text)
        return message

    @pytest.fixture
    def held(self, answered, shared_number):
        return texted(shared_number, "Is the flat free?")

    def test_he_says_so_and_it_is_filed_there_and_answers_nobody(
        self, by_text, ben, answered, held, shared_number
    ):
        filed = settle_file(held, by_text.user, ben.business, None)
        assert (filed.message, filed.sender_phone) == ("Is the flat free?", PHONE)
        assert by_text.business.name not in filed.filed_note
        answered.refresh_from_db()
        assert answered.status == Status.REPLIED
        make_reply(filed, ben)
        assert [each.to_address for each in sent_to_customer(filed)] == [PHONE]

    @pytest.mark.parametrize("why", ["a colleague", "its own number", "under a conversation"])
    def test_nobody_else_says_so_nor_of_what_came_to_its_own_number(
        self, by_text, ben, held, why, ann_number
    ):
        user, under = by_text.user, None
        if why == "a colleague":
            user = make_member(by_text.business).user
        elif why == "its own number":
            held = texted(ann_number)
        else:
            under = make_message(ben)
        with pytest.raises(NotForYou, match="no message of a customer"):
            settle_file(held, user, ben.business, under)
        assert not ben.business.messages.filter(filed_by="by_hand").exists()


class TestWhatHeIsTold:
    def test_by_text_that_it_waits_and_where_it_is_sent(self, by_text, ann_number):
        make_message(by_text)
        held = texted(ann_number)
        assert back() == (
            "Ann's Bikes: your text to Maya Okafor was not sent. Send it with one click:"
            f" https://gateway.test/held/{held.pk}/"
        )

    def test_also_where_it_names_nobody(self, by_text, ann_number):
        held = texted(ann_number)
        assert back().startswith("Ann's Bikes: your text was sent to nobody. ")
        assert f"/held/{held.pk}/" in back()

    def test_once_a_day(self, by_text, ann_number, clock):
        for told in (1, 1):
            texted(ann_number)
            assert len(sent("sms")) == told
        clock.shift(timedelta(days=1))
        texted(ann_number)
        assert len(sent("sms")) == 2

    def test_by_mail_where_no_text_can_go_to_him(self, by_text, ann_number):
        ann_number.is_active = False
        ann_number.save()
        held = texted(ann_number)
        (mail,) = sent(to=by_text.user.email)
        assert mail.rendered.subject == "Re: Your text"
        assert mail.rendered.text.startswith("Your text to Ann's Bikes was sent to nobody.")
        assert f"/held/{held.pk}/" in mail.rendered.text

    def test_who_may_not_answer_is_given_no_link(self, by_text, ann_number):
        by_text.role = Role.AGENT
        by_text.save()
        texted(ann_number)
        assert back() == "Ann's Bikes: your text was sent to nobody."

    @pytest.mark.usefixtures("memory")
    def test_by_mail_where_the_text_does_not_arrive(self, by_text, ann_number):
        message = make_message(by_text)
        held = texted(ann_number)
        did_not_arrive(sent("sms")[-1])
        (mail,) = sent(to=by_text.user.email)
        assert mail.rendered.text.startswith("Your answer to Maya Okafor was not sent.")
        assert "Yes, come at five." in mail.rendered.text
        assert f"/held/{held.pk}/" in mail.rendered.text
        assert mail.dispatch.message == message
        assert mail.rendered.reply_to == ""

    @pytest.mark.usefixtures("memory")
    def test_who_was_removed_reads_nothing_of_the_conversation_as_it_is_now(
        self, by_text, ann_number
    ):
        make_member(by_text.business, Role.OWNER)
        message = make_message(by_text)
        texted(ann_number)
        remove(by_text.business_id, by_text.pk)
        message.contact.name, message.subject = "Maya Novak", "The divorce"
        message.contact.save()
        message.save()
        did_not_arrive(sent("sms")[-1])
        (mail,) = sent(to=by_text.user.email)
        assert mail.rendered.subject == "Re: Your text"
        assert mail.rendered.text.startswith("Your text to Ann's Bikes was sent to nobody.")
        assert "Yes, come at five." in mail.rendered.text
        for secret in ("Maya", "divorce", str(message.pk), "References", "In-Reply-To"):
            assert secret not in str(mail.payload)

    @pytest.mark.usefixtures("memory")
    def test_not_where_it_was_sent_meanwhile(self, by_text, ann_number):
        make_message(by_text)
        settle_send(texted(ann_number), by_text)
        did_not_arrive(sent("sms")[-1])
        assert sent(to=by_text.user.email) == []

    @pytest.mark.usefixtures("memory")
    def test_also_who_lost_access_meanwhile_and_nobody_else(self, by_text, ann_number):
        make_member(by_text.business)
        texted(ann_number)
        remove(by_text.business_id, by_text.pk)
        did_not_arrive(sent("sms")[-1])
        (mail,) = sent()
        assert mail.to_address == by_text.user.email
        assert "You cannot send it any more: ask an owner" in mail.rendered.text

    @pytest.mark.usefixtures("memory")
    def test_never_at_an_address_that_he_has_not_shown_to_be_his(self, by_text, ann_number):
        MemberAddress.objects.filter(user=by_text.user, channel="email").delete()
        texted(ann_number)
        did_not_arrive(sent("sms")[-1])
        assert sent() == []

    def test_stop_answers_nobody_and_is_not_answered(self, by_text, ann_number):
        make_message(by_text)
        assert texted(ann_number, "STOP").message is None
        assert len(sent("sms")) == 1
        assert "Somebody texted STOP" in sent()[0].rendered.text
        assert len(sent()) == 1
