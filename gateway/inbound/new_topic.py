"""A reply address proves the parties, not the topic: mail programs remember it for years."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from gateway.inbound.find_mail import by_provider_id, by_reference
from gateway.inbound.messages import InboundMail
from gateway.models import CustomerMessage

NEW_TOPIC = "new_topic"
QUIET = timedelta(weeks=3)
MOST_TOPICS = 50  # of one reply address are looked at; who got hold of it may begin thousands
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


def begun_before(mail: InboundMail, message: CustomerMessage) -> CustomerMessage | None:
    """The conversation that he began before by the same reply address, and goes on with now.

    Until somebody answers he has its address from nobody: he answers his own mail, or writes under its subject.
    """
    begun = (
        CustomerMessage.objects.select_related("merged_into", "business", "contact")
        .filter(follows=message, contact=message.contact_id, filed_by=NEW_TOPIC)
        .order_by("-created_at")
    )
    own_ids = [each for each in (*mail.in_reply_to, *mail.references) if each]
    answered = begun.filter(mail_id__in=own_ids).first()
    topic = _topic(mail.subject)
    alike = (each for each in begun[:MOST_TOPICS] if _topic(each.subject) == topic)
    return answered or next(alike, None)


def _topic(subject: str) -> str:
    return " ".join(_PREFIXES.sub("", subject).split()).casefold()
