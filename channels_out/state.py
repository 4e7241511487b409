"""The one vocabulary of what became of a message, and the rule that it only moves forward."""

from django.db.models import TextChoices

from channels_out.channel import Channel


class State(TextChoices):
    """Where a delivery, or one attempt at it, stands."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    READ = "read", "Read"
    FAILED = "failed", "Failed"
    IN_DOUBT = "in_doubt", "In doubt"
    CANCELLED = "cancelled", "Cancelled"


class OnDoubt(TextChoices):
    """What to do about a send whose outcome nobody can be asked about."""

    ASK = "ask", "Wait for a person's word"
    RESEND = "resend", "Send again under the same Message-ID"


UNFINISHED = (State.QUEUED, State.SENDING, State.IN_DOUBT)
ARRIVED = (State.SENT, State.DELIVERED, State.READ)

# A phone network may report a failure and the handset a receipt a minute later: the receipt is
# the better witness.
PHONE_ORDER = (State.SENT, State.FAILED, State.DELIVERED, State.READ)

# "Delivered" in email only says that the next server took it; the bounce that follows is the truth
# (RFC 3464). An "open" may be a scanner on the way.
EMAIL_ORDER = (State.SENT, State.DELIVERED, State.READ, State.FAILED)

_PHONE_STRENGTH = {str(state): place for place, state in enumerate(PHONE_ORDER)}
_MAIL_STRENGTH = {str(state): place for place, state in enumerate(EMAIL_ORDER)}


def is_news(channel: str, current: str, reported: str) -> bool:
    """Whether `reported` is stronger evidence than `current`.

    Evidence is totally ordered for each channel, so reports that come late, twice or in any order
    end in the same state.
    """
    strength = _MAIL_STRENGTH if channel == Channel.EMAIL else _PHONE_STRENGTH
    return strength.get(reported, -1) > strength.get(current, -1)
