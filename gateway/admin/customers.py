"""Customers, their addresses, and where the permission to write to them came from."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gateway.admin.shown import Shown, ShownInline
from gateway.models import Consent, Contact, ContactAddress, WhatsAppUser
from gateway.search.rows import renamed


class ContactAddressInline(ShownInline):
    model = ContactAddress
    fields = ("channel", "address", "last_inbound_at", "last_outbound_at", "bounced_at")


class ConsentInline(ShownInline):
    model = Consent
    fields = ("source", "words", "created_at")


@admin.register(Contact)
class ContactAdmin(Shown):
    """One person who writes to one business; name and language may be put right."""

    list_display = ("name", "business", "language", "created_at")
    search_fields = ("name", "=id", "addresses__address", "addresses__normalized")
    list_select_related = ("business",)
    fields = ("name", "language", "business", "user", "created_at")
    readonly_fields = ("business", "user", "created_at")
    inlines = (ContactAddressInline, ConsentInline)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("gateway.change_contact"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            renamed(obj)


@admin.register(ContactAddress)
class ContactAddressAdmin(Shown):
    """Every address of every customer."""

    list_display = ("address", "channel", "contact", "business", "last_inbound_at", "bounced_at")
    list_filter = ("channel", ("bounced_at", admin.EmptyFieldListFilter))
    search_fields = ("address", "normalized", "contact__name")
    list_select_related = ("contact", "business")


@admin.register(WhatsAppUser)
class WhatsAppUserAdmin(Shown):
    """Which number and which user id of WhatsApp are one writer."""

    list_display = ("user_id", "number", "since", "last_seen_at", "is_newcomer")
    list_filter = ("is_newcomer",)
    search_fields = ("user_id", "number", "normalized")


@admin.register(Consent)
class ConsentAdmin(Shown):
    """What customers agreed to, word for word."""

    list_display = ("contact", "address", "source", "words", "created_at")
    list_filter = ("source",)
    search_fields = ("contact__name", "address__address", "words")
    list_select_related = ("contact", "address")
