"""The clock of what is held: the people of a business are reminded, then staff; nobody is shown its text.

The customer is told by `gateway.asking`, which knows when he may be written to: what else is held of strangers
is not surely from the address that it names, and an answer there would reach somebody who wrote nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from channels_out.outgoing import Rendered
from gateway.conf import held_remind_after, held_staff_after
from gateway.held import for_staff
from gateway.links import whole_url
from gateway.models import Business, Event, HeldItem, Membership
from gateway.outbound.render_mail import fold, from_business, from_gateway
from gateway.people import people_of
from gateway.telling.matter import News
from gateway.telling.staff import mail_to_staff
from gateway.telling.tell import tell

BATCH = 200
# What will soon be due goes into the same mail, so that a flood of mails makes a few reminders a day.
TOGETHER = timedelta(hours=4)


@dataclass(frozen=True)
class HeldLong(News):
    """Held items of a business, the oldest first, wait too long."""

    kind = "held_long"
    event = Event.HELD
    business: Business
    items: list[HeldItem]

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """Those of them that still wait."""
        waiting = HeldItem.objects.filter(pk__in=kept["items"], settlement="").order_by("pk")
        items = list(waiting.select_related("business"))
        business = next((item.business for item in items), None)
        return cls(business, items) if business else None

    def kept(self) -> dict[str, Any]:
        """The items."""
        return {"items": [str(pk) for pk in _ids(self.items)]}

    def mail(self, member: Membership) -> Rendered:
        """How many, since when, and where they are settled."""
        name, count = self.business.name, len(self.items)
        context = {
            "business": self.business,
            "items": self.items,
            "oldest": self.items[0],
            "url": _url(),
        }
        subject = ngettext(
            "One message waits for %(business)s", "%(count)d messages wait for %(business)s", count
        )
        return Rendered(
            text=render_to_string("gateway/mail/held_reminder.txt", context),
            subject=fold(subject % {"count": count, "business": name}),
            from_header=from_business(self.business),
            headers=(("Auto-Submitted", "auto-generated"),),
        )

    def words(self, member: Membership) -> str:
        """The same as a text."""
        count = len(self.items)
        by_hand = ngettext(
            "One message waits for %(business)s to be sent or filed by hand: %(url)s",
            "%(count)d messages wait for %(business)s to be sent or filed by hand: %(url)s",
            count,
        )
        return by_hand % {"count": count, "business": self.business.name, "url": _url()}


def remind_due() -> int:
    """Reminds of what has waited too long; how many held items. Each is claimed once, so no mail goes out twice."""
    now = timezone.now()
    return _remind_members(now) + _remind_staff(now)


def _waiting() -> QuerySet[HeldItem]:
    """What is still open, and of which staff do not know; not what a customer still has time to settle himself."""
    waiting = HeldItem.objects.filter(settlement="", staff_told_at=None)
    return waiting.filter(question__due_at=None)


def _remind_members(now: datetime) -> int:
    untold = _waiting().filter(members_told_at=None).exclude(for_staff())
    due = untold.filter(created_at__lte=now - held_remind_after())
    businesses = set(due.order_by("created_at").values_list("business", flat=True)[:BATCH])
    told = 0
    for business in Business.objects.filter(pk__in=businesses).order_by("pk"):
        with transaction.atomic():
            items = _claim(untold.filter(business=business))
            HeldItem.objects.filter(pk__in=_ids(items)).update(members_told_at=now)
            if items:
                _tell_members(business, items)
        told += len(items)
    return told


def _remind_staff(now: datetime) -> int:
    due = Q(created_at__lte=now - held_staff_after())
    nobodys = for_staff() & Q(created_at__lte=now - held_remind_after())
    if not _waiting().filter(due | nobodys).exists():
        return 0
    soon = Q(members_told_at__isnull=False, created_at__lte=now - held_staff_after() + TOGETHER)
    with transaction.atomic():
        items = _claim(_waiting().filter(due | soon | for_staff()))
        HeldItem.objects.filter(pk__in=_ids(items)).update(staff_told_at=now)
        if items:
            _tell_staff(items)
    return len(items)


def _claim(items: QuerySet[HeldItem]) -> list[HeldItem]:
    skip = connection.features.has_select_for_update_skip_locked
    locked = items.select_for_update(skip_locked=skip, of=("self",)).order_by("pk")
    return list(locked[:BATCH])


def _ids(items: Iterable[HeldItem]) -> list[Any]:
    return [item.pk for item in items]


def _tell_members(business: Business, items: list[HeldItem]) -> None:
    for member in people_of(business).who_answer():
        tell(member, HeldLong(business, items), f"held:{items[0].pk}:{member.pk}")


def _tell_staff(items: list[HeldItem]) -> None:
    names = dict(
        Business.objects.filter(pk__in={item.business_id for item in items}).values_list(
            "pk", "name"
        )
    )
    alone = set(
        HeldItem.objects.filter(for_staff(), pk__in=_ids(items)).values_list("pk", flat=True)
    )
    waiting = Counter((item.business_id, item.pk in alone) for item in items)
    of_business = sorted(
        (names[pk], is_alone, count) for (pk, is_alone), count in waiting.items() if pk
    )
    context = {
        "nobodys": waiting[None, True],
        "abandoned": [(name, count) for name, is_alone, count in of_business if is_alone],
        "businesses": [(name, count) for name, is_alone, count in of_business if not is_alone],
        "url": _url(),
    }
    mail = Rendered(
        text=render_to_string("gateway/mail/held_staff.txt", context),
        subject=ngettext("One message waits", "%(count)d messages wait", len(items))
        % {"count": len(items)},
        from_header=from_gateway(),
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    mail_to_staff(mail, f"held:{items[0].pk}")


def _url() -> str:
    return whole_url(reverse("gateway:held"))
