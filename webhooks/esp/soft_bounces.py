"""Bounces that say nothing against the address: Anymail calls them `bounced` like the others.

What each provider says beside is in a table, by its own pages:
Amazon SES: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
Brevo: https://developers.brevo.com/docs/transactional-webhooks
MailerSend: https://developers.mailersend.com/api/v1/webhooks.html
Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/events/events
Mailjet: https://dev.mailjet.com/email/guides/webhooks/#possible-values-for-errors
Mandrill: https://mailchimp.com/developer/transactional/docs/webhooks/
Postal: https://docs.postalserver.io/developer/webhooks
Postmark: https://postmarkapp.com/developer/api/bounce-api#bounce-types
Resend: https://resend.com/docs/webhooks/emails/bounced
SendGrid: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
SparkPost: https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
Unisender Go: https://godocs.unisender.ru/web-api-ref#callback-format
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from webhooks.esp.bounces import NOT_OF_THE_ADDRESS


class Said(NamedTuple):
    """A field of a provider's event, and the words in it by which the address may be right."""

    path: str
    words: frozenset[str]


def _said(path: str, *words: str) -> Said:
    return Said(path, frozenset(words))


SOFT: dict[str, tuple[Said, ...]] = {
    "amazon_ses": (
        _said("bounce.bounceType", "transient", "undetermined"),
        _said("eventType", "reject"),
    ),
    "brevo": (_said("event", "soft_bounce"),),
    "mailersend": (_said("data.type", "soft_bounced"),),
    "mailgun": (
        _said("event-data.delivery-status.bounce-type", "soft"),
        _said("event-data.reason", "espblock", "greylisted", "old"),
    ),
    "mailjet": (
        _said("hard_bounce", "false"),
        _said("error", "quota exceeded", "sender blocked", "content blocked", "policy issue"),
        _said("error", "system issue", "protocol issue", "connection issue"),
    ),
    "mandrill": (_said("event", "soft_bounce"),),
    # It tells that a report came back, but nothing of what is in it.
    "postal": (_said("event", "messagebounced"),),
    "postmark": (_said("Type", "softbounce", "virusnotification", "blocked", "dmarcpolicy"),),
    "resend": (_said("data.bounce.type", "transient", "undetermined"),),
    "sendgrid": (_said("type", "blocked", "expired"),),
    "sparkpost": (
        _said(
            "msys.message_event.bounce_class",
            *["1", "20", "21", "22", "23", "24", "40", "50", "51", "52", "53", "54", "70"],
        ),
    ),
    "unisender_go": (
        _said("delivery_info.delivery_status", "err_mailbox_full", "err_too_large", "err_lost"),
        _said("delivery_info.delivery_status", "err_spam_rejected", "err_spam_skipped"),
    ),
}
# Where the receiving server's code stands by itself.
CODES: dict[str, tuple[str, ...]] = {
    "mailgun": (
        "event-data.delivery-status.enhanced-code",
        "event-data.delivery-status.code",
        "code",
    ),
    "mailtrap": ("response_code",),
    "sendgrid": ("status",),
}
# Of RFC 3463, but no address of a machine.
ENHANCED = re.compile(r"(?<![\w.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\w)")
# Of RFC 5321: lost patience, and a full mailbox.
BASIC = re.compile(r"(?:smtp;\s*)?(?:4\d\d|552)\b")


def may_be_right(provider: str, event: dict[str, Any], answer: str) -> bool:
    """Whether a provider's `event` of a mail that came back leaves it open that its address is right.

    `answer` is what the receiving server said, if known. Doubt speaks for the address.
    """
    if any(_at(event, said.path) in said.words for said in SOFT.get(provider, ())):
        return True
    codes = [_at(event, path) for path in CODES.get(provider, ())]
    return any(_is_soft(each) for each in (*codes, answer))


def _at(event: Any, path: str) -> str:
    for name in path.split("."):
        event = event.get(name) if isinstance(event, dict) else None
    return "" if event is None else str(event).strip().casefold()


def _is_soft(answer: str) -> bool:
    """Servers that speak no enhanced codes are read by the plain one in front."""
    if codes := ENHANCED.findall(answer):
        return any(NOT_OF_THE_ADDRESS.fullmatch(code) for code in codes)
    return BASIC.match(answer) is not None
