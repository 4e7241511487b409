"""The verdict sees what it must see."""

from __future__ import annotations

import pytest

from tests.chaos.verdict import Message, is_backward, overtaken


def message(state: str = "sent", *said: list[str], **changes: object) -> Message:
    """A text that ended so; one list of the provider's words for each time it took it."""
    taken = [
        {"number": number, "provider_id": "SM1", "said": words} for number, words in enumerate(said)
    ]
    usual = {
        "id": "1",
        "channel": "sms",
        "to": "+1",
        "lane": "chaos 1",
        "on_doubt": "ask",
        "has_no_date": True,
        "error": "unreachable" if state == "failed" else "",
        "message_id": "",
    }
    return Message(**{**usual, "state": state, "taken": taken, **changes})


@pytest.mark.parametrize(
    "lost",
    [
        message("queued"),
        message("sending", []),
        message("in_doubt", [], has_no_date=False),
        message("sent"),
        message("failed", error=""),
        message("failed", ["sent", "delivered"]),
    ],
)
def test_it_sees_what_is_lost(lost):
    assert lost.is_lost


@pytest.mark.parametrize(
    "safe",
    [
        message("sent", []),
        message("delivered", ["delivered", "sent"]),
        message("failed"),
        message("failed", ["undelivered"]),
        message("in_doubt"),
    ],
)
def test_what_has_a_named_end_is_not_lost(safe):
    assert not safe.is_lost
    assert not safe.differs


def test_it_sees_a_state_that_is_not_the_providers():
    assert message("sent", ["sent", "delivered"]).differs
    assert message("failed", ["undelivered", "delivered"]).differs
    assert message("delivered", ["Delivery", "Bounce"], channel="email").differs


def test_it_sees_what_was_overtaken():
    first, second = message("sent", []), message("sent", [], id="2")
    first.taken[0]["number"] = 2
    assert [*overtaken([first, second])]
    assert not [*overtaken([second, first])]


@pytest.mark.parametrize(
    ("channel", "was", "became", "backward"),
    [
        ("sms", "queued", "sending", False),
        ("sms", "in_doubt", "queued", False),
        ("sms", "failed", "delivered", False),
        ("email", "delivered", "failed", False),
        ("sms", "delivered", "failed", True),
        ("sms", "delivered", "sent", True),
        ("sms", "sent", "queued", True),
        ("sms", "failed", "sending", True),
    ],
)
def test_it_sees_a_state_that_moved_backward(channel, was, became, backward):
    assert is_backward(("1", channel, was, became)) == backward
