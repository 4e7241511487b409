"""Who customers write to, and the people who answer."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from gateway.conf import reply_domain
from gateway.models.base import Row
from gateway.models.opening import Opening

# Minutes; whoever lets customers wait for a week needs no alarm.
LONGEST_WAIT = 7 * 24 * 60


class Business(Opening, Row):
    """A business: its name, its public address (`SLUG@REPLY_DOMAIN`), its people and its inbox."""

    name = models.CharField(max_length=120)
    slug = models.CharField(
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Lower-case letters, digits and hyphens.")
            )
        ],
        help_text="The part before @ of the public address.",
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="gateway.Membership", related_name="gateway_businesses"
    )
    inbox_version = models.PositiveBigIntegerField(
        default=0,
        editable=False,
        help_text="Grows with every change of the inbox; open pages ask for it.",
    )

    fails_over = models.BooleanField(
        "sends another way by itself",
        default=False,
        db_default=False,
        help_text="An answer that failed for good goes on the next channel the customer gave.",
    )
    nudges = models.BooleanField(
        "sends a link by itself",
        default=False,
        db_default=False,
        help_text="Where WhatsApp says nothing of an answer for a day, the customer gets a link to read it.",
    )
    texts_a_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="SMS segments and WhatsApp messages it may send in a day; empty: TEXTS_PER_DAY.",
    )
    text_countries = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{2}(,[A-Z]{2})*$", _("Such as DE,AT,CH."))],
        help_text="Whose phones it may write to first (ISO 3166): DE,AT. Empty: as TEXT_COUNTRIES says.",
    )
    own_texts_a_day = models.PositiveIntegerField(
        "its owner's limit of texts a day",
        null=True,
        blank=True,
        help_text="Where it is lower than the one above.",
    )
    own_text_countries = models.CharField(
        "its owner's choice of countries",
        max_length=400,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{2}(,[A-Z]{2})*$", _("Such as DE,AT,CH."))],
        help_text="Of those above; empty: all of them.",
    )
    escalates_after = models.PositiveIntegerField(
        "tells others after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
        help_text="Minutes a customer waits before it is told on a second channel; empty: never.",
    )

    class Meta:
        verbose_name_plural = "businesses"
        ordering = ("name",)
        constraints = [models.UniqueConstraint(Lower("slug"), name="gateway_business_slug_ci")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_address(self) -> str:
        """Where customers may write by email."""
        return f"{self.slug}@{reply_domain()}"


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MEMBER = "member", _("Member")
    AGENT = "agent", _("Agent (suggests, does not answer)")


class Membership(Row):
    """One person of one business. Access ends at once with `is_active`."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gateway_memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OWNER)
    is_active = models.BooleanField(default=True)
    language = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text="In which mails and pages speak to this person; empty: the browser's.",
    )

    class Meta:
        constraints = [models.UniqueConstraint("business", "user", name="gateway_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.business}"

    @property
    def may_answer(self) -> bool:
        """Whether this person may write to customers now."""
        return self.is_active and self.user.is_active and self.role != Role.AGENT


class MemberAddress(Row):
    """An address that a person has shown to be his own: mail from it may speak for him."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gateway_addresses"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    address = models.CharField(
        max_length=254, help_text="Normalised: lower case for email, E.164 for numbers."
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when our mail to it comes back; empty: it works."
    )
    bounced_because = models.CharField(max_length=255, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "member addresses"
        constraints = [
            models.UniqueConstraint(
                "user", "channel", "address", name="gateway_memberaddress_once"
            ),
        ]
        indexes = [models.Index(fields=["channel", "address"], name="gateway_memberaddress_find")]

    def __str__(self) -> str:
        return self.address


class Welcome(Row):
    """The one mail to a new member that asks for an answer; whoever answers shows that an address is his.

    `address` is the one it went to, normalised.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    address = models.CharField(max_length=254)
    reply_hash = models.CharField(max_length=64, unique=True, editable=False)

    def __str__(self) -> str:
        return f"Welcome to {self.address}"


class DedicatedSender(Row):
    """A number or address of ours that belongs to one business alone."""

    sender = models.OneToOneField(
        "channels_out.Sender", on_delete=models.CASCADE, related_name="dedication"
    )
    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="dedicated_senders"
    )

    def __str__(self) -> str:
        return f"{self.sender} of {self.business}"
