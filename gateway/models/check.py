"""A test of the installation that somebody asked for, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row


class CheckName(models.TextChoices):
    """What can be tested."""

    WORKER = "worker", _("Worker")
    PUBLIC_URL = "public_url", _("Public address")
    MAIL = "mail", _("Mail to you")
    REPLY_DOMAIN = "reply_domain", _("Domain of replies")
    MAIL_DOMAIN = "mail_domain", _("Domain of our mail")
    TWILIO = "twilio", _("Twilio account")
    WEBHOOK = "webhook", _("Twilio's way to us")
    TEXT = "text", _("A text from the simulator")


class Check(Row):
    """One test for one person, the last time he asked; a worker makes it and writes its `outcome` down.

    `outcome` is a code of `gateway.checks.outcomes`, `detail` what it is about or what the other side said.
    `delivery` is the mail that was sent for it. It has no `finished_at` while a worker is still to make it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    name = models.CharField(max_length=20, choices=CheckName.choices)
    asked_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=255, blank=True)
    delivery = models.ForeignKey(
        "channels_out.Delivery",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )

    class Meta:
        constraints = [models.UniqueConstraint("user", "name", name="gateway_check_once")]
        indexes = [
            models.Index("asked_at", condition=Q(finished_at=None), name="gateway_check_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()}: {self.outcome or 'not made yet'}"
