"""The inbox: which conversations a member sees, in which folder, in pages by key and never by offset."""

from __future__ import annotations

import base64
import binascii
import heapq
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy

from gateway.models import Business, CustomerMessage, Membership, Status, UnreadCounter
from gateway.search.find import first_with
from gateway.search.words import words_of

PAGE_SIZE = 30
Order = tuple[str, str]
NEWEST_FIRST: Order = ("-last_activity_at", "-id")
OLDEST_FIRST: Order = ("last_activity_at", "id")
# Compared as one: PostgreSQL looks for `(a, b) < (x, y)` in an index, and not for an OR.
_KEY = Tuple(F("last_activity_at"), F("id"))


class Folder(models.TextChoices):
    """What a member looks through; every folder but the last two leaves spam out.

    What is snoozed is out of the inbox, of what is unread and of who waits.
    """

    OPEN = "open", gettext_lazy("Inbox")
    UNREAD = "unread", gettext_lazy("Unread")
    WAITING = "waiting", gettext_lazy("Waiting")
    SNOOZED = "snoozed", gettext_lazy("Snoozed")
    FAILED = "failed", gettext_lazy("Failed")
    ARCHIVED = "archived", gettext_lazy("Archived")
    SPAM = "spam", gettext_lazy("Spam")
    TRASH = "trash", gettext_lazy("Trash")


@dataclass(frozen=True)
class Wanted:
    """What to list; whatever is left out does not narrow. Without a folder all but the trash is meant."""

    folder: Folder | None = None
    status: str = ""
    listing: Any = None
    channel: str = ""
    tag: uuid.UUID | None = None
    assigned_to: Any = None
    is_unassigned: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    is_spam: bool | None = None
    q: str = ""


class BadCursor(ValueError):
    """The cursor was not made by this list; begin again without one."""


@dataclass(frozen=True)
class Cursor:
    """The last conversation of a page: the next page begins behind it."""

    last_activity_at: datetime
    id: uuid.UUID

    @classmethod
    def of(cls, message: CustomerMessage) -> Cursor:
        """The place of a conversation."""
        return cls(message.last_activity_at, message.pk)

    def __str__(self) -> str:
        whole = f"{self.last_activity_at.isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(whole.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor that `str` wrote. Raises BadCursor."""
        try:
            whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            at, _mark, pk = whole.partition("|")
            return cls(datetime.fromisoformat(at).astimezone(UTC), uuid.UUID(pk))
        except (ValueError, OverflowError, binascii.Error) as error:
            raise BadCursor("Begin again without the cursor.") from error


@dataclass(frozen=True)
class Page:
    """Some conversations, newest activity first, and the cursor of the next page if there is one."""

    conversations: list[CustomerMessage]
    next: Cursor | None


def memberships_of(user: Any) -> list[Membership]:
    """Through which businesses this person sees conversations, in the order of their names."""
    members = Membership.objects.filter(user=user, is_active=True)
    members = members.select_related("business", "notifications")
    return sorted(members, key=lambda member: member.business.name.casefold())


@dataclass(frozen=True)
class Inbox:
    """The conversations of some businesses that are wanted, newest activity first, in pages.

    Each business is asked by itself: no index has the conversations of several in one order.
    """

    businesses: list[uuid.UUID]
    wanted: Wanted = Wanted()

    def page(self, after: Cursor | None = None, size: int = PAGE_SIZE) -> Page:
        """The first page, or the one behind a cursor."""
        rows = self._nearest(size + 1, NEWEST_FIRST, _older_than(after) if after else Q())
        if len(rows) <= size:
            return Page(rows, None)
        return Page(rows[:size], Cursor.of(rows[size - 1]))

    def page_before(
        self, cursor: Cursor, size: int = PAGE_SIZE
    ) -> tuple[list[CustomerMessage], bool]:
        """The page that ends before a cursor, and whether there is one before that."""
        rows = self._nearest(size + 1, OLDEST_FIRST, _newer_than(cursor))
        return rows[:size][::-1], len(rows) > size

    def _nearest(self, many: int, order: Order, place: Q) -> list[CustomerMessage]:
        lists = [
            self._of(business, found_in(business, self.wanted).filter(place).order_by(*order), many)
            for business in self.businesses
        ]
        merged = heapq.merge(*lists, key=_key, reverse=order == NEWEST_FIRST)
        return list(islice(merged, many))

    def _of(
        self, business: uuid.UUID, found: QuerySet[CustomerMessage], many: int
    ) -> list[CustomerMessage]:
        if self.wanted.q.strip():
            return first_with(found, business, words_of(self.wanted.q), many)
        return list(found[:many])


def found_in(business: uuid.UUID, wanted: Wanted = Wanted()) -> QuerySet[CustomerMessage]:
    """The conversations of one business that are wanted, whatever their words, in no order yet."""
    found = CustomerMessage.objects.filter(business=business)
    found = found.filter(_in_folder(wanted.folder)).filter(_columns(wanted))
    return found.select_related("business", "contact")


def unread_total(businesses: list[uuid.UUID]) -> int:
    """Unread conversations, from the kept counters."""
    counters = UnreadCounter.objects.filter(business__in=businesses, listing=None)
    return counters.aggregate(total=Sum("unread"))["total"] or 0


def version_for(user: Any) -> int:
    """A number that differs whenever something in this person's inbox did. One query."""
    businesses = Business.objects.filter(memberships__user=user, memberships__is_active=True)
    return businesses.aggregate(total=Sum("inbox_version"))["total"] or 0


def _in_folder(folder: Folder | None) -> Q:
    living = Q(deleted_at=None)
    kept = living & Q(is_spam=False)
    awake = kept & Q(snoozed_until=None)
    return {
        None: living,
        Folder.OPEN: awake & Q(is_archived=False),
        Folder.UNREAD: awake & Q(status=Status.UNREAD),
        Folder.WAITING: awake & Q(waiting_since__isnull=False),
        Folder.SNOOZED: kept & Q(snoozed_until__isnull=False),
        Folder.FAILED: kept & Q(has_failed=True),
        Folder.ARCHIVED: kept & Q(status=Status.ARCHIVED),
        Folder.SPAM: living & Q(is_spam=True),
        Folder.TRASH: Q(deleted_at__isnull=False, merged_into=None),
    }[folder]


def _columns(wanted: Wanted) -> Q:
    columns = {
        "status": wanted.status or None,
        "listing": wanted.listing or None,
        "taggings__tag": wanted.tag,
        "assigned_to": wanted.assigned_to,
        "assigned_to__isnull": wanted.is_unassigned,
        "channel": wanted.channel or None,
        "created_at__gte": wanted.created_after,
        # Implied, and what the lists are ordered by.
        "last_activity_at__gte": wanted.created_after,
        "created_at__lt": wanted.created_before,
        "is_spam": wanted.is_spam,
    }
    return Q(**{name: value for name, value in columns.items() if value is not None})


def _older_than(cursor: Cursor) -> Q:
    # The time alone as well: PostgreSQL does not estimate how much the two together leave.
    near = Q(last_activity_at__lte=cursor.last_activity_at)
    return near & Q(TupleLessThan(_KEY, (cursor.last_activity_at, cursor.id)))


def _newer_than(cursor: Cursor) -> Q:
    near = Q(last_activity_at__gte=cursor.last_activity_at)
    return near & Q(TupleGreaterThan(_KEY, (cursor.last_activity_at, cursor.id)))


def _key(message: CustomerMessage) -> tuple[datetime, uuid.UUID]:
    return message.last_activity_at, message.pk
