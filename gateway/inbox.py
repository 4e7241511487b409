"""The inbox: which conversations a member sees, in which folder, in pages by key and never by offset."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from channels_out.state import State
from gateway.models import (
    Business,
    CustomerMessage,
    Dispatch,
    Membership,
    MessageReply,
    Status,
    UnreadCounter,
)

PAGE_SIZE = 30


class Folder(models.TextChoices):
    """What a member looks through; every folder but the last two leaves spam out."""

    OPEN = "open", "Inbox"
    UNREAD = "unread", "Unread"
    WAITING = "waiting", "Waiting"
    FAILED = "failed", "Failed"
    ARCHIVED = "archived", "Archived"
    SPAM = "spam", "Spam"
    TRASH = "trash", "Trash"


@dataclass(frozen=True)
class Wanted:
    """What to list; whatever is left out does not narrow. Without a folder all but the trash is meant."""

    folder: Folder | None = None
    status: str = ""
    listing: Any = None
    channel: str = ""
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

    def __str__(self) -> str:
        whole = f"{self.last_activity_at.isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(whole.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor that `str` wrote. Raises BadCursor."""
        try:
            whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            at, _, pk = whole.partition("|")
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
    members = Membership.objects.filter(user=user, is_active=True).select_related("business")
    return sorted(members, key=lambda member: member.business.name.casefold())


def conversations(user: Any, wanted: Wanted) -> QuerySet[CustomerMessage]:
    """The conversations of this person's businesses that are wanted, newest activity first.

    Each is annotated with `failed`: the newest answer did, or one waits for a person's word.
    """
    businesses = [member.business_id for member in memberships_of(user)]
    return conversations_of(businesses, wanted)


def conversations_of(businesses: list[uuid.UUID], wanted: Wanted) -> QuerySet[CustomerMessage]:
    """As `conversations`, for businesses that are known already."""
    found = CustomerMessage.objects.filter(business__in=businesses).annotate(failed=_failed())
    found = found.filter(_in_folder(wanted.folder)).filter(_columns(wanted))
    if wanted.q.strip():
        found = found.filter(_matching(wanted.q.strip()))
    return found.select_related("business", "contact").order_by("-last_activity_at", "-id")


def page(
    found: QuerySet[CustomerMessage], after: Cursor | None = None, size: int = PAGE_SIZE
) -> Page:
    """One page of an ordered list, behind the cursor."""
    if after is not None:
        found = found.filter(
            Q(last_activity_at__lt=after.last_activity_at)
            | Q(last_activity_at=after.last_activity_at, id__lt=after.id)
        )
    rows = list(found[: size + 1])
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], Cursor(last.last_activity_at, last.id))


def unread_total(businesses: list[uuid.UUID]) -> int:
    """Unread conversations, from the kept counters."""
    counters = UnreadCounter.objects.filter(business__in=businesses, listing=None)
    return counters.aggregate(total=Sum("unread"))["total"] or 0


def version_for(user: Any) -> int:
    """A number that differs whenever something in this person's inbox did. One query."""
    businesses = Business.objects.filter(memberships__user=user, memberships__is_active=True)
    return businesses.aggregate(total=Sum("inbox_version"))["total"] or 0


def _failed() -> Exists:
    dispatches = Dispatch.objects.filter(
        message=OuterRef("pk"), reply__isnull=False, delivery__purpose="reply"
    )
    # A failure is over once a later answer went out.
    is_newest = Q(reply__created_at__gte=F("message__last_reply_at"))
    failed = Q(delivery__state=State.FAILED) & is_newest
    waits_for_a_word = Q(delivery__state=State.IN_DOUBT, delivery__due_at=None)
    return Exists(dispatches.filter(failed | waits_for_a_word))


def _in_folder(folder: Folder | None) -> Q:
    living = Q(deleted_at=None)
    kept = living & Q(is_spam=False)
    return {
        None: living,
        Folder.OPEN: kept & Q(is_archived=False),
        Folder.UNREAD: kept & Q(status=Status.UNREAD),
        Folder.WAITING: kept & Q(waiting_since__isnull=False),
        Folder.FAILED: kept & Q(failed=True),
        Folder.ARCHIVED: kept & Q(is_archived=True),
        Folder.SPAM: living & Q(is_spam=True),
        Folder.TRASH: Q(deleted_at__isnull=False),
    }[folder]


def _columns(wanted: Wanted) -> Q:
    columns = {
        "status": wanted.status or None,
        "listing": wanted.listing or None,
        "channel": wanted.channel or None,
        "created_at__gte": wanted.created_after,
        "created_at__lt": wanted.created_before,
        "is_spam": wanted.is_spam,
    }
    return Q(**{name: value for name, value in columns.items() if value is not None})


def _matching(q: str) -> Q:
    columns = ("subject", "message", "sender_name", "sender_email", "sender_phone", "contact__name")
    found = Q(Exists(MessageReply.objects.filter(message=OuterRef("pk"), reply__icontains=q)))
    for column in columns:
        found |= Q(**{f"{column}__icontains": q})
    return found
