"""What customers on shared numbers were asked, and the codes of listings."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Shown, ShownInline
from gateway.models import ListingCode, Option, Question, StrangersAsked


class OptionInline(ShownInline):
    """What could be answered."""

    model = Option
    fields = ("number", "name", "business", "message")


@admin.register(Question)
class QuestionAdmin(Shown):
    """When it was asked, how long it waits, and what was answered."""

    list_display = ("address", "kind", "asked_at", "due_at", "expired_at", "settled_at", "answer")
    list_filter = ("kind", "unasked", ("settled_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "address", "normalized")
    inlines = (OptionInline,)


@admin.register(Option)
class OptionAdmin(Shown):
    """One possible answer."""

    list_display = ("number", "name")
    search_fields = ("=question__id", "name")


@admin.register(StrangersAsked)
class StrangersAskedAdmin(Shown):
    """How many writers of whom nothing is known each number asked, by day."""

    list_display = ("day", "sender", "asked", "staff_told_at")
    search_fields = ("sender__address",)
    list_select_related = ("sender",)


@admin.register(ListingCode)
class ListingCodeAdmin(Shown):
    """The code of a listing; printed ones must lead there for ever."""

    list_display = ("code",)
    search_fields = ("=code",)
