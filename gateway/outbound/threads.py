"""In which thread of its reader's mail program a mail of ours stands (RFC 5322 section 3.6.4)."""

from __future__ import annotations

import re
from datetime import datetime
from operator import itemgetter

from django.db.models.functions import Lower

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.models import CustomerMessage, Direction, Dispatch, Participant
from gateway.participants import customer_of
from gateway.tokens import signed_in

REFERENCES_KEPT = 10
LONGEST_ID = 500  # in characters; mail programs write up to about 200
_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")

Headers = tuple[tuple[str, str], ...]
Sent = list[tuple[datetime, str]]


def id_of_others(text: str) -> str:
    """A stranger's Message-ID, where it may stand in a header of ours and is not one that we signed; else nothing."""
    may_stand = len(text) <= LONGEST_ID and _ID.fullmatch(text)
    return text if may_stand and signed_in(text) is None else ""


def earlier_ids(participant: Participant) -> list[str]:
    """The Message-IDs of the last mails to this participant, oldest first."""
    return [each for _, each in _sent_to(participant)]


def below(ids: list[str]) -> Headers:
    """What puts a mail below the last of these."""
    return (("In-Reply-To", ids[-1]), ("References", " ".join(ids))) if ids else ()


def with_own(ids: list[str], own_id: str, answered: str = "") -> Headers:
    """What puts a mail below the last of these, or the one that it answers, and its own answers below it.

    Amazon SES replaces our Message-ID but leaves References alone, so our own id travels there too.
    """
    answered = answered or next(reversed(ids), "")
    in_reply_to = (("In-Reply-To", answered),) if answered else ()
    return (*in_reply_to, ("References", " ".join([*ids, own_id])))


def with_customer(message: CustomerMessage, address: str, own_id: str) -> Headers:
    """What puts a mail to one of the customer's addresses below what he last wrote from there.

    Of what went to and fro before, the first and the last are named: long References break mail servers.
    """
    his = _written_from(message, address)
    passed = sorted([*his, *_sent_to(customer_of(message))], key=itemgetter(0))
    ids = list(dict.fromkeys(each for _, each in passed))
    kept = [*ids[:1], *ids[1:][-REFERENCES_KEPT:]]
    return with_own(kept, own_id, answered=his[-1][1] if his else "")


def _written_from(message: CustomerMessage, address: str) -> Sent:
    """What the customer mailed from one address: what opened the conversation, and the last, oldest first."""
    same = normalize(Channel.EMAIL, address)
    mails = message.replies.filter(
        direction=Direction.INBOUND, channel=Channel.EMAIL, by_partner=False, is_automatic=False
    ).exclude(mail_id="")
    theirs = mails.alias(writer=Lower("from_address")).filter(writer=same)
    newest = theirs.order_by("-created_at", "-id").values_list("created_at", "mail_id")
    is_first = message.channel == Channel.EMAIL and message.mail_id and not message.is_automatic
    opened = is_first and normalize(Channel.EMAIL, message.sender_email) == same
    first = [(message.created_at, message.mail_id)] if opened else []
    return sorted([*first, *[*newest[:REFERENCES_KEPT]][::-1]], key=itemgetter(0))


def _sent_to(participant: Participant) -> Sent:
    earlier = Dispatch.objects.filter(participant=participant, delivery__channel=Channel.EMAIL)
    newest = earlier.order_by("-created_at").values_list("created_at", "delivery__message_id")
    return [*newest[:REFERENCES_KEPT]][::-1]
