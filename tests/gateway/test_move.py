"""A member files messages under another conversation, or splits them off."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from channels_out.channel import Channel
from gateway.inbound.messages import InboundText
from gateway.inbound.receive import receive
from gateway.join import join
from gateway.models import (
    Attachment,
    CustomerMessage,
    Membership,
    MessageReply,
    Move,
    Route,
    Status,
    UnreadCounter,
)
from gateway.move import CannotMove, file_under, split_off
from gateway.search.find import first_with
from gateway.states import trash
from gateway.telling.escalate import escalate_due
from gateway.telling.later import tell_due
from tests.factories import (
    make_business,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.post import (
    PHONE,
    PHOTO,
    customer_token,
    last_reply,
    notifications,
    post,
    written,
)
from tests.gateway.telling.days import choose, sent

OTHER_PHONE = "+14155550177"


def bike_and_boat(ann: Membership, number: Any) -> tuple[CustomerMessage, CustomerMessage]:
    """A conversation by text about a bike, which then speaks of a boat, and one by form about the boat."""
    boat = make_message(ann, "Boat, please")
    make_reply(boat, ann, "Which boat?")
    bike = make_text(number, PHONE, "Is the bike there?").message
    make_reply(bike, ann, "Yes.")
    make_text(number, PHONE, "And the boat?", files=(PHOTO,))
    make_reply(bike, ann, "It is in the harbour.")
    make_text(number, PHONE, "I'd like to see the boat")
    return bike, boat


def second(message: CustomerMessage) -> MessageReply:
    """The customer's first later message."""
    return message.replies.filter(direction="inbound").first()


