"""What tells whether the gateway itself goes."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Shown
from gateway.models import ApiToken, Brake, Check, Notice, Pulse, Telling


@admin.register(Pulse)
class PulseAdmin(Shown):
    """The last beat of each clock."""

    list_display = ("name", "at")
    search_fields = ("name",)


@admin.register(Brake)
class BrakeAdmin(Shown):
    """Of whom a business is not told one by one for now."""

    list_display = ("business", "writer", "held_back", "ends_at")
    search_fields = ("writer", "=key")
    list_select_related = ("business",)


@admin.register(Notice)
class NoticeAdmin(Shown):
    """What members are told later, and what told them of it."""

    list_display = ("kind", "channel", "membership", "message", "due_at", "created_at")
    list_filter = ("kind", "channel")
    search_fields = ("=message__id",)
    list_select_related = ("membership__user", "membership__business", "message__recipient")


@admin.register(Telling)
class TellingAdmin(Shown):
    """What told members of more than messages of customers, and what it was about."""

    list_display = ("membership", "event", "delivery", "created_at")
    list_filter = ("event",)
    search_fields = ("=delivery__id",)
    list_select_related = ("membership__user", "membership__business", "delivery")


@admin.register(Check)
class CheckAdmin(Shown):
    """What members tested last, and what came of it."""

    list_display = ("name", "user", "asked_at", "finished_at", "outcome")
    list_filter = ("name", "outcome")
    search_fields = ("outcome", "detail")
    list_select_related = ("user",)


@admin.register(ApiToken)
class ApiTokenAdmin(Shown):
    """Whose programs have a token, and when each was used last; knox's own table ends one."""

    list_display = ("name", "person", "reads_only", "last_used_at", "created_at")
    search_fields = ("name", "=token__token_key")
    list_select_related = ("token__user",)

    @admin.display(description="person")
    def person(self, row: ApiToken) -> str:
        """In whose name it works."""
        return str(row.token.user)
