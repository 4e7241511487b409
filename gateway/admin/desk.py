"""What members add for themselves: tags, notes and saved views."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Private, Shown
from gateway.models import CustomerMessage, Note, SavedView, Tag, Tagging


@admin.register(Tag)
class TagAdmin(Shown):
    """The tags of every business; its members make and change them in the dashboard."""

    list_display = ("name", "colour", "business", "created_at")
    search_fields = ("name", "business__name")
    list_select_related = ("business",)


@admin.register(Tagging)
class TaggingAdmin(Shown):
    """Which conversation has which tag."""

    list_display = ("tag", "message_id", "created_at")
    search_fields = ("=message__id", "tag__name")
    list_select_related = ("tag",)


@admin.register(Note)
class NoteAdmin(Private):
    """What members wrote for each other."""

    def read_of(self, row: Note) -> CustomerMessage:
        return row.message

    list_display = ("message_id", "author_name", "created_at")
    search_fields = ("=message__id", "author_name", "text")


@admin.register(SavedView)
class SavedViewAdmin(Shown):
    """What members look through again and again."""

    list_display = ("name", "user", "query", "created_at")
    search_fields = ("name",)
    list_select_related = ("user",)