@pytest.mark.django_db
class TestFilingElsewhere:
    def test_a_message_moves_with_what_followed_it(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=True)
        assert written(bike) == ["Is the bike there?", "Yes."]
        assert written(boat) == [
            "Boat, please",
            "Which boat?",
            "And the boat?",
            "It is in the harbour.",
            "I'd like to see the boat",
        ]
        assert (bike.reply_count, boat.reply_count) == (1, 4)
        assert (bike.snippet, boat.snippet) == ("Yes.", "I'd like to see the boat")

    def test_or_alone(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=False)
        assert written(boat) == ["Boat, please", "Which boat?", "And the boat?"]
        assert len(written(bike)) == 4

    def test_who_waits_is_seen_where_he_is_now_and_nowhere_else(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=True)
        bike.refresh_from_db()
        boat.refresh_from_db()
        assert (bike.waiting_since, boat.waiting_since is None) == (None, False)
        assert boat.status == Status.READ

    def test_what_comes_next_on_the_number_follows(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=True)
        assert make_text(ann_number, PHONE, "Tomorrow?").message == boat

    def test_a_route_that_nothing_is_left_of_goes(self, ann, ann_number):
        bike = make_message(ann, "By form", sender_phone=PHONE, reply_by="sms")
        boat = make_message(ann, "Boat")
        make_reply(bike, ann, "Hello")
        make_text(ann_number, PHONE, "The boat, I mean")
        for reply in list(bike.replies.all()):
            file_under(reply, boat.pk, ann, with_later=False)
        assert set(Route.objects.values_list("message", flat=True)) == {boat.pk}

    def test_a_text_that_quotes_a_moved_answer_finds_it(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        answer = bike.replies.get(reply="It is in the harbour.")
        file_under(second(bike), boat.pk, ann, with_later=True)
        delivery = answer.dispatches.get().delivery
        delivery.provider_id = "SM0123"
        delivery.save()
        make_text(ann_number, PHONE, "Back to the bike", quoted_id="SM0123")
        assert written(boat)[-1] == "Back to the bike"

    def test_it_is_found_by_its_words_where_it_is(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=True)
        listed = CustomerMessage.objects.order_by("-last_activity_at", "-id")
        assert first_with(listed, ann.business_id, ["harbour"], 10) == [boat]

    def test_it_says_who_filed_it_and_both_remember_it(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        file_under(second(bike), boat.pk, ann, with_later=True)
        assert last_reply(boat).filed_by == "by_hand"
        move = Move.objects.get()
        assert (move.source, move.target, move.messages, move.actor) == (bike, boat, 3, ann.user)

    def test_twice_is_once(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        reply = second(bike)
        for _ in range(2):
            file_under(reply, boat.pk, ann, with_later=True)
            reply.refresh_from_db()
        assert Move.objects.count() == 1

    def test_who_comes_second_is_told(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        other = make_message(ann, "Another")
        reply = second(bike)
        file_under(MessageReply.objects.get(pk=reply.pk), boat.pk, ann, with_later=True)
        with pytest.raises(CannotMove, match="no longer here"):
            file_under(reply, other.pk, ann, with_later=True)
        assert len(written(boat)) == 5

    def test_not_to_another_business(self, ann, ben, ann_number):
        bike, _ = bike_and_boat(ann, ann_number)
        with pytest.raises(CustomerMessage.DoesNotExist):
            file_under(second(bike), make_message(ben, "Flat").pk, ann, with_later=True)
        assert len(written(bike)) == 5

    def test_nor_into_the_trash(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        trash(boat.pk)
        with pytest.raises(CannotMove, match="Restore it first"):
            file_under(second(bike), boat.pk, ann, with_later=True)
        assert len(written(bike)) == 5

    def test_what_was_archived_comes_back_when_somebody_waits_in_it(self, ann, ann_number):
        bike, boat = bike_and_boat(ann, ann_number)
        CustomerMessage.objects.filter(pk=boat.pk).update(status="archived", is_archived=True)
        file_under(last_reply(bike), boat.pk, ann, with_later=True)
        boat.refresh_from_db()
        assert (boat.status, boat.is_archived) == (Status.READ, False)


@pytest.mark.django_db
class TestSplittingOff:
    def test_a_message_becomes_a_conversation_of_its_own(self, ann, ann_number):
        bike, _ = bike_and_boat(ann, ann_number)
        reply = second(bike)
        boat = split_off(reply, ann, with_later=True)
        assert boat.pk == reply.pk
        assert written(boat) == [
            "And the boat?",
            "It is in the harbour.",
            "I'd like to see the boat",
        ]
        assert written(bike) == ["Is the bike there?", "Yes."]
        assert (boat.contact, boat.sender_phone, boat.filed_by) == (bike.contact, PHONE, "by_hand")
        assert Attachment.objects.get().message == boat

    def test_what_comes_next_is_added_to_it(self, ann, ann_number):
        bike, _ = bike_and_boat(ann, ann_number)
        boat = split_off(second(bike), ann, with_later=True)
        assert make_text(ann_number, PHONE, "Tomorrow?").message == boat

    def test_the_same_text_again_is_still_a_duplicate(self, ann, ann_number):
        make_text(ann_number, PHONE, "Is the bike there?")
        text = InboundText("AC1:SM77", Channel.SMS, ann_number.address, PHONE, "And the boat?")
        (first,) = receive(text)
        split_off(first.reply, ann, with_later=True)
        (again,) = receive(text)
        assert again.outcome == "duplicate"
        assert CustomerMessage.objects.count() == 2

    def test_it_can_be_answered_by_mail_from_its_own_notifications(self, ann, ann_number):
        bike, _ = bike_and_boat(ann, ann_number)
        boat = split_off(second(bike), ann, with_later=True)
        make_text(ann_number, PHONE, "Tomorrow?")
        assert notifications(boat)

    def test_a_customer_who_answers_by_mail_stays_where_his_address_leads(self, ann):
        message = make_message(ann, "Bike", sender_email="maya@home.example")
        post(customer_token(message), text="And the boat?")
        split_off(second(message), ann, with_later=True)
        assert post(customer_token(message), text="The bike again").message == message

    def test_an_answer_of_the_business_opens_nothing(self, ann, ann_number):
        bike, _ = bike_and_boat(ann, ann_number)
        answer = bike.replies.filter(direction="outbound").first()
        with pytest.raises(CannotMove, match="what the customer wrote"):
            split_off(answer, ann, with_later=True)
        assert len(written(bike)) == 5


@pytest.mark.django_db
class TestWhatIsToldLater:
    def test_a_message_that_is_split_off_is_in_the_next_digest(self, ann, clock):
        choose(ann, digest_at=time(18))
        colleague = make_member(ann.business)
        message = make_message(ann, "Bike")
        reply = post(customer_token(message), text="And the boat?").reply
        split_off(reply, colleague, with_later=False)
        clock.shift(timedelta(days=1))
        tell_due()
        (digest,) = sent(to=ann.user.email)
        assert "Bike" in digest.rendered.text
        assert "And the boat?" in digest.rendered.text

    @pytest.mark.parametrize("way", ["filed", "split"])
    def test_who_waits_where_it_is_now_is_not_forgotten(self, ann, clock, way):
        ann.business.escalates_after = 30
        ann.business.save()
        colleague = make_member(ann.business)
        boat, bike = make_message(ann, "Boat"), make_message(ann, "Bike")
        make_reply(boat, ann)
        make_reply(bike, ann)
        clock.shift(timedelta(minutes=1))
        reply = post(customer_token(bike), text="And the boat?").reply
        if way == "filed":
            file_under(reply, boat.pk, ann, with_later=False)
        else:
            boat = split_off(reply, ann, with_later=False)
        clock.shift(timedelta(minutes=31))
        assert escalate_due()
        (told,) = [
            mail for mail in sent(to=colleague.user.email) if "waits" in mail.rendered.subject
        ]
        assert str(boat.pk) in told.rendered.text


HOW = ("file", "split", "join")


class TestAnyMoves(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans(), st.sampled_from(HOW)),
            max_size=6,
        )
    )
    def test_every_message_is_there_once_and_what_is_kept_agrees(self, moves):
        ann = make_member(make_business())
        number = make_sender(ann.business)
        bike_and_boat(ann, number)
        make_text(number, OTHER_PHONE, "A kayak?")
        before = sorted(_all_texts(ann))
        for which, where, with_later, how in moves:
            replies = list(MessageReply.objects.order_by("created_at", "id"))
            if not replies:
                break
            reply = replies[which % len(replies)]
            places = list(CustomerMessage.objects.order_by("id"))
            try:
                if how == "split":
                    split_off(reply, ann, with_later=with_later)
                elif how == "join":
                    join(places[which % len(places)].pk, places[where % len(places)].pk, ann)
                else:
                    place = places[where % len(places)]
                    file_under(reply, place.pk, ann, with_later=with_later)
            except CannotMove:
                assert how != "split" or reply.direction == "outbound"
        assert sorted(_all_texts(ann)) == before
        unread = 0
        for message in CustomerMessage.objects.filter(merged_into=None):
            replies = list(message.replies.all())
            assert message.reply_count == len(replies)
            times = [message.created_at, *(reply.created_at for reply in replies)]
            assert message.last_activity_at == max(times)
            answers = [reply.created_at for reply in replies if reply.direction == "outbound"]
            assert message.last_reply_at == max(answers, default=None)
            unread += message.unread
        kept = UnreadCounter.objects.get(business=ann.business, listing=None)
        assert kept.unread == unread


def _all_texts(ann: Membership) -> list[str]:
    found = CustomerMessage.objects.filter(business=ann.business, merged_into=None)
    return [text for message in found for text in written(message)]
