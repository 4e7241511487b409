"""What a browser tells its owner while the page is open and nobody looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gateway.held import open_items
from gateway.models import CustomerMessage, Event, Failure, Membership, Role, Status
from gateway.participants import contact_name
from gateway.telling.choices import wishes_of
from gateway.telling.clock import quiet_until
from gateway.telling.tell import URGENT

MOST = 10
# What was written before may be filed a little later; the page shows nothing twice, by its key.
OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True)
class News:
    """One notification of a browser: `key` names it, `url` is where it leads."""

    key: str
    title: str
    body: str
    url: str


def news_since(user: Any, members: Iterable[Membership], after: datetime) -> list[News]:
    """What happened after a moment that this person wants to be told in his browser, at most MOST of a kind."""
    wanted = {member.business_id: _events(member) for member in members if member.may_answer}
    owned = [each.business_id for each in members if each.role == Role.OWNER]
    since = after - OVERLAP
    written = _written(user, owned, [pk for pk, events in wanted.items() if events], since)
    found = [
        _of_message(each)
        for each in written
        if (Event.NEW if each.created_at > since else Event.NEXT) in wanted[each.business_id]
    ]
    held = open_items(user).filter(created_at__gt=since, business__in=_with(wanted, Event.HELD))
    found += [_of_held(item.pk, item.business.name) for item in held[:MOST] if item.business]
    failed = Failure.objects.filter(
        created_at__gt=since, reply__message__business__in=_with(wanted, Event.FAILED)
    ).select_related("reply__message__contact")
    return found + [_of_failure(each) for each in failed.order_by("-id")[:MOST]]


def _events(member: Membership) -> set[str]:
    wishes = wishes_of(member)
    chosen = set(wishes.browser)
    return chosen & set(URGENT) if quiet_until(wishes, timezone.now()) else chosen


def _with(wanted: dict[Any, set[str]], event: Event) -> list[Any]:
    return [pk for pk, events in wanted.items() if event in events]


def _written(
    user: Any, owned: list[Any], businesses: list[Any], since: datetime
) -> list[CustomerMessage]:
    everybodys = Q(recipient=user) | Q(recipient=None, business__in=owned)
    his = Q(assigned_to=user) | (Q(assigned_to=None) & everybodys)
    unread = CustomerMessage.objects.filter(
        his,
        business__in=businesses,
        deleted_at=None,
        is_spam=False,
        status=Status.UNREAD,
        last_activity_at__gt=since,
    )
    return list(unread.select_related("contact").order_by("-last_activity_at", "-id")[:MOST])


def _of_message(message: CustomerMessage) -> News:
    return News(
        key=f"{message.pk}:{message.last_activity_at.isoformat()}",
        title=contact_name(message.contact, message),
        body=message.snippet,
        url=reverse("gateway:conversation", args=[message.pk]),
    )


def _of_held(pk: Any, business: str) -> News:
    return News(
        key=str(pk),
        title=_("Held for %(business)s") % {"business": business},
        body=_("It is stored and safe, but waits for a person."),
        url=reverse("gateway:held_item", args=[pk]),
    )


def _of_failure(failure: Failure) -> News:
    message = failure.reply.message
    title = _("Your answer to %(customer)s did not arrive")
    return News(
        key=str(failure.pk),
        title=title % {"customer": contact_name(message.contact, message)},
        body=_("Open the conversation to see why and what to do."),
        url=reverse("gateway:conversation", args=[message.pk]),
    )
