"""A reply address proves the parties, not the topic: mail programs remember it for years."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from gateway.inbound.find_mail import by_provider_id, by_reference
from gateway.inbound.messages import InboundMail
from gateway.models import CustomerMessage

QUIET = timedelta(weeks=3)
# "Re:", "AW:", "Fwd:", "Antw:", "RE[2]:" and the like: a word of up to five letters before a colon.
_PREFIXES = re.compile(r"^(?:\s*[^\W\d_]{1,5}(?:\[\d+\])?\s*[:\uff1a])+")


def looks_new(mail: InboundMail, message: CustomerMessage) -> bool:
    """Whether a customer's mail to the reply address of a conversation may be about something else.

    It answers no mail of ours and has another subject.
    """
    if mail.automatic or _topic(mail.subject) in ("", _topic(message.subject)):
        return False
    return not (by_reference(mail) or by_provider_id(mail))


def is_over(message: CustomerMessage) -> bool:
    """Whether what looks new begins another conversation: this one is long quiet, or its listing is gone."""
    is_listing_gone = bool(message.listing_snapshot) and message.listing_id is None
    return is_listing_gone or message.last_activity_at < timezone.now() - QUIET


def _topic(subject: str) -> str:
    return " ".join(_PREFIXES.sub("", subject).split()).casefold()
