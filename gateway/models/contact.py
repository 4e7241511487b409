"""What one business knows of one customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from channels_out.channel import Channel
from gateway.models.base import Row
from gateway.models.business import Business


class Contact(Row):
    """One person who writes to one business. Two businesses never share a contact."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=255, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=12, blank=True)
    blocked_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when all that comes from this person is spam."
    )

    class Meta:
        indexes = [models.Index(fields=["business", "name"], name="gateway_contact_name")]

    def __str__(self) -> str:
        return self.name or str(self.id)


class ContactAddress(Row):
    """One address of a contact on one channel: an opaque string and a normalised form to find it by.

    Two contacts may name the same address: a form can be filled in with anybody's. `last_inbound_at`
    is set once something truly came from it.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(
        max_length=10, choices=[choice for choice in Channel.choices if choice[0] != Channel.WEB]
    )
    address = models.CharField(
        max_length=254, help_text="Exactly as the provider or the person gave it."
    )
    normalized = models.CharField(max_length=254)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_outbound_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "contact addresses"
        constraints = [
            models.UniqueConstraint(
                "contact", "channel", "normalized", name="gateway_contactaddress_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["business", "channel", "normalized"], name="gateway_contactaddress_find"
            ),
            # Whom a phone deals with, whatever the business: gateway/inbound/elsewhere.py.
            models.Index(fields=["normalized", "channel"], name="gateway_contactaddress_whose"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.address}"


class Consent(Row):
    """Where the permission to write to a customer came from: the words shown, when, and on what form."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    address = models.ForeignKey(
        ContactAddress, on_delete=models.CASCADE, null=True, related_name="consents"
    )
    source = models.CharField(max_length=40, help_text="form, inbound, import")
    words = models.TextField(blank=True, help_text="What the customer was shown, word for word.")

    def __str__(self) -> str:
        return f"{self.source} {self.created_at:%Y-%m-%d}"
