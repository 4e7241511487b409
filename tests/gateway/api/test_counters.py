"""The kept counters are what counting would give, whatever happened in whatever order."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.models import Business, CustomerMessage, UnreadCounter
from gateway.states import restore
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_sender,
    make_text,
)
from tests.gateway.api.conftest import Caller

ACTIONS = (
    "form",
    "text",
    "read",
    "reply",
    "delete",
    "restore",
    {"status": "unread"},
    {"is_archived": True},
    {"is_archived": False},
    {"is_spam": True},
    {"is_spam": False},
    {"snoozed_until": (timezone.now() + timedelta(days=1)).isoformat()},
    {"snoozed_until": None},
    {"no_answer_needed": True},
    {"no_answer_needed": False},
    {"listing": None},
    {"listing": 0},
    {"listing": 1},
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2)), max_size=14))
def test_unread_counters_equal_a_real_count(db, caller_for, steps):
    member = make_member()
    api = caller_for(member.user)
    sender = make_sender(member.business)
    listings = [make_listing(member.business, title) for title in ("Blue bike", "Red bike")]
    messages = [make_message(member, listing=listing) for listing in (*listings, None)]
    for action, number in steps:
        act(api, member, sender, listings, messages[number], action)
    assert kept(member.business) == counted(member.business)
    shown = api.get("business/messages/unread/").json()
    assert shown["total"] == counted(member.business).get(None, 0)


def act(api: Caller, member, sender, listings, message, action) -> None:
    path = f"business/messages/{message.pk}/"
    if action == "form":
        make_message(member, listing=listings[0])
    elif action == "text":
        make_text(sender, "+14155550101", "Hi")
    elif action == "read":
        api.get(path)
    elif action == "reply":
        api.post(f"{path}reply/", {"reply": "Hello"})
    elif action == "delete":
        api.delete(path)
    elif action == "restore":
        restore(message.pk)
    elif isinstance(action.get("listing"), int):
        api.patch(path, {"listing": str(listings[action["listing"]].pk)})
    else:
        api.patch(path, action)


def kept(business: Business) -> dict:
    rows = UnreadCounter.objects.filter(business=business, unread__gt=0)
    return {row.listing_id: row.unread for row in rows}


def counted(business: Business) -> dict:
    counts: dict = {}
    for message in CustomerMessage.objects.filter(business=business):
        if message.unread:
            for key in {None, message.listing_id}:
                counts[key] = counts.get(key, 0) + 1
    return counts
