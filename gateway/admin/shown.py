"""What is shown and not edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from channels_out.admin import ReadOnlyAdmin


class Shown(ReadOnlyAdmin):
    """Rows that only the gateway writes, the newest first (their ids grow with time)."""

    ordering = ("-pk",)


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
