from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from channels_out.models import (
    Circuit,
    Delivery,
    DeliveryAttempt,
    Sender,
    StatusEvent,
    Suppression,
)
from channels_out.outbox import NotPossible, resume, settle

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
    AttemptInline = admin.TabularInline[DeliveryAttempt, Delivery]
else:
    ModelAdmin = admin.ModelAdmin
    AttemptInline = admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """What happened is shown, not edited."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Attempts(AttemptInline):
    """The tries of one delivery."""

    model = DeliveryAttempt
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "number",
        "outcome",
        "started_at",
        "finished_at",
        "provider",
        "provider_id",
        "error_code",
        "detail",
    )

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Every message that went out or is to go out, and the word on those in doubt."""

    list_display = ("to_address", "channel", "state", "purpose", "reason", "attempts", "created_at")
    list_filter = ("state", "channel", "purpose", "error_name")
    search_fields = ("=id", "to_address", "=message_id", "=provider_id")
    list_select_related = ("sender",)
    inlines = (Attempts,)
    actions = ("settle_as_sent", "settle_as_not_sent")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels_out.change_delivery")

    @admin.action(description="Settle in doubt as sent", permissions=["settle"])
    def settle_as_sent(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        self._settle(request, deliveries, partial(settle, was_sent=True))

    @admin.action(description="Settle in doubt as not sent: send again", permissions=["settle"])
    def settle_as_not_sent(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        self._settle(request, deliveries, partial(settle, was_sent=False))

    def _settle(
        self,
        request: HttpRequest,
        deliveries: QuerySet[Delivery],
        decide: Callable[[Delivery], Delivery],
    ) -> None:
        settled = 0
        for delivery in deliveries:
            try:
                decide(delivery)
                settled += 1
            except NotPossible as problem:
                self.message_user(request, f"{delivery}: {problem}", messages.WARNING)
        self.message_user(request, f"{settled} settled.")


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(ReadOnlyAdmin):
    """Every single try."""

    list_display = ("delivery", "number", "outcome", "provider", "error_code", "started_at")
    list_filter = ("outcome", "provider", "error_name")
    search_fields = ("=id", "=provider_id", "=delivery__id", "delivery__to_address")
    list_select_related = ("delivery",)
    raw_id_fields = ("delivery",)


@admin.register(StatusEvent)
class StatusEventAdmin(ReadOnlyAdmin):
    """Everything providers reported, with their own words."""

    list_display = ("provider", "provider_id", "provider_status", "error_code", "received_at")
    list_filter = ("provider", "status", "provider_status")
    search_fields = ("=provider_id", "=delivery__id")
    raw_id_fields = ("attempt", "delivery")


@admin.register(Circuit)
class CircuitAdmin(ReadOnlyAdmin):
    """Providers that failed by their own fault, and whether they are left alone."""

    list_display = ("channel", "account", "failures", "opened_at", "open_until", "reason")
    list_filter = ("channel", ("opened_at", admin.EmptyFieldListFilter))
    ordering = ("channel", "account")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """Who asked not to be written to."""

    list_display = (
        "address",
        "channel",
        "scope",
        "reason",
        "words",
        "created_at",
        "lifted_at",
        "lifted_words",
    )
    list_filter = ("channel", "reason", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("address", "scope")


@admin.register(Sender)
class SenderAdmin(ModelAdmin):
    """Our numbers and addresses, with what may be set about them."""

    list_display = (
        "address",
        "channel",
        "country",
        "is_shared",
        "is_front_door",
        "is_active",
        "paused_at",
    )
    list_filter = (
        "channel",
        "is_active",
        "is_shared",
        "is_front_door",
        ("paused_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("address", "account", "messaging_service")
    readonly_fields = ("paused_at", "paused_reason", "next_at", "created_at")
    actions = ("resume_sending",)

    @admin.action(description="Send again from paused senders", permissions=["change"])
    def resume_sending(self, request: HttpRequest, senders: QuerySet[Sender]) -> None:
        for sender in senders:
            resume(sender)
        self.message_user(request, f"{len(senders)} send again.")
