"""The journal in Django's admin: to find, to read, to process again; never to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from webhooks.models import InboundEvent, LedgerDay, Round

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[InboundEvent]
    AnyAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = AnyAdmin = admin.ModelAdmin


@admin.register(InboundEvent)
class InboundEventAdmin(ModelAdmin):
    list_display = (
        "received_at",
        "recovered_at",
        "kind",
        "provider",
        "state",
        "outcome",
        "attempts",
        "size",
    )
    list_filter = ("state", "outcome", "kind", "provider", "received_at")
    search_fields = ("=id", "unique_key", "detail", "=message__id", "=reply__id", "=held__id")
    date_hierarchy = "received_at"
    show_full_result_count = False
    actions = ("process_again",)
    exclude = ("body", "body_file")
    readonly_fields = ("raw_body",)

    @admin.action(description="Process again", permissions=["process"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> None:
        """Makes the selected events due: what was taken in before is found again, not doubled."""
        chosen = InboundEvent.objects.filter(pk__in=queryset.values("pk"))
        count = chosen.process_again(timezone.now())
        self.message_user(request, f"{count} events will be processed again.", messages.SUCCESS)

    @admin.display(description="Raw body")
    def raw_body(self, event: InboundEvent) -> str:
        """The way to the bytes as they came, while they are kept."""
        if not (event.body or event.body_file):
            return f"Deleted after its time ({event.size} bytes)"
        address = reverse("admin:gateway_webhooks_inboundevent_body", args=[event.pk])
        return format_html('<a href="{}">Download</a> ({} bytes)', address, event.size)

    def get_urls(self) -> list[URLPattern]:
        """The admin's own addresses, and the download."""
        name = "gateway_webhooks_inboundevent_body"
        download = path("<uuid:pk>/body/", self.admin_site.admin_view(self.download), name=name)
        return [download, *super().get_urls()]

    def download(self, request: HttpRequest, pk: str) -> FileResponse:
        """The raw body as plain text to be saved: it is a stranger's, and holds what people wrote."""
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied
        event = get_object_or_404(InboundEvent, pk=pk)
        return FileResponse(
            event.open_body(),
            as_attachment=True,
            filename=f"{event.kind}-{event.id}.txt",
            content_type="text/plain; charset=utf-8",
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only providers add to the journal."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        """A journal is not edited."""
        return False

    def has_process_permission(self, request: HttpRequest) -> bool:
        """Whether the user may send events round again: who might otherwise change them."""
        return request.user.has_perm("gateway_webhooks.change_inboundevent")

    def has_delete_permission(self, request: HttpRequest, obj: InboundEvent | None = None) -> bool:
        """Nothing is dropped by hand."""
        return False


class ReadOnlyAdmin(AnyAdmin):
    """Written by workers alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor dropped."""
        return False


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ("name", "errand", "sender", "reached", "due_at", "failing_since", "problem")
    list_filter = ("errand", "failing_since")
    list_select_related = ("sender",)


@admin.register(LedgerDay)
class LedgerDayAdmin(ReadOnlyAdmin):
    list_display = ("day", "is_balanced", "written_at")
    date_hierarchy = "day"

    @admin.display(boolean=True, description="Balances")
    def is_balanced(self, ledger: LedgerDay) -> bool:
        """Whether nothing of the day is open or missing."""
        return not ledger.differences
