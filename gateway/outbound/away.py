"""The away answer: a customer who writes outside opening hours is told so, once a day.

Never to a form, whose address may be anybody's, nor to what is automatic, in doubt or too fast: two
machines that answer each other come to rest after one answer each (RFC 3834 section 2).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from channels_out.models import Sender
from gateway.addresses import normalize
from gateway.models import AwaySent, Business, CustomerMessage
from gateway.opening import is_open
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.brakes import BRAKE_TIME, MOST_NOTICES, is_held_back
from gateway.outbound.ways import NotReachable, choose

ONCE_IN = timedelta(hours=24)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """What a customer just wrote: from where, and to which number of ours."""

    channel: str
    from_address: str
    our_number: Sender | None


def answer_if_away(message: CustomerMessage, written: Written) -> None:
    """Answers what was just filed in a conversation, on the channel it came by, if its business is closed.

    In the transaction that filed it, after the conversation's last change. It never counts as an answer.
    """
    business = message.business
    if not business.answers_when_closed or is_open(business, timezone.now()):
        return
    if not _leads_back(message, written) or is_held_back(message) or _answers_many(business):
        return
    answer = Answer(
        message_id=message.pk,
        author=None,
        text=business.away_text,
        channel=written.channel,
        is_automatic=True,
    )
    if _is_first(message):
        try:
            post_reply(answer)
        except NotReachable as error:
            log.info("No away answer in conversation %s: %s", message.pk, error)


def _leads_back(message: CustomerMessage, written: Written) -> bool:
    """Whether the way on this channel leads to just where it was written from, by the number it came to."""
    try:
        way = choose(message, written.channel)
    except NotReachable:
        return False
    came_from = normalize(written.channel, written.from_address)
    is_his = normalize(written.channel, way.address) == came_from
    return is_his and way.sender == written.our_number and way.template is None


def _answers_many(business: Business) -> bool:
    """A robot that gives itself a new address for each message, or many addresses that were forged."""
    lately = AwaySent.objects.filter(business=business, sent_at__gte=timezone.now() - BRAKE_TIME)
    return lately[:MOST_NOTICES].count() == MOST_NOTICES


def _is_first(message: CustomerMessage) -> bool:
    """Whether the customer got none within a day; from now on he has got one."""
    now = timezone.now()
    row, is_fresh = AwaySent.objects.get_or_create(
        contact_id=message.contact_id,
        defaults={"business_id": message.business_id, "sent_at": now},
    )
    earlier = AwaySent.objects.filter(pk=row.pk, sent_at__lte=now - ONCE_IN)
    return is_fresh or bool(earlier.update(sent_at=now))
