"""Reading, changing and throwing away one conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_out.models import Delivery
from gateway.inbound.messages import InboundFile
from gateway.models import Dispatch, Role, UnreadCounter
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)


def path_of(message):
    return f"business/messages/{message.pk}/"


def test_reading_shows_all_replies_in_order_and_marks_as_read(api, ann):
    sender = make_sender(ann.business)
    message = make_text(sender, "+14155550101", "Hi there").message
    for number in range(11):
        make_reply(message, ann, f"answer {number}")
    make_text(sender, "+14155550101", "Thanks")
    shown = api.get(path_of(message)).json()
    assert [reply["reply"] for reply in shown["replies"]] == [
        *(f"answer {number}" for number in range(11)),
        "Thanks",
    ]
    assert (shown["status"], shown["unread"]) == ("read", False)
    assert shown["read_at"]
    message.refresh_from_db()
    assert message.status == "read"


def test_an_answer_says_how_far_it_is_and_a_customers_message_how_it_was_filed(api, ann):
    sender = make_sender(ann.business)
    message = make_text(sender, "+14155550101", "Hi there").message
    make_reply(message, ann)
    make_text(sender, "+14155550101", "Thanks")
    answer, thanks = api.get(path_of(message)).json()["replies"]
    assert answer["delivery"] == {"state": "queued", "reason": "", "next_step": ""}
    assert (answer["direction"], answer["channel"]) == ("outbound", "sms")
    assert answer["sender"] == str(ann.user.pk)
    assert (thanks["direction"], thanks["filed_by"]) == ("inbound", "number")
    assert (thanks["sender"], thanks["delivery"]) == (None, None)
    assert thanks["filed_by_words"] == (
        "Filed by your own number (SMS), under the newest conversation on it."
    )
    assert (thanks["filed_certain"], answer["filed_by_words"]) == (False, "")


def test_a_message_that_the_provider_gave_us_late_says_when(api, ann):
    sender = make_sender(ann.business)
    sent, now = timezone.now() - timedelta(hours=2), timezone.now()
    message = make_text(sender, "+14155550101", "Hi", received_at=sent, recovered_at=now).message
    make_text(sender, "+14155550101", "Hello?")
    shown = api.get(path_of(message)).json()
    assert parse_datetime(shown["created_at"]) == sent
    assert parse_datetime(shown["recovered_at"]) == now
    assert shown["replies"][0]["recovered_at"] is None


def test_an_answer_in_parts_is_as_far_as_its_last_part(api, ann):
    message = make_text(make_sender(ann.business), "+14155550101", "Hi there").message
    reply = make_reply(message, ann, "word " * 700)
    first, *_, last = Dispatch.objects.filter(reply=reply).order_by("id")
    Delivery.objects.filter(pk=first.delivery_id).update(state="delivered")
    Delivery.objects.filter(pk=last.delivery_id).update(
        state="failed", reason="The phone is off.", next_step="Write a mail."
    )
    (shown,) = api.get(path_of(message)).json()["replies"]
    assert shown["delivery"] == {
        "state": "failed",
        "reason": "The phone is off.",
        "next_step": "Write a mail.",
    }


def test_files_have_a_whole_address_and_those_still_at_the_provider_none(api, ann):
    files = (
        InboundFile("bike.jpg", "image/jpeg", b"\xff\xd8\xffpicture"),
        InboundFile("later.jpg", "image/jpeg", source_url="https://provider.example/media"),
    )
    message = make_text(make_sender(ann.business), "+14155550101", "Look", files).message
    here, later = api.get(path_of(message)).json()["attachments"]
    assert (here["name"], here["content_type"], here["size"]) == ("bike.jpg", "image/jpeg", 10)
    assert here["url"] == f"https://gateway.test/attachments/{here['id']}/"
    assert (later["state"], later["url"]) == ("pending", None)


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}]
)
def test_a_prefetch_does_not_mark_as_read(api, ann, headers):
    message = make_message(ann)
    response = api.client.get(f"/api/{path_of(message)}", headers=headers)
    assert response.json()["unread"] is True


def test_head_does_not_mark_as_read(api, ann):
    message = make_message(ann)
    assert api.client.head(f"/api/{path_of(message)}").status_code == 200
    message.refresh_from_db()
    assert message.status == "unread"


def test_an_agent_reads_without_marking_and_changes_nothing(ann, caller_for):
    agent = caller_for(make_member(ann.business, Role.AGENT).user)
    message = make_message(ann)
    assert agent.get(path_of(message)).json()["unread"] is True
    assert agent.patch(path_of(message), {"is_spam": True}).status_code == 403
    assert agent.delete(path_of(message)).status_code == 403
    assert agent.post(f"{path_of(message)}reply/", {"reply": "Hi"}).status_code == 403


def test_changes_are_shown_and_counted(api, ann):
    blue, red = make_listing(ann.business), make_listing(ann.business, "Red bike")
    message = make_message(ann, listing=blue)
    assert api.patch(path_of(message), {"listing": str(red.pk)}).json()["listing"] == {
        "id": str(red.pk),
        "title": "Red bike",
    }
    counters = {row.listing_id: row.unread for row in UnreadCounter.objects.all()}
    assert counters == {None: 1, blue.pk: 0, red.pk: 1}
    shown = api.patch(path_of(message), {"is_spam": True, "listing": None}).json()
    assert (shown["is_spam"], shown["listing"], shown["unread"]) == (True, None, False)
    assert not UnreadCounter.objects.filter(unread__gt=0).exists()


def test_status_and_the_archive_flag_always_agree(api, ann):
    message = make_message(ann)
    for changes, status, archived in (
        ({"is_archived": True}, "archived", True),
        ({"is_archived": False}, "read", False),
        ({"status": "archived"}, "archived", True),
        ({"status": "unread"}, "unread", False),
        ({"status": "archived", "is_archived": True}, "archived", True),
        ({"status": "read", "is_archived": False}, "read", False),
        ({}, "read", False),
    ):
        shown = api.patch(path_of(message), changes).json()
        assert (shown["status"], shown["is_archived"]) == (status, archived)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"subject": "Mine", "business": "x"}, {"subject", "business"}),
        ({"status": "archived", "is_archived": False}, {"non_field_errors"}),
        ({"status": "lost"}, {"status"}),
        ({"is_spam": "perhaps"}, {"is_spam"}),
        ({"is_spam": None}, {"is_spam"}),
        ({"listing": "not-an-id"}, {"listing"}),
        ({"listing": 10**40}, {"listing"}),
        ({"listing": {"id": 1}}, {"listing"}),
        ([], {"non_field_errors"}),
    ],
)
def test_a_change_that_makes_no_sense_is_400_and_named(api, ann, changes, named):
    response = api.patch(path_of(make_message(ann)), changes)
    assert response.status_code == 400
    assert {error["attr"] for error in response.json()["errors"]} == named


def test_a_listing_of_another_business_is_as_unknown_as_none(api, ann):
    foreign = make_listing(make_member().business)
    response = api.patch(path_of(make_message(ann)), {"listing": str(foreign.pk)})
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "does_not_exist"


def test_deleting_takes_it_out_of_reach(api, ann):
    message = make_message(ann)
    response = api.delete(path_of(message))
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(path_of(message)).status_code == 404
    assert api.delete(path_of(message)).status_code == 404
    message.refresh_from_db()
    assert message.deleted_at


def test_a_long_conversation_takes_as_many_queries_as_a_short_one(
    api, ann, django_assert_max_num_queries, django_assert_num_queries
):
    message = make_message(ann)
    message.mark_as_read()
    make_reply(message, ann), make_reply(message, ann)
    with django_assert_max_num_queries(15) as short:
        api.get(path_of(message))
    for _ in range(5):
        make_reply(message, ann)
    with django_assert_num_queries(len(short)):
        assert len(api.get(path_of(message)).json()["replies"]) == 7
