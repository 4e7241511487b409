"""WhatsApp templates as the tests' businesses have them."""

from __future__ import annotations

from typing import Any

from gateway.models import Membership, WhatsAppTemplate

ANSWER = "Hello {{1}}, {{2}} has answered you: {{3}} You can write back here."
INVITATION = "Hello {{1}}, {{2}} has an answer for you. Write back, and you get it."


def make_template(member: Membership, **fields: Any) -> WhatsAppTemplate:
    """One that carries the answer."""
    usual = {
        "name": "Your answer",
        "content_sid": f"HX{'a' * 32}",
        "language": "en",
        "body": ANSWER,
        "places": {"1": "customer", "2": "business", "3": "answer"},
    }
    return WhatsAppTemplate.objects.create(business=member.business, **{**usual, **fields})


def make_invitation(member: Membership) -> WhatsAppTemplate:
    """One that asks the customer to write first."""
    return make_template(
        member,
        name="Please write",
        content_sid=f"HX{'b' * 32}",
        body=INVITATION,
        places={"1": "customer", "2": "business"},
    )
