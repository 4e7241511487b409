"""GET /api/business/messages/: what is in it, the filters, the order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gateway.models import CustomerMessage
from gateway.states import change, set_status, trash
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)

LIST = "business/messages/"


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_a_message_shows_who_wrote_about_what(api, ann):
    listing = make_listing(ann.business)
    message = make_message(ann, "Hello", listing=listing, sender_phone="+14155550100")
    (row,) = api.get(LIST).json()["results"]
    assert row["id"] == str(message.pk)
    assert row["message"] == "Hello"
    assert (row["channel"], row["status"], row["unread"]) == ("web", "unread", True)
    assert row["listing"] == {"id": str(listing.pk), "title": "Blue bike"}
    assert row["contact"]["name"] == "Maya Okafor"
    assert {(one["channel"], one["address"]) for one in row["contact"]["addresses"]} == {
        ("email", "maya@home.example"),
        ("sms", "+14155550100"),
    }
    assert row["recipient"] == str(ann.user.pk)
    assert row["filed_by"] == "form"
    assert row["waiting_since"].endswith("Z")
    assert row["replies"] == []


def test_a_message_keeps_the_title_of_a_listing_that_was_deleted(api, ann):
    listing = make_listing(ann.business)
    make_message(ann, listing=listing)
    listing.delete()
    (row,) = api.get(LIST).json()["results"]
    assert row["listing"] == {"id": None, "title": "Blue bike"}


def test_the_newest_activity_comes_first(api, ann):
    first, second = make_message(ann), make_message(ann)
    assert ids(api.get(LIST)) == [str(second.pk), str(first.pk)]
    make_reply(first, ann)
    assert ids(api.get(LIST)) == [str(first.pk), str(second.pk)]


def test_a_list_shows_the_newest_ten_replies_in_order_and_how_many_there_are(api, ann):
    message = make_message(ann)
    for number in range(12):
        make_reply(message, ann, f"answer {number}")
    (row,) = api.get(LIST).json()["results"]
    assert [reply["reply"] for reply in row["replies"]] == [f"answer {n}" for n in range(2, 12)]
    assert row["reply_count"] == 12


def test_each_filter_narrows(api, ann):
    sender = make_sender(ann.business)
    by_text = make_text(sender, "+14155550101", "Hi there").message
    listing = make_listing(ann.business)
    about = make_message(ann, listing=listing)
    spam, archived = make_message(ann), make_message(ann)
    with change(spam.pk) as locked:
        locked.is_spam = True
    with change(archived.pk) as locked:
        set_status(locked, "archived")
    assert ids(api.get(LIST, channel="sms")) == [str(by_text.pk)]
    assert ids(api.get(LIST, listing=listing.pk)) == [str(about.pk)]
    assert ids(api.get(LIST, is_spam="true")) == [str(spam.pk)]
    assert str(spam.pk) not in ids(api.get(LIST, is_spam="false"))
    assert ids(api.get(LIST, status="archived")) == [str(archived.pk)]
    assert ids(api.get(LIST, q="hi THERE")) == [str(by_text.pk)]
    assert len(ids(api.get(LIST))) == 4


def test_times_are_filtered_with_or_without_offset_and_by_day(api, ann):
    old, new = make_message(ann), make_message(ann)
    noon = timezone.datetime(2026, 1, 31, 12, tzinfo=timezone.get_default_timezone())
    CustomerMessage.objects.filter(pk=old.pk).update(created_at=noon)
    CustomerMessage.objects.filter(pk=new.pk).update(created_at=noon + timedelta(days=1))
    for moment in ("2026-02-01", "2026-01-31T12:00:01", "2026-01-31T13:00:01+01:00"):
        assert ids(api.get(LIST, created_after=moment)) == [str(new.pk)]
        assert ids(api.get(LIST, created_before=moment)) == [str(old.pk)]
    unescaped = api.client.get("/api/business/messages/?created_after=2026-01-31T13:00:01+01:00")
    assert ids(unescaped) == [str(new.pk)]


def test_search_finds_words_of_the_replies_and_a_message_only_once(api, ann):
    message, _ = make_message(ann), make_message(ann)
    make_reply(message, ann, "The zebra is striped")
    make_reply(message, ann, "The zebra again")
    assert ids(api.get(LIST, q="zebra")) == [str(message.pk)]


def test_trash_is_in_no_list(api, ann):
    message = make_message(ann)
    trash(message.pk)
    assert ids(api.get(LIST)) == []
    assert api.get(LIST).json()["unread_count"] == 0


def test_unread_count_is_of_the_business_whatever_the_filters(api, ann):
    make_message(ann), make_message(ann)
    other = make_member()
    make_message(other)
    page = api.get(LIST, status="archived").json()
    assert (page["results"], page["unread_count"]) == ([], 2)


def test_a_person_of_two_businesses_sees_both(api, ann):
    second = make_member(user=ann.user)
    messages = [make_message(ann), make_message(second)]
    assert set(ids(api.get(LIST))) == {str(message.pk) for message in messages}
    assert api.get(LIST).json()["unread_count"] == 2


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("status", "lost"),
        ("channel", "fax"),
        ("listing", "not-an-id"),
        ("created_after", "yesterday"),
        ("created_after", "2026-02-30"),
        ("created_before", "9999-12-31T23:59:59-12:00"),
        ("created_before", "0001-01-01T00:00:00+12:00"),
        ("is_spam", "perhaps"),
        ("q", "a\0b"),
        ("q", "x" * 201),
        ("cursor", "nonsense"),
        ("cursor", "a"),
        ("cursor", "a" + "é"),
        ("page_size", "0"),
        ("page_size", "101"),
        ("page_size", "²"),
    ],
)
def test_a_value_that_makes_no_sense_is_400_and_named(api, parameter, value):
    response = api.get(LIST, **{parameter: value})
    assert response.status_code == 400, response.content
    (error,) = response.json()["errors"]
    assert error["attr"] == parameter
    assert error["detail"]


def test_a_long_list_takes_as_many_queries_as_a_short_one(
    api, ann, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(count):
        for number in range(count):
            message = make_message(ann, listing=make_listing(ann.business, f"Bike {number}"))
            make_reply(message, ann)

    fill(2)
    with django_assert_max_num_queries(16) as short:
        api.get(LIST)
    fill(6)
    with django_assert_num_queries(len(short)):
        assert len(ids(api.get(LIST))) == 8


def test_unread_conversations_are_counted_by_listing(api, ann):
    blue, red = make_listing(ann.business), make_listing(ann.business, "Red bike")
    make_message(ann, listing=blue), make_message(ann, listing=blue)
    make_message(ann, listing=red).mark_as_read()
    make_message(ann)
    assert api.get("business/messages/unread/").json() == {
        "total": 3,
        "by_listing": [{"listing": str(blue.pk), "title": "Blue bike", "unread": 2}],
    }
