"""What is counted for the numbers at a glance."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Shown
from gateway.models import BusinessDay, DayClock


@admin.register(BusinessDay)
class BusinessDayAdmin(Shown):
    """What each day came to for a business."""

    list_display = ("business", "day")
    search_fields = ("business__name",)
    list_select_related = ("business",)


@admin.register(DayClock)
class DayClockAdmin(Shown):
    """Up to which day a business is counted."""

    list_display = ("business", "counted_to", "due_at")
    search_fields = ("business__name",)
    list_select_related = ("business",)
