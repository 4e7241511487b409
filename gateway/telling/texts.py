"""Texts to a member's own phone: short, few, with a link to where they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.sms import plain
from channels_out.suppression import scopes_of, suppressed
from gateway.addresses import country_of, normalize
from gateway.models import (
    Business,
    Dispatch,
    MemberAddress,
    Membership,
    NotificationSettings,
    Route,
)
from gateway.outbound.limits import server_day
from gateway.routes import waiting_on

# Whoever gets more in a day is better told by mail; a text costs money.
TEXTS_A_DAY = 30
WORDS = 100  # characters of what a customer wrote
# A text that could not go out for so long tells nothing new.
STALE_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class Line:
    """Our number and a member's verified phone."""

    sender: Sender
    phone: str


def phone_of(member: Membership) -> str:
    """The phone that a member has shown to be his, the newest; or nothing."""
    shown = MemberAddress.objects.filter(
        user=member.user_id, channel=Channel.SMS, verified_at__isnull=False
    )
    return shown.order_by("-verified_at").values_list("address", flat=True).first() or ""


def line_to(member: Membership, wishes: NotificationSettings) -> Line | None:
    """How a member is texted to now; None without a phone, a number of ours, or a text left for today."""
    if wishes.texts_on == server_day() and wishes.texts >= TEXTS_A_DAY:
        return None
    phone = phone_of(member)
    if not phone:
        return None
    sender = sender_to(member.business, phone)
    return Line(sender, phone) if sender else None


def text_to(
    member: Membership, line: Line, words: str, lane: str, due_at: datetime | None = None
) -> Delivery | None:
    """Puts a text to a member in the outbox; None where today's are used up. In the caller's transaction."""
    if not _takes_one(member):
        return None
    return enqueue(
        channel=Channel.SMS,
        sender=line.sender,
        to_address=line.phone,
        rendered=Rendered(text=plain(words)),
        purpose="notification",
        lane=f"{lane}:sms",
        due_at=due_at,
        stale_after=None if due_at else STALE_AFTER,
    )


def members_texted_at(phone: str) -> QuerySet[Membership]:
    """The memberships for which texts go to this phone, the oldest first."""
    members = _members_at(phone).filter(notifications__texts_on__isnull=False)
    members = members.select_related("user", "business", "notifications")
    return members.order_by("created_at", "id")


def told_on(phone: str) -> QuerySet[Dispatch]:
    """The texts to this phone that told whoever has shown it to be his, as a member, of customers."""
    members = list(_members_at(phone).values_list("pk", flat=True))
    if not members:  # nearly everybody who texts
        return Dispatch.objects.none()
    return Dispatch.objects.filter(
        participant__membership__in=members,
        delivery__channel=Channel.SMS,
        delivery__purpose="notification",
        delivery__to_address=normalize(Channel.SMS, phone),
    )


def words_about(customer: str, business: str, text: str, url: str, more: int = 0) -> str:
    """What a text says of a message: who wrote to whom, its beginning, and where to answer."""
    said = Truncator(" ".join(text.split())).chars(WORDS) or _("(no text)")
    words = {"customer": customer, "business": business, "more": more}
    who = _("%(customer)s to %(business)s") % words
    if more:
        who = _("%(customer)s to %(business)s (%(more)d more before it)") % words
    here = _("Answer here, not by text: %(url)s") % {"url": url}
    return f"{who}: {said}\n{here}"


def sender_to(business: Business, phone: str) -> Sender | None:
    """The business's own number, else a shared one, of which those of the phone's country come first.

    No shared one on which something passed between this phone and a business, or waits for the name of one:
    what he texts back there is a customer's.
    """
    senders = Sender.objects.filter(channel=Channel.SMS, is_active=True, paused_at=None)
    own = list(senders.filter(dedication__business=business).order_by("created_at"))
    shared = senders.filter(is_shared=True, dedication=None)
    as_customer = Route.objects.filter(normalized=phone).values("sender")
    nameless = waiting_on(shared, phone).values("question__sender")
    shared = shared.exclude(pk__in=as_customer).exclude(pk__in=nameless)
    country = country_of(phone)
    found = own or sorted(
        shared.order_by("created_at"), key=lambda each: each.country.upper() != country
    )
    return next((each for each in found if not _is_stopped(each, phone)), None)


def _members_at(phone: str) -> QuerySet[Membership]:
    shown = MemberAddress.objects.filter(
        channel=Channel.SMS,
        address=normalize(Channel.SMS, phone),
        verified_at__isnull=False,
    )
    return Membership.objects.filter(user__in=shown.values("user"), is_active=True)


def _is_stopped(sender: Sender, phone: str) -> bool:
    return bool(suppressed((Channel.SMS, scope, phone) for scope in scopes_of(sender)))


def _takes_one(member: Membership) -> bool:
    """Counts a text against today's; whether there was one left."""
    NotificationSettings.objects.get_or_create(membership=member)
    own = NotificationSettings.objects.filter(membership=member)
    if own.exclude(texts_on=server_day()).update(texts_on=server_day(), texts=1):
        return True
    return bool(own.filter(texts__lt=TEXTS_A_DAY).update(texts=F("texts") + 1))
