"""What members and agents add: tags, notes, saved views, canned answers, drafts, suggestions, and who is on copy."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Private, Shown
from gateway.models import (
    Assignment,
    CannedAnswer,
    Copy,
    CopySent,
    CustomerMessage,
    Draft,
    Note,
    Presence,
    SavedView,
    Suggestion,
    Tag,
    Tagging,
)


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


@admin.register(Assignment)
class AssignmentAdmin(Shown):
    """Who gave which conversation to whom."""

    list_display = ("message_id", "actor_name", "assignee_name", "created_at")
    search_fields = ("=message__id", "actor_name", "assignee_name")


@admin.register(Presence)
class PresenceAdmin(Shown):
    """Who looked at which conversation within the last minutes."""

    list_display = ("message_id", "user", "is_writing", "seen_at")
    search_fields = ("=message__id",)
    list_select_related = ("user",)


@admin.register(SavedView)
class SavedViewAdmin(Shown):
    """What members look through again and again."""

    list_display = ("name", "user", "query", "created_at")
    search_fields = ("name",)
    list_select_related = ("user",)


@admin.register(CannedAnswer)
class CannedAnswerAdmin(Shown):
    """The texts that businesses keep because they send them often."""

    list_display = ("name", "business", "in_mails", "created_at")
    list_filter = ("in_mails",)
    search_fields = ("name", "text", "business__name")
    list_select_related = ("business",)


@admin.register(Draft)
class DraftAdmin(Private):
    """What members typed and did not send."""

    def read_of(self, row: Draft) -> CustomerMessage:
        return row.message

    list_display = ("message_id", "membership", "channel", "saved_at")
    search_fields = ("=message__id",)
    list_select_related = ("membership__user", "membership__business")


@admin.register(Copy)
class CopyAdmin(Shown):
    """Who is on copy of which conversation."""

    list_display = ("message_id", "address", "name", "bounced_at", "created_at")
    search_fields = ("=message__id", "address", "name")


@admin.register(CopySent)
class CopySentAdmin(Shown):
    """Who got a copy of which answer, and what was heard of it."""

    list_display = ("reply_id", "address", "name", "problem", "created_at")
    list_filter = ("problem",)
    search_fields = ("=reply__id", "=reply__message__id", "address", "name")


@admin.register(Suggestion)
class SuggestionAdmin(Private):
    """What agents proposed to answer, and what became of it."""

    def read_of(self, row: Suggestion) -> CustomerMessage:
        return row.message

    list_display = ("message_id", "author_name", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("=message__id", "author_name", "text")
