"""An answer that failed for good goes out on another channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.errors import WindowClosed
from channels_out.outbox import NotPossible, cancel
from channels_out.state import ARRIVED, UNFINISHED, State
from gateway.addresses import normalize
from gateway.models import CustomerMessage, Dispatch, MessageReply
from gateway.outbound.answer import dispatch, locked_way
from gateway.outbound.failures import NOT_ARRIVED, look_again
from gateway.outbound.progress import PURPOSE, lock_standing, parts_of
from gateway.outbound.ways import Draft, Way, choose, ways_to
from gateway.states import changing

# From the one that is most likely read at once to the one that takes any text.
ORDER = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True)
class Remaining:
    """What remains for a failed answer: ways that were not tried, the best first, or `why_none`, as a sentence.

    `is_partly_there` says that some of it reached the customer.
    """

    ways: list[Way]
    why_none: str
    is_partly_there: bool


def send_another_way(reply: MessageReply, channel: str) -> None:
    """Sends a failed answer by `channel` instead; what failed stays on record as replaced.

    Only where all of it failed for good, so that nothing reaches the customer twice. Raises
    NotPossible and NotReachable, each with a sentence that says why.
    """
    with transaction.atomic():
        way = locked_way(lambda: choose(_whole(reply), channel, _draft(reply)))
        lock_standing(reply)
        _give_up(reply)
        with changing(reply.message_id) as message:
            current = message.replies.filter(pk=reply.pk).first()
            if current is None:
                raise NotPossible(_("This answer was moved to another conversation meanwhile."))
            _standing(current).update(is_replaced=True)
            current.channel = way.channel
            current.save(update_fields=["channel"])
            look_again(message)
        dispatch(message, current, way)


def cannot_be_repeated(reply: MessageReply) -> bool:
    """Whether a failed answer takes a new way on WhatsApp: it waited in vain, or its 24 hours are over since.

    Raises NotReachable where there is none.
    """
    if reply.channel != Channel.WHATSAPP or why_not_another_way(reply):
        return False
    standing = list(_standing(reply))
    if any(each.template for each in standing):
        return any(each.asks_first for each in standing)
    return choose(_whole(reply), reply.channel, _draft(reply)).template is not None


def why_not_another_way(reply: MessageReply) -> str:
    """Why an answer may not be sent on another channel now, or nothing."""
    standing = parts_of(_standing(reply))
    if not standing:
        return _("Only an answer of yours can be sent another way.")
    if State.FAILED in standing and standing <= set(NOT_ARRIVED):
        return ""
    if _has_both(standing):
        return _(
            "A part of it reached the customer. Write what is missing, so that he gets nothing twice."
        )
    if standing & set(UNFINISHED):
        return _("It is still under way. It can go another way once it has failed for good.")
    return _("It has not failed.")


def remaining_for(reply: MessageReply) -> Remaining:
    """What its writer is told to do about an answer that failed."""
    why_not = why_not_another_way(reply)
    ways = [] if why_not else ways_left(reply)
    why_none = why_not or ("" if ways else _why_none_left(reply))
    return Remaining(ways, why_none, is_partly_there(reply))


def is_partly_there(reply: MessageReply) -> bool:
    """Whether a part of an answer failed and another one reached the customer."""
    return _has_both(parts_of(_standing(reply)))


def ways_left(reply: MessageReply) -> list[Way]:
    """The ways by which a failed answer was not tried yet and that can be used, the best first.

    WhatsApp counts as tried, but for a free text that came too late: a template is another way.
    """
    sent = list(_dispatches(reply))
    tried = {each.delivery.channel for each in sent}
    if _refused_at(sent) and not any(each.template_id for each in sent):
        tried.discard(Channel.WHATSAPP)
    usable = {
        way.channel: way
        for way in ways_to(_whole(reply), _draft(reply))
        if way.usable and way.channel not in tried
    }
    return [usable[channel] for channel in ORDER if channel in usable]


def agreed_ways(reply: MessageReply) -> list[Way]:
    """Those of the ways left by which the customer may be written to without anybody's word, the best first.

    A phone that was only typed into a form may be a stranger's: he has written from it, wished to be
    answered there, or agreed to it in words that are kept.
    """
    message = _whole(reply)
    return [way for way in ways_left(reply) if has_agreed(message, way)]


def has_agreed(message: CustomerMessage, way: Way) -> bool:
    """Whether the gateway may write to the customer this way by itself."""
    if way.channel in (Channel.EMAIL, message.reply_by):
        return True
    this = Q(channel=way.channel, normalized=normalize(way.channel, way.address))
    to_all_given = Q(contact__consents__isnull=False, contact__consents__address=None)
    agreed = Q(last_inbound_at__isnull=False) | Q(consents__isnull=False) | to_all_given
    return message.contact.addresses.filter(this & agreed).exists()


def _has_both(standing: set[str]) -> bool:
    return State.FAILED in standing and bool(standing & set(ARRIVED))


def _why_none_left(reply: MessageReply) -> str:
    known = [way for way in ways_to(_whole(reply)) if way.address]
    if len(known) > 1:
        return _(
            "No other way to this customer is left here; perhaps you know one, such as a call."
        )
    return _("No other way to this customer is known here; perhaps you know one, such as a call.")


def _draft(reply: MessageReply) -> Draft:
    refused_at = _refused_at(_dispatches(reply))
    return Draft(reply.reply, tuple(reply.attachments.all()), refused_at=refused_at)


def _refused_at(sent: Iterable[Dispatch]) -> datetime | None:
    """When WhatsApp refused it last since the customer's 24 hours were over; None where it never did."""
    late = (each.delivery for each in sent if each.delivery.error_name == WindowClosed.code)
    return max(filter(None, (delivery.failed_at for delivery in late)), default=None)


def _give_up(reply: MessageReply) -> None:
    """Locked with what carries it: nobody else sends this answer again meanwhile, this way or another.

    What waited for the customer to write, after a template that failed, is taken back.
    """
    if problem := why_not_another_way(reply):
        raise NotPossible(problem)
    for waiting in _standing(reply).filter(delivery__state=State.QUEUED):
        cancel(waiting.delivery)


def _standing(reply: MessageReply) -> QuerySet[Dispatch]:
    return _dispatches(reply).filter(is_replaced=False)


def _dispatches(reply: MessageReply) -> QuerySet[Dispatch]:
    carrying = Dispatch.objects.filter(reply=reply, delivery__purpose=PURPOSE)
    return carrying.select_related("delivery", "template")


def _whole(reply: MessageReply) -> CustomerMessage:
    messages = CustomerMessage.objects.select_related("business", "contact")
    return messages.get(pk=reply.message_id)
