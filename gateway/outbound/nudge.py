"""A link by which the customer reads an answer of which nothing is heard; never its text, which may have arrived."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import NotPossible, enqueue
from channels_out.outgoing import Rendered
from channels_out.signals import Change
from channels_out.sms import plain, segments_of
from channels_out.state import ARRIVED, State
from gateway.asking.words import words_in
from gateway.links import conversation_url
from gateway.models import CustomerMessage, Dispatch, MessageReply, Silence, SilenceOutcome
from gateway.outbound.another_way import has_agreed
from gateway.outbound.answer import locked_way
from gateway.outbound.by_phone import STALE_AFTER
from gateway.outbound.limits import OverBudget, count_texts
from gateway.outbound.progress import PURPOSE, lock_standing
from gateway.outbound.render_mail import answer_subject, from_business
from gateway.outbound.threads import with_customer
from gateway.outbound.ways import NotReachable, Way, choose, ways_to
from gateway.own_opening import own_subject
from gateway.participants import customer_of, message_id_of, reply_address_of
from gateway.routes import lane_of, passed_outbound

NUDGE = "nudge"
# By the one that is most likely read at once first.
ORDER = (Channel.SMS, Channel.EMAIL)


def nudge(reply: MessageReply, channel: str = "") -> str:
    """Sends the customer a link to his conversation by `channel`, else by the next he agreed to; by which it went.

    Once for an answer, and again by another way where that failed. Raises NotPossible and NotReachable,
    each with a sentence that says why.
    """
    with transaction.atomic():
        way = locked_way(lambda: _way(reply, channel))
        lock_standing(reply)
        if problem := why_no_nudge(reply):
            raise NotPossible(problem)
        message, customer = reply.message, customer_of(reply.message)
        delivery = _text(message, way, way.sender) if way.sender else _mail(message, way)
        Dispatch.objects.create(
            delivery=delivery, message=message, reply=reply, participant=customer
        )
        _note(reply, way.channel)
    return way.channel


def why_no_nudge(reply: MessageReply) -> str:
    """Why no link may be sent for an answer now, or nothing."""
    sent = Dispatch.objects.filter(reply=reply, is_replaced=False, delivery__purpose=PURPOSE)
    states = set(sent.values_list("delivery__state", flat=True))
    if State.SENT not in states or not states <= {State.SENT, *ARRIVED}:
        return _("A link is sent only for an answer that went out and of which nothing was heard.")
    if reply.silences.filter(outcome=SilenceOutcome.NUDGED).exists():
        return _("The customer was sent a link before.")
    if reply.message.deleted_at or reply.message.is_spam:
        return _("This conversation is in the trash or in spam.")
    if sent.exclude(participant__contact=reply.message.contact_id).exists():
        return _("It was written to another customer than this conversation's.")
    return ""


def links_failed(sender: Any, changes: list[Change], **_: Any) -> None:
    """Receives `deliveries_changed`: a link that failed was none, so its answer is looked at anew."""
    failed = [
        each.delivery_id
        for each in changes
        if each.purpose == NUDGE
        and each.state == State.FAILED
        and each.previous_state != State.FAILED
    ]
    if not failed:
        return
    links = Dispatch.objects.filter(Among("delivery", failed)).order_by("reply")
    for reply, channel in links.values_list("reply", "delivery__channel"):
        sent = Silence.objects.filter(reply=reply, outcome=SilenceOutcome.NUDGED, channel=channel)
        sent.update(outcome="", channel="", settled_at=None, due_at=timezone.now())


def _way(reply: MessageReply, channel: str) -> Way:
    message = CustomerMessage.objects.select_related("business", "contact").get(pk=reply.message_id)
    if channel in ORDER:
        return choose(message, channel)
    usable = {way.channel: way for way in ways_to(message) if way.usable}
    left = [usable[each] for each in ORDER if each in usable and each != reply.channel]
    names = [str(way.channel) for way in left]
    if channel:
        raise NotReachable(_("A link goes by text message or by email."), names)
    if not left:
        raise NotReachable(_("No other way to this customer is known."), [])
    failed = _failed_by(reply)
    agreed = [way for way in left if way.channel not in failed and has_agreed(message, way)]
    if not agreed:
        raise NotReachable(_("No other way that this customer agreed to is left."), names)
    return agreed[0]


def _failed_by(reply: MessageReply) -> set[str]:
    """The channels by which a link to read it did not arrive."""
    links = Dispatch.objects.filter(
        reply=reply, delivery__purpose=NUDGE, delivery__state=State.FAILED
    )
    return set(links.values_list("delivery__channel", flat=True))


def _text(message: CustomerMessage, way: Way, sender: Sender) -> Delivery:
    words = plain(_words(message)) if way.channel == Channel.SMS else _words(message)
    passed_outbound(message, sender, way.address, timezone.now())
    try:
        count_texts(message.business, segments_of(words).number)
    except OverBudget as over:
        raise NotReachable(str(over), []) from over
    return enqueue(
        channel=way.channel,
        to_address=way.address,
        sender=sender,
        rendered=Rendered(text=words),
        purpose=NUDGE,
        lane=lane_of(sender.pk, way.address),
        stale_after=STALE_AFTER,
    )


def _mail(message: CustomerMessage, way: Way) -> Delivery:
    customer = customer_of(message)
    own_id = message_id_of(customer)
    return enqueue(
        channel=way.channel,
        to_address=way.address,
        rendered=Rendered(
            text=_words(message),
            subject=answer_subject(own_subject(message)),
            from_header=from_business(message.business),
            reply_to=reply_address_of(customer),
            headers=(
                *with_customer(message, way.address, own_id),
                ("Auto-Submitted", "auto-generated"),
            ),
        ),
        purpose=NUDGE,
        lane=lane_of(message.pk, way.address),
        message_id=own_id,
        stale_after=STALE_AFTER,
    )


def _words(message: CustomerMessage) -> str:
    words = words_in(message.language or message.contact.language)
    return words.nudge.format(business=message.business.name, url=conversation_url(message))


def _note(reply: MessageReply, channel: str) -> None:
    Silence.objects.filter(reply=reply, due_at__isnull=False).update(due_at=None)
    Silence.objects.create(
        reply=reply,
        outcome=SilenceOutcome.NUDGED,
        channel=channel,
        settled_at=timezone.now(),
    )
