"""A member begins a conversation over REST."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.models import Consent, CustomerMessage, Membership, Role
from tests.factories import make_business, make_listing, make_member, make_sender
from tests.gateway.api.conftest import Caller

PATH = "business/messages/begin/"
BY_EMAIL = {
    "name": "Maya Okafor",
    "reply_by": "email",
    "email": "maya@home.example",
    "asked": "Is the blue bike still there?",
    "reply": "Yes, it is.",
}
BY_SMS = BY_EMAIL | {"reply_by": "sms", "email": "", "phone": "+14155550199", "consent": "phone"}


def test_what_the_customer_asked_opens_it_and_the_message_goes_out(
    api: Caller, ann: Membership
) -> None:
    make_sender(ann.business)
    made = api.post(
        PATH, BY_SMS | {"consent_words": "Text me", "listing": make_listing(ann.business).pk}
    )
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["message"], shown["status"]) == ("Is the blue bike still there?", "replied")
    assert (shown["filed_by"], shown["listing"]["title"]) == ("taken", "Blue bike")
    assert [(r["reply"], r["channel"]) for r in shown["replies"]] == [("Yes, it is.", "sms")]
    assert (Consent.objects.get().source, Consent.objects.get().words) == ("phone", "Text me")


@pytest.mark.parametrize(
    ("changed", "attr"),
    [
        ({"email": ""}, "email"),
        ({"reply_by": "sms", "phone": "+14155550199"}, "consent"),
        ({"reply_by": "sms", "consent": "phone"}, "phone"),
        ({"reply_by": "pigeon"}, "reply_by"),
        ({"reply": " "}, "reply"),
        ({"business": "01890000-0000-7000-8000-000000000000"}, "business"),
    ],
)
def test_what_is_missing_is_named(
    api: Caller, ann: Membership, changed: dict[str, Any], attr: str
) -> None:
    refused = api.post(PATH, BY_EMAIL | changed)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == attr


def test_a_channel_that_does_not_lead_there_leaves_nothing_behind(
    api: Caller, ann: Membership
) -> None:
    refused = api.post(PATH, BY_SMS)  # the business has no number
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_reachable")
    assert not CustomerMessage.objects.exists()


def test_for_whom_is_asked_where_there_are_several_and_no_agent_begins_one(
    api: Caller, ann: Membership, caller_for
) -> None:
    flats = make_member(make_business("Ben's Flats"), user=ann.user)
    assert api.post(PATH, BY_EMAIL).json()["errors"][0]["attr"] == "business"
    theirs = BY_EMAIL | {"business": str(flats.business_id)}
    assert api.post(PATH, theirs).json()["business"] == str(flats.business_id)
    strange = theirs | {"listing": str(make_listing(ann.business).pk)}
    assert api.post(PATH, strange).json()["errors"][0]["attr"] == "listing"
    agent = caller_for(make_member(ann.business, Role.AGENT).user)
    assert agent.post(PATH, BY_EMAIL).status_code == 403


def test_the_same_key_begins_one(api: Caller, ann: Membership) -> None:
    for _ in range(2):
        made = api.post(PATH, BY_EMAIL, headers={"Idempotency-Key": "one"})
        assert made.status_code == 201
    assert CustomerMessage.objects.count() == 1
