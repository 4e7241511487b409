"""Staff who read what is another business's leave a line, which the business's people see."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gateway.models import HeldItem, Reading
from tests.factories import make_member, make_message, make_reply, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam():
    return make_user("sam@staff.example", first_name="Sam", is_staff=True, is_superuser=True)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def admin_page(row):
    return reverse(f"admin:gateway_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def message(ann):
    return make_message(ann)


def test_the_owner_sees_in_the_conversation_that_staff_read_it(ann, sam, message):
    assert signed_in(sam).get(admin_page(message)).status_code == 200
    page = signed_in(ann.user).get(reverse("gateway:conversation", args=[message.pk]))
    assert "Sam of the staff read this conversation" in page.content.decode()


def test_one_answer_of_it_counts_as_the_conversation(ann, sam, message):
    signed_in(sam).get(admin_page(make_reply(message, ann)))
    assert Reading.objects.get().message == message


def test_a_held_item_shows_it_as_well(ann, sam):
    held = HeldItem.objects.create(
        reason="failed_dmarc", channel="email", business=ann.business, text="Hello"
    )
    signed_in(sam).get(admin_page(held))
    page = signed_in(ann.user).get(reverse("gateway:held_item", args=[held.pk])).content.decode()
    assert "Read by staff" in page
    assert "Sam" in page


def test_staff_who_follow_it_by_rest_leave_it_too(client, sam, message):
    url = f"/api/customer/messages/{message.pk}/conversation/"
    found = client.get(url, headers={"Authorization": f"Token {make_token(sam)}"})
    assert found.status_code == 200
    assert Reading.objects.get().reader == sam


def test_a_member_leaves_none_nor_does_one_reading_leave_two(ann, sam, message):
    make_member(ann.business, user=sam)
    signed_in(sam).get(admin_page(message))
    assert not Reading.objects.exists()
    other = make_user(is_staff=True, is_superuser=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(other)
        for _ in range(3):
            client.get(admin_page(message))
        assert Reading.objects.count() == 1
        clock.shift(timedelta(hours=1, minutes=1))
        client.get(admin_page(message))
    assert Reading.objects.count() == 2


def test_nothing_is_left_by_who_was_not_let_in(message):
    page = signed_in(make_user(is_staff=True)).get(admin_page(message))
    assert page.status_code == 403
    assert not Reading.objects.exists()
