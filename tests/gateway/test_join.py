"""A whole conversation becomes a part of another one, and nothing that was given out for it is dead."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channels_out.models import Delivery
from gateway.held import settle_send
from gateway.inbound.filing import Letter, continue_conversation
from gateway.inbound.receive import receive
from gateway.inbox import Folder, Inbox, Wanted
from gateway.join import join
from gateway.links import conversation_url
from gateway.models import CustomerMessage, Move, Route, Status, UnreadCounter
from gateway.move import CannotMove, file_under, split_off
from gateway.purge import empty_trash
from gateway.readings import staff_read
from gateway.states import mark_as_read, trash
from tests.factories import make_member, make_message, make_reply, make_text, make_user
from tests.gateway.post import (
    MAYA,
    PHONE,
    PHOTO,
    customer_token,
    header,
    mail,
    newest_notification,
    owner_token,
    post,
    sent_to_customer,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def bike(ann):
    """What Maya wrote first, by form."""
    message = make_message(ann, "The bike?", sender_email=MAYA)
    make_reply(message, ann, "Which one?")
    return message


@pytest.fixture
def blue(ann, bike):
    """What she wrote in a form once more instead of answering."""
    message = make_message(ann, "The blue one", sender_email=MAYA)
    make_reply(message, ann, "It is here.")
    post(customer_token(message), text="I come at ten")
    return message


def path_of(message):
    return conversation_url(message).removeprefix("https://gateway.test")


def of(message):
    message.refresh_from_db()
    return message


def test_its_messages_stand_in_the_other_in_the_order_of_time(ann, bike, blue):
    assert join(blue.pk, bike.pk, ann) == bike
    assert written(bike) == [
        "The bike?",
        "Which one?",
        "The blue one",
        "It is here.",
        "I come at ten",
    ]
    assert (bike.reply_count, bike.snippet) == (4, "I come at ten")
    assert (bike.status, bike.waiting_since) == (
        Status.UNREAD,
        bike.replies.last().created_at,
    )
    assert bike.replies.get(pk=blue.pk).filed_by == "by_hand"
    assert (of(blue).merged_into, blue.unread) == (bike, False)
    assert not blue.replies.exists()
    assert Move.objects.get().messages == 3


def test_what_opened_it_stays_marked_as_signed(ann, bike, blue):
    CustomerMessage.objects.filter(pk=blue.pk).update(seal="signed")
    join(blue.pk, bike.pk, ann)
    assert bike.replies.get(pk=blue.pk).seal == "signed"


def test_the_emptied_one_is_in_no_list_and_counts_nowhere(ann, bike, blue):
    join(blue.pk, bike.pk, ann)
    for wanted in (Wanted(), *(Wanted(folder=folder) for folder in Folder), Wanted(q="blue")):
        assert blue not in Inbox([ann.business_id], wanted).page().conversations
    assert Inbox([ann.business_id], Wanted(q="blue")).page().conversations == [bike]
    assert UnreadCounter.objects.get(business=ann.business, listing=None).unread == 1


def test_what_opened_the_older_one_comes_first_and_its_wait_counts(ann, bike):
    old = make_message(ann, "An old question", sender_email=MAYA)
    CustomerMessage.objects.filter(pk=old.pk).update(created_at=bike.created_at - timedelta(days=1))
    mark_as_read(old)
    new = make_message(ann, "A new one", sender_email=MAYA)
    join(old.pk, new.pk, ann)
    assert of(new).waiting_since == bike.created_at - timedelta(days=1)
    assert (new.last_activity_at, new.snippet) == (new.created_at, "A new one")


def test_both_sides_reply_addresses_lead_to_the_joined_one(ann, bike, blue):
    hers, his = customer_token(blue), owner_token(blue, ann)
    join(blue.pk, bike.pk, ann)
    assert post(hers, text="Or at eleven").message == bike
    relayed = post(his, sender=ann.user.email, text="Eleven is fine")
    assert relayed.outcome == "relayed"
    assert written(bike)[-2:] == ["Or at eleven", "Eleven is fine"]
    assert sent_to_customer(bike)[-1].to_address == MAYA
    both = post(hers, customer_token(bike), text="See you")
    assert (both.message, written(bike).count("See you")) == (bike, 1)


def test_so_do_the_mails_that_were_sent_for_it(ann, bike, blue):
    told = header(newest_notification(blue), "References").split()[-1]
    sent = Delivery.objects.filter(purpose="reply", dispatch__message=blue).get().message_id
    join(blue.pk, bike.pk, ann)
    answer = post("x@elsewhere.example", in_reply_to=(sent,), text="Thanks")
    assert (answer.message, answer.reply.filed_by) == (bike, "reference")
    held = post("x@elsewhere.example", in_reply_to=(told,), sender=ann.user.email).held
    assert (held.message, held.reason) == (bike, "no_token")


def test_a_mail_that_was_filed_before_is_known_again(ann, bike, blue):
    seen = mail(customer_token(blue), text="Once")
    receive(seen)
    join(blue.pk, bike.pk, ann)
    (again,) = receive(seen)
    assert (again.outcome, again.message) == ("duplicate", bike)
    assert written(bike).count("Once") == 1


def test_what_comes_next_on_the_number_is_filed_there(ann, ann_number, bike):
    text = make_text(ann_number, PHONE, "The bike", files=(PHOTO,)).message
    make_reply(text, ann, "Yes?")
    join(text.pk, bike.pk, ann)
    assert not Route.objects.filter(message=text).exists()
    assert make_text(ann_number, PHONE, "Still there?").message == bike
    opener = bike.replies.get(pk=text.pk)
    assert (opener.from_address, opener.attachments.get().name) == (PHONE, "photo.jpg")


def test_held_items_and_readings_follow(ann, bike, blue):
    item = post(owner_token(blue, ann), sender="ann@phone.example", text="Yes").held
    staff_read(make_user(is_staff=True), of(blue))
    join(blue.pk, bike.pk, ann)
    assert list(bike.held_items.all()) == [item]
    assert bike.readings.count() == 1


def test_the_customers_link_opens_the_joined_one(client, ann, bike, blue):
    link = path_of(blue)
    join(blue.pk, bike.pk, ann)
    page = client.get(link).content.decode()
    assert "The bike?" in page
    assert "The blue one" in page
    token = link.strip("/").split("/")[-1]
    shown = client.get(
        f"/api/customer/messages/{blue.pk}/conversation/", headers={"Conversation-Token": token}
    )
    assert shown.json()["id"] == str(bike.pk)


def test_but_not_somebody_elses_and_what_he_writes_there_still_arrives(client, ann, bike):
    noor = make_message(ann, "Me too", sender_name="Noor", sender_email="noor@home.example")
    link, hers = path_of(noor), customer_token(noor)
    page = client.get(link).content.decode()
    join(noor.pk, bike.pk, ann)
    assert client.get(link).status_code == 404
    letter = Letter("web", "By the old page", timezone.now(), "link")
    with transaction.atomic():
        continue_conversation(noor, letter)
    assert "Me too" in page
    answer = post(hers, sender="noor@home.example", text="By mail")
    assert answer.message == bike
    assert "not an address of this customer" in answer.reply.filed_note
    assert written(bike)[-2:] == ["By the old page", "By mail"]


def test_what_was_joined_before_goes_along(ann, bike, blue):
    third = make_message(ann, "The lock?", sender_email=MAYA)
    hers = customer_token(blue)
    join(blue.pk, bike.pk, ann)
    join(bike.pk, third.pk, ann)
    assert of(blue).merged_into == third
    assert post(hers, text="And the key").message == third


def test_done_twice_it_changes_nothing(ann, bike, blue):
    for _ in range(2):
        assert join(blue.pk, bike.pk, ann) == bike
    assert (len(written(bike)), Move.objects.count()) == (5, 1)


def test_it_is_refused_where_it_makes_no_sense(ann, bike, blue):
    foreign = make_message(make_member())
    with pytest.raises(CannotMove, match="itself"):
        join(bike.pk, bike.pk, ann)
    with pytest.raises(CustomerMessage.DoesNotExist):
        join(bike.pk, foreign.pk, ann)
    join(blue.pk, bike.pk, ann)
    third = make_message(ann, "The lock?", sender_email=MAYA)
    with pytest.raises(CannotMove, match="joined to another"):
        join(third.pk, blue.pk, ann)
    with pytest.raises(CannotMove, match="joined to another"):
        join(blue.pk, third.pk, ann)
    trash(bike.pk)
    with pytest.raises(CannotMove, match="in the trash"):
        join(third.pk, bike.pk, ann)


def test_its_first_message_is_split_off_under_its_own_id_and_addresses(ann, bike, blue):
    hers, link = customer_token(blue), path_of(blue)
    join(blue.pk, bike.pk, ann)
    again = split_off(bike.replies.get(pk=blue.pk), ann, with_later=True)
    assert (again, again.merged_into, again.deleted_at) == (blue, None, None)
    assert written(again) == ["The blue one", "It is here.", "I come at ten"]
    assert written(bike) == ["The bike?", "Which one?"]
    assert (post(hers, text="Hello").message, path_of(again)) == (blue, link)


def test_also_from_a_third_where_it_was_moved(ann, bike, blue):
    third = make_message(ann, "The lock?", sender_email=MAYA)
    join(blue.pk, bike.pk, ann)
    file_under(bike.replies.get(pk=blue.pk), third.pk, ann, with_later=False)
    assert split_off(third.replies.get(), ann, with_later=False) == blue
    assert written(blue) == ["The blue one"]


def test_with_the_joined_one_the_emptied_one_is_erased_and_its_addresses_remembered(
    ann, bike, blue
):
    hers = customer_token(blue)
    join(blue.pk, bike.pk, ann)
    later = timezone.now() + timedelta(days=31)
    assert empty_trash(later) == 0
    trash(bike.pk)
    assert empty_trash(later) == 1
    assert not CustomerMessage.objects.exists()
    assert post(hers, text="Hello?").message.filed_by == "ended"


@pytest.mark.django_db(transaction=True)
def test_whatever_comes_at_the_same_instant_is_in_the_joined_one_once(ann, ann_number):
    bike = make_message(ann, "The bike?", sender_email=MAYA)
    blue = make_text(ann_number, PHONE, "The blue one").message
    lock = make_message(ann, "The lock?", sender_email=MAYA)
    hers, his = customer_token(blue), owner_token(blue, ann)
    item = post(his, sender="ann@phone.example", text="Held").held
    everything = (
        lambda: join(blue.pk, bike.pk, ann),
        lambda: join(blue.pk, bike.pk, ann),
        lambda: join(bike.pk, lock.pk, ann),
        lambda: post(hers, text="By mail"),
        lambda: make_text(ann_number, PHONE, "By text"),
        lambda: post(his, sender=ann.user.email, text="An answer"),
        lambda: settle_send(item, ann),
    )
    barrier = threading.Barrier(len(everything))

    def at_once(happens):
        barrier.wait(timeout=10)
        try:
            happens()
        except CannotMove:  # the other join was first
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(len(everything)) as pool:
        list(pool.map(at_once, everything))
    living = CustomerMessage.objects.filter(merged_into=None)
    texts = ["The bike?", "The blue one", "The lock?"]
    texts += ["By mail", "By text", "An answer", "Held"]
    assert sorted(text for each in living for text in written(each)) == sorted(texts)
    for each in living:
        assert each.reply_count == each.replies.count()
    kept = UnreadCounter.objects.get(business=ann.business, listing=None).unread
    assert kept == sum(each.unread for each in living)
