"""What is shown and not edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from channels_out.admin import ReadOnlyAdmin
from gateway.models import CustomerMessage, HeldItem
from gateway.readings import staff_read


class Shown(ReadOnlyAdmin):
    """Rows that only the gateway writes, the newest first (their ids grow with time)."""

    ordering = ("-pk",)


class Private(Shown):
    """Rows with what people wrote: to open one is remembered where the business's people see it."""

    def read_of(self, row: Any) -> CustomerMessage | HeldItem | None:
        """The conversation or held item that a row shows the text of."""
        raise NotImplementedError

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            read = self.read_of(row)
            if read is not None:
                staff_read(request.user, read)
        return row


class ShownInline(admin.TabularInline):
    """Such rows below the row they belong to."""

    extra = 0
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
