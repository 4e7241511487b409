"""Businesses, their people, numbers and listings: what staff set up by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest

from gateway import canned
from gateway.addresses import normalize
from gateway.admin.shown import Shown
from gateway.listing_addresses import listing_address
from gateway.models import (
    AddressProof,
    AwaySent,
    Business,
    ClosingBlock,
    DedicatedSender,
    Invitation,
    Listing,
    MemberAddress,
    Membership,
    NotificationSettings,
    TextsSent,
    Welcome,
    WhatsAppTemplate,
)
from gateway.outbound.limits import most_texts, texts_today
from gateway.welcome import welcome

USER_EMAIL = f"user__{get_user_model().get_email_field_name()}"


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    raw_id_fields = ("user",)
    can_delete = False  # see MembershipAdmin


class DedicatedSenderInline(admin.TabularInline):
    model = DedicatedSender
    extra = 0
    raw_id_fields = ("sender",)


@admin.register(Business)
class BusinessAdmin(admin.ModelAdmin):
    """Who customers write to."""

    list_display = ("name", "slug", "public_address", "created_at")
    search_fields = ("name", "slug")
    readonly_fields = ("texts_today",)
    inlines = (MembershipInline, DedicatedSenderInline)
    show_full_result_count = False

    @admin.display(description="texts today")
    def texts_today(self, business: Business) -> str:
        """How many of how many it may send."""
        return f"{texts_today(business)} of {most_texts(business)}"

    def save_model(self, request: HttpRequest, obj: Business, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            canned.begin(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            if isinstance(row, Membership):
                welcome(row)


@admin.register(AwaySent)
class AwaySentAdmin(Shown):
    """Which customers were answered by itself when their business was closed, and when last."""

    list_display = ("contact", "business", "sent_at")
    search_fields = ("contact__name", "business__name", "business__slug")
    list_select_related = ("contact", "business")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who belongs to which business. Access is ended by `is_active`; the row stays for what he wrote."""

    list_display = ("user", "business", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    search_fields = (USER_EMAIL, "business__name", "business__slug")
    list_select_related = ("user", "business")
    raw_id_fields = ("user",)
    autocomplete_fields = ("business",)
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        welcome(obj)


@admin.register(Welcome)
class WelcomeAdmin(Shown):
    """To whom the welcome mail went."""

    list_display = ("address", "membership", "created_at")
    search_fields = ("address",)
    list_select_related = ("membership__user", "membership__business")


@admin.register(Invitation)
class InvitationAdmin(Shown):
    """Who was invited to which business, and whether he came."""

    list_display = ("address", "business", "role", "invited_by_name", "ended_at", "accepted_by")
    search_fields = ("address", "business__name", "business__slug")
    list_select_related = ("business", "accepted_by")


@admin.register(NotificationSettings)
class NotificationSettingsAdmin(Shown):
    """How members want to be told; each says so himself."""

    list_display = (
        "membership",
        "email",
        "sms",
        "quiet_from",
        "quiet_until",
        "timezone",
        "digest_at",
        "digest_stopped_at",
    )
    search_fields = (f"membership__{USER_EMAIL}",)
    list_select_related = ("membership__user", "membership__business")


class MemberAddressForm(forms.ModelForm):
    """Keeps the form by which incoming mail and texts are compared."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "address" in given and "channel" in given:
            given["address"] = normalize(given["channel"], given["address"])
        return given


@admin.register(MemberAddress)
class MemberAddressAdmin(admin.ModelAdmin):
    """From where a member's mail and texts speak for him."""

    form = MemberAddressForm
    list_display = ("address", "channel", "user", "verified_at", "bounced_at")
    list_filter = (
        "channel",
        ("verified_at", admin.EmptyFieldListFilter),
        ("bounced_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("address", USER_EMAIL)
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    show_full_result_count = False


@admin.register(AddressProof)
class AddressProofAdmin(Shown):
    """To which addresses links and codes went, so that people show that they are theirs."""

    list_display = ("address", "channel", "user", "tries", "is_over", "created_at")
    search_fields = ("address", USER_EMAIL)
    list_select_related = ("user",)


@admin.register(ClosingBlock)
class ClosingBlockAdmin(admin.ModelAdmin):
    """What is cut from below a member's mails."""

    list_display = ("membership", "state", "text", "created_at")
    list_filter = ("state",)
    search_fields = ("text", f"membership__{USER_EMAIL}")
    list_select_related = ("membership__user", "membership__business")
    fields = ("membership", "text", "state", "created_at")
    readonly_fields = ("membership", "text", "created_at")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ClosingBlock | None = None) -> bool:
        return False


@admin.register(DedicatedSender)
class DedicatedSenderAdmin(admin.ModelAdmin):
    """Which of our numbers belongs to one business alone."""

    list_display = ("sender", "business", "created_at")
    search_fields = ("sender__address", "business__name", "business__slug")
    list_select_related = ("sender", "business")
    raw_id_fields = ("sender",)
    autocomplete_fields = ("business",)
    show_full_result_count = False


@admin.register(WhatsAppTemplate)
class WhatsAppTemplateAdmin(admin.ModelAdmin):
    """In which words a business may write on WhatsApp once the customer's 24 hours are over."""

    list_display = ("name", "business", "language", "category", "content_sid", "is_active")
    list_filter = ("is_active", "category", "language")
    search_fields = ("name", "=content_sid", "business__name", "business__slug")
    list_select_related = ("business",)
    autocomplete_fields = ("business",)
    raw_id_fields = ("sender",)
    show_full_result_count = False


@admin.register(TextsSent)
class TextsSentAdmin(Shown):
    """How many texts a business sent, by day."""

    list_display = ("day", "business", "segments")
    search_fields = ("business__name", "business__slug")
    list_select_related = ("business",)


class ListingAdmin(admin.ModelAdmin):
    """What businesses offer."""

    list_display = ("title", "business", "public_address", "status", "price", "created_at")
    list_filter = ("status",)
    search_fields = ("title", "=external_id", "business__name", "business__slug")
    list_select_related = ("business",)
    autocomplete_fields = ("business",)
    show_full_result_count = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def public_address(self, listing: Listing) -> str:
        return listing_address(listing)


if not Listing._meta.swapped:
    admin.site.register(Listing, ListingAdmin)
