"""Providers' words for what became of a message, and ours.

Twilio: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
Anymail: https://anymail.dev/en/stable/sending/tracking/#normalized-tracking-event
"""

from django.utils.translation import gettext_noop as _

from channels_out.adapters.twilio_codes import error_of
from channels_out.errors import BadAddress, OptedOut, SendError
from channels_out.state import State

TWILIO: dict[str, State] = {
    "accepted": State.SENT,
    "scheduled": State.SENT,
    "queued": State.SENT,
    "sending": State.SENT,
    "sent": State.SENT,
    "partially_delivered": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}

SOFT_BOUNCE = "soft_bounce"
"""Our word for a mail that came back and leaves it open that its address is right: a full mailbox, a policy."""

MAIL: dict[str, State] = {
    "queued": State.SENT,
    "sent": State.SENT,
    "deferred": State.SENT,
    "delivered": State.DELIVERED,
    "autoresponded": State.DELIVERED,
    "complained": State.DELIVERED,
    "unsubscribed": State.DELIVERED,
    "opened": State.READ,
    "clicked": State.READ,
    "bounced": State.FAILED,
    "rejected": State.FAILED,
    SOFT_BOUNCE: State.FAILED,
    "failed": State.FAILED,
}

WORDS: dict[str, dict[str, State]] = {"twilio": TWILIO}
"""Tables by provider; those not named here are mail providers and speak Anymail's words."""

UNWANTED = frozenset({"complained", "unsubscribed"})
"""Words by which a reader of mail says that he wants no more of it."""

LEFT_OUT = "left_out"
"""Our word for a copy that was not sent, as its reader wants no more mail."""

BOUNCES = frozenset({"bounced", "rejected"})
"""Words by which a provider gives an address up, for whatever reason."""

REJECTED_AS = {
    "unsubscribed": "unsubscribed",
    "spam": "complained",
    "bounced": "bounced",
    "invalid": "bounced",
}
"""What a provider knew of an address that it would not write to, by Anymail's reasons, as its own word says it."""

COPY_FAILED = frozenset({*BOUNCES, SOFT_BOUNCE, "failed", LEFT_OUT, *UNWANTED})
"""Words for a copy of a mail that did not arrive, or was not wanted."""

MAY_BE_RIGHT = _(
    "The mail did not arrive, though the address may be right: its mailbox may be full, or a mail"
    " server refused this mail."
)
LATER = _("Try again later, or use another channel.")
ANOTHER = _("Use another channel.")
REJECTED = _("The mail provider refuses to write to this address, as earlier mail to it came back.")


def state_of(provider: str, word: str) -> State | None:
    """Our word for a provider's, or None for one we do not know."""
    return WORDS.get(provider, MAIL).get(word.lower())


def failure_of(provider: str, word: str, code: str) -> SendError:
    """Why it failed, as far as the provider says."""
    if provider == "twilio":
        return error_of(code)
    if word.lower() == "rejected" and REJECTED_AS.get(code) in UNWANTED:
        return OptedOut(error_code=code, next_step=ANOTHER)
    if word.lower() == "rejected":
        return BadAddress(error_code=code, reason=REJECTED)
    if word.lower() == SOFT_BOUNCE:
        return SendError(error_code=code, reason=MAY_BE_RIGHT, next_step=LATER)
    return (BadAddress if word.lower() == "bounced" else SendError)(error_code=code)
