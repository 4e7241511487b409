"""What customers write to conversations in the trash goes on in one that was opened in place of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from gateway.join import join
from gateway.models import CustomerMessage
from gateway.states import restore, trash
from tests.factories import make_listing, make_message
from tests.gateway.post import customer_token, post, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def bike(ann):
    """A conversation about the bike, in the trash."""
    return trashed(make_message(ann, subject="Bike", listing=make_listing(ann.business, "Bike")))


def trashed(message):
    """Put in the trash."""
    trash(message.pk)
    message.refresh_from_db()
    return message


def test_two_conversations_go_on_in_two(bike, ann):
    flat = trashed(make_message(ann, subject="Flat", listing=make_listing(ann.business, "Flat")))
    first = post(customer_token(bike), subject="Re: Bike").message
    second = post(customer_token(flat), subject="Re: Flat").message
    assert [(each.follows, each.listing) for each in (first, second)] == [
        (bike, bike.listing),
        (flat, flat.listing),
    ]
    assert post(customer_token(bike), subject="Re: Bike").message == first
    assert post(customer_token(flat), subject="Re: Flat").message == second


def test_a_mail_from_before_the_deletion_that_is_read_late_opens_no_second_one(bike):
    early = timezone.now() - timedelta(hours=1)
    first = post(customer_token(bike), received_at=early).message
    assert post(customer_token(bike), text="Hello?").message == first


def test_where_the_next_is_in_the_trash_as_well_the_one_after_it_counts(bike):
    address = customer_token(bike)
    second = trashed(post(address).message)
    third = post(address).message
    assert third.follows == second
    assert post(address).message == third
    assert post(customer_token(second)).message == third


def test_where_the_next_was_joined_to_another_one_that_one_counts(bike, ann):
    other = make_message(ann, subject="Boat")
    join(post(customer_token(bike)).message.pk, other.pk, ann)
    assert post(customer_token(bike), text="Hello?").message == other
    assert written(other)[-1] == "Hello?"


def test_where_the_next_was_joined_to_it_and_it_is_in_the_trash_again_another_one_opens(bike, ann):
    second = post(customer_token(bike)).message
    restore(bike.pk)
    join(second.pk, bike.pk, ann)
    trash(bike.pk)
    third = post(customer_token(bike), text="Hello?").message
    assert (third.message, third.follows) == ("Hello?", bike)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)
@pytest.mark.parametrize("is_new", [False, True])
def test_of_several_at_the_same_instant_one_opens_and_the_others_add_to_it(ann, is_new):
    bike = make_message(ann, subject="Bike", listing=make_listing(ann.business, "Bike"))
    subject = "Re: Bike"
    if is_new:
        bike.listing.delete()
        subject = "Winter tyres"
    else:
        trash(bike.pk)
    address = customer_token(bike)

    def write(number):
        try:
            sender = (
                f"maya-{number}@elsewhere.example"  # known ones would wait at their address's row
            )
            return post(address, sender=sender, subject=subject).message.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(write, range(4)))
    assert len(places) == 1
    assert CustomerMessage.objects.filter(follows=bike).count() == 1
