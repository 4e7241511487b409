"""How the journey of one journalled request ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import models

from gateway.inbound.messages import Received
from gateway.models import CustomerMessage, HeldItem, MessageReply


class Outcome(models.TextChoices):
    """The door's outcomes (`gateway.inbound.messages.Outcome`) and those of requests without a message."""

    FILED = "filed", "Filed under a conversation"
    RELAYED = "relayed", "An owner's answer, on its way to the customer"
    DUPLICATE = "duplicate", "Taken in before"
    HELD = "held", "Stored; a person must settle it"
    AUTOMATIC = "automatic", "Written by a machine; stored, never relayed"
    SPAM = "spam", "Stored as spam"
    REFUSED = "refused", "Refused, with the reason"
    STATUS_RECORDED = "status_recorded", "Status of a message recorded"
    UNMATCHED = "unmatched", "Matches nothing of ours"
    NOTED = "noted", "A test call or a confirmation; nothing to take in"
    FAILED = "failed", "Failed; tried again, or waiting for a fix"


@dataclass(frozen=True)
class Ended:
    """One outcome, why, and what the request became."""

    outcome: Outcome
    detail: str = ""
    message: CustomerMessage | None = None
    reply: MessageReply | None = None
    held: HeldItem | None = None

    @classmethod
    def of(cls, received: Received) -> Ended:
        """What the door in answered, in the journal's words."""
        return cls(
            Outcome(received.outcome.value),
            received.detail,
            received.message,
            received.reply,
            received.held,
        )


def first_of(ends: Sequence[Ended], nothing: Ended) -> Ended:
    """One end for a request that carried several things: the most telling, the others named beside.

    A request that carried none ended as `nothing`.
    """
    if not ends:
        return nothing
    ranked = sorted(ends, key=lambda ended: _WEIGHT.index(ended.outcome))
    others = [f"also {ended.outcome.value}: {ended.detail}".rstrip(": ") for ended in ranked[1:]]
    return replace(ranked[0], detail="\n".join(filter(None, [ranked[0].detail, *others])))


_WEIGHT = (
    Outcome.FAILED,
    Outcome.HELD,
    Outcome.RELAYED,
    Outcome.FILED,
    Outcome.SPAM,
    Outcome.AUTOMATIC,
    Outcome.REFUSED,
    Outcome.STATUS_RECORDED,
    Outcome.UNMATCHED,
    Outcome.DUPLICATE,
    Outcome.NOTED,
)
