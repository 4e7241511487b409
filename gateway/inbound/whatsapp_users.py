"""A WhatsApp user's id and his number are one writer once a signed request named both.

WhatsApp lets users hide their number; what then comes is an id such as `US.13491208655302741918`,
which is another for each number (https://www.twilio.com/docs/messaging/guides/webhook-request).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender, Suppression
from channels_out.suppression import suppress
from gateway.addresses import is_phone, normalize
from gateway.conf import recycled_after
from gateway.inbound.messages import InboundText
from gateway.models import (
    Contact,
    ContactAddress,
    CustomerMessage,
    HeldItem,
    MessageReply,
    Question,
    Route,
    WhatsAppUser,
)
from gateway.routes import lock_pair
from gateway.search.rows import renamed

# A number that was silent this long and comes back with another user's id has another holder: networks
# give numbers out again after some weeks. At once it says nothing: all ids change with our own account.
CHANGED_AFTER = timedelta(days=30)
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


def recognised(text: InboundText) -> InboundText:
    """The text under its writer's number, with his id as `alias`, where we know both; else as it came.

    In the transaction that takes it in.
    """
    names = (text.from_address, text.alias)
    user_id = next((name for name in names if USER_ID.fullmatch(name)), "")
    if text.channel != Channel.WHATSAPP or not user_id:
        return replace(text, alias="")
    known = WhatsAppUser.objects.filter(user_id=user_id).first()
    number = next((name for name in names if is_phone(normalize(text.channel, name))), "")
    if number:
        _link(user_id, number, known, _at(text))
    elif known is not None:
        number = known.number
    return replace(text, from_address=number or user_id, alias=user_id if number else "")


def holder_since(text: InboundText) -> datetime:
    """`same_since` of who wrote a text."""
    return same_since(text.channel, text.from_address, _at(text), text.alias)


def same_since(channel: str, address: str, at: datetime, alias: str = "") -> datetime:
    """Since when this address is surely the same person's, as far as is known: older dealings may be another's.

    After a long silence a number may have another holder, unless the same user's id comes with it, as
    `alias`; before that where another's does.
    """
    silent_since = at - recycled_after()
    users = WhatsAppUser.objects.filter(normalized=normalize(channel, address))
    if channel != Channel.WHATSAPP:
        return silent_since
    if alias:
        user = users.filter(user_id=alias).first()
        if user is not None:
            return user.since if user.is_newcomer else min(user.since, silent_since)
    newcomer = users.filter(is_newcomer=True).order_by("-since").first()
    return max(newcomer.since, silent_since) if newcomer else silent_since


def _at(text: InboundText) -> datetime:
    return text.received_at or timezone.now()


def _link(user_id: str, number: str, known: WhatsAppUser | None, at: datetime) -> None:
    normalized = normalize(Channel.WHATSAPP, number)
    if known is not None and known.normalized == normalized:
        WhatsAppUser.objects.filter(pk=known.pk, last_seen_at__lt=at).update(last_seen_at=at)
        return
    others = WhatsAppUser.objects.filter(normalized=normalized).exclude(user_id=user_id)
    before = others.order_by("-last_seen_at").first()
    own = ContactAddress.objects.filter(channel=Channel.WHATSAPP, normalized=user_id)
    first = own.aggregate(first=Min("created_at"))["first"]
    WhatsAppUser.objects.update_or_create(
        user_id=user_id,
        defaults={
            "number": number,
            "normalized": normalized,
            "since": min(first or at, at),
            "last_seen_at": at,
            "is_newcomer": before is not None and before.last_seen_at < at - CHANGED_AFTER,
        },
    )
    if known is None:
        _bring_together(user_id, number, normalized)


def _bring_together(user_id: str, number: str, normalized: str) -> None:
    """What was kept under the id alone is found under the number; where both are there, both stay."""
    now = {"normalized": normalized, "address": number}
    theirs = ContactAddress.objects.filter(channel=Channel.WHATSAPP, normalized=user_id)
    contacts = list(theirs.values_list("contact_id", flat=True))
    routes = Route.objects.filter(message__contact__in=contacts, normalized=user_id)
    asked = Question.objects.filter(normalized=user_id, settled_at=None)
    used = Q(pk__in=routes.values("sender")) | Q(pk__in=asked.values("sender"))
    for sender in Sender.objects.filter(used).order_by("pk"):
        for name in sorted((user_id, number)):
            lock_pair(sender, name)
    has_both = ContactAddress.objects.filter(
        contact=OuterRef("contact"), channel=Channel.WHATSAPP, normalized=normalized
    )
    theirs.filter(~Exists(has_both)).update(**now)
    same_route = Route.objects.filter(
        sender=OuterRef("sender"), message=OuterRef("message"), normalized=normalized
    )
    routes.filter(~Exists(same_route)).update(**now)
    MessageReply.objects.filter(message__contact__in=contacts, from_address=user_id).update(
        from_address=number
    )
    CustomerMessage.objects.filter(contact__in=contacts, sender_phone=user_id).update(
        sender_phone=number
    )
    for contact in Contact.objects.filter(pk__in=contacts).order_by("pk"):
        renamed(contact)
    for question in asked:
        _ask_under(question, now)
    Question.objects.filter(normalized=user_id).exclude(settled_at=None).update(**now)
    HeldItem.objects.filter(from_address=user_id, settlement="").update(from_address=number)
    for stopped in Suppression.objects.filter(
        channel=Channel.WHATSAPP, address=user_id, lifted_at=None
    ):
        suppress(stopped.channel, stopped.scope, number, reason=stopped.reason, words=stopped.words)


def _ask_under(question: Question, now: dict[str, str]) -> None:
    """A pair has one living question: what is held for this one is held for the other, if there is one."""
    same = Question.objects.filter(sender=question.sender_id, normalized=now["normalized"])
    other = same.filter(settled_at=None).first()
    if other is None:
        Question.objects.filter(pk=question.pk).update(**now)
        return
    HeldItem.objects.filter(question=question, settlement="").update(question=other)
    Question.objects.filter(pk=question.pk).update(settled_at=timezone.now(), due_at=None, **now)
    # Both stand in one chat now, so that a number could answer either.
    Question.objects.filter(pk=other.pk).update(delivery=None)
