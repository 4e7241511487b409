"""The answers of the list and of the unread count."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from gateway.api.serializers.base import Shown
from gateway.api.serializers.conversation import MessageShown
from gateway.inbox import unread_total
from gateway.models import UnreadCounter
from gateway.models.listing import snapshot


class InboxShown(serializers.Serializer[Any]):
    """One page of the list; `unread_count` counts the whole inbox, whatever the filters."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    unread_count = serializers.IntegerField()
    results = MessageShown(many=True)


class ListingUnread(Shown):
    """How many unread conversations one listing has."""

    title = serializers.SerializerMethodField()

    class Meta:
        model = UnreadCounter
        fields = ("listing", "title", "unread")

    def get_title(self, counter: UnreadCounter) -> str:
        return str(snapshot(counter.listing)["title"])


class UnreadShown(serializers.Serializer[Any]):
    """Unread conversations in all, with those about no listing, and of each listing that has some."""

    total = serializers.IntegerField()
    by_listing = ListingUnread(many=True)


@dataclass(frozen=True)
class UnreadCount:
    total: int
    by_listing: list[UnreadCounter]


def unread_of(businesses: list[uuid.UUID]) -> Any:
    """The kept counters of these businesses as the API shows them."""
    counters = UnreadCounter.objects.filter(
        business__in=businesses, listing__isnull=False, unread__gt=0
    )
    by_listing = counters.select_related("listing").order_by("-unread", "pk")
    return UnreadShown(UnreadCount(unread_total(businesses), list(by_listing))).data
