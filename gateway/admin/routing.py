"""How what comes back finds its conversation."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gateway.admin.shown import Shown
from gateway.models import (
    Dispatch,
    EndedAddress,
    Failure,
    Move,
    Pair,
    Participant,
    Route,
    Silence,
)
from gateway.participants import revoke


@admin.register(Participant)
class ParticipantAdmin(Shown):
    """The sides of conversations; their tokens are derived and nowhere stored."""

    list_display = ("message_id", "membership", "contact", "generation", "created_at")
    list_filter = (("membership", admin.EmptyFieldListFilter),)
    search_fields = ("=id", "=message__id", "contact__name")
    list_select_related = ("membership__user", "membership__business", "contact")
    actions = ("end_address_and_link",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("gateway.change_participant")

    @admin.action(description="End this address and link", permissions=["revoke"])
    def end_address_and_link(
        self, request: HttpRequest, participants: QuerySet[Participant]
    ) -> None:
        for participant in participants.select_related("message"):
            revoke(participant)
        self.message_user(request, f"{len(participants)} ended; the next mail brings new ones.")


@admin.register(EndedAddress)
class EndedAddressAdmin(Shown):
    """Reply addresses that lead nowhere any more."""

    list_display = ("business", "is_members", "created_at")
    list_filter = ("is_members",)
    search_fields = ("business__name", "business__slug")
    list_select_related = ("business",)


@admin.register(Route)
class RouteAdmin(Shown):
    """What passes between our numbers and customers', and for which conversation."""

    list_display = ("sender", "address", "business", "message_id", "last_inbound_at")
    list_filter = ("sender__channel",)
    search_fields = ("address", "normalized", "sender__address", "=message__id")
    list_select_related = ("sender", "business")


@admin.register(Pair)
class PairAdmin(Shown):
    """The rows that are locked while something passes between a number of ours and a customer's."""

    list_display = ("sender", "normalized")
    search_fields = ("normalized", "sender__address")
    list_select_related = ("sender",)


@admin.register(Failure)
class FailureAdmin(Shown):
    """Answers that failed for good, and what came of it."""

    list_display = ("reply", "channel", "created_at", "due_at", "outcome")
    list_filter = ("channel", "outcome")
    search_fields = ("=reply__id",)
    list_select_related = ("reply",)


@admin.register(Silence)
class SilenceAdmin(Shown):
    """Answers by WhatsApp of which the phone is expected to say something, and what came of it."""

    list_display = ("reply", "created_at", "due_at", "outcome", "channel")
    list_filter = ("outcome",)
    search_fields = ("=reply__id",)
    list_select_related = ("reply",)


@admin.register(Dispatch)
class DispatchAdmin(Shown):
    """Which delivery carries which reply or notification."""

    list_display = ("delivery", "message_id", "reply_id", "created_at")
    list_filter = ("delivery__state", "delivery__purpose")
    search_fields = ("=id", "=message__id", "=reply__id", "=delivery__id", "delivery__to_address")
    list_select_related = ("delivery",)


@admin.register(Move)
class MoveAdmin(Shown):
    """Which messages were filed elsewhere by hand, and by whom."""

    list_display = ("source_id", "target_id", "messages", "is_split", "actor_name", "created_at")
    list_filter = ("is_split",)
    search_fields = ("=source__id", "=target__id", "actor_name")
