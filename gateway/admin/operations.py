"""What tells whether the gateway itself goes."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Shown
from gateway.models import Pulse


@admin.register(Pulse)
class PulseAdmin(Shown):
    """The last beat of each clock."""

    list_display = ("name", "at")
    search_fields = ("name",)
