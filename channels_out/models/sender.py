from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from uuid_utils.compat import uuid7

from channels_out.channel import Channel
from channels_out.conf import sms_per_second

# Twilio's default throughput of one WhatsApp sender, in messages a second:
# https://www.twilio.com/docs/whatsapp/api#rate-limiting
WHATSAPP_PER_SECOND = 80.0
# And of a short code, a number of three to eight digits without a country's code:
# https://www.twilio.com/docs/glossary/what-is-a-short-code
SHORT_CODE_PER_SECOND = 100.0
LONGEST_SHORT_CODE = 8


class Sender(models.Model):
    """One of our numbers or addresses.

    `address` is an exact, opaque string without a transport's prefix. `next_at` is the first
    moment at which this sender may send again; all workers share it, so it is the pace.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=255)
    account = models.CharField(max_length=64, blank=True, help_text="Twilio account SID")
    messaging_service = models.CharField(
        max_length=64, blank=True, help_text="Twilio Messaging Service SID"
    )
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    can_mms = models.BooleanField("can send MMS", default=False)
    can_voice = models.BooleanField("can take calls", default=False)
    per_second = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.001)],
        help_text="Messages a second; empty: the default of its channel",
    )
    is_shared = models.BooleanField(
        default=False, help_text="Used by all businesses, not dedicated to one"
    )
    is_front_door = models.BooleanField(
        "is a front door",
        db_default=False,
        default=False,
        help_text=(
            "Of shared SMS numbers: stands in links and QR codes only. What comes in here is"
            " answered from a shared number that is none."
        ),
    )
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField(default=timezone.now, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_reason = models.CharField(max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["channel", "address"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="sender_once"),
            models.CheckConstraint(
                condition=models.Q(per_second__isnull=True) | models.Q(per_second__gt=0),
                name="sender_pace_is_positive",
                violation_error_message="A pace is more than 0 messages a second.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.address}"

    def clean(self) -> None:
        """Only a shared SMS number may be a front door: on WhatsApp nobody may be written to from another one."""
        if self.is_front_door and not (self.is_shared and self.channel == Channel.SMS):
            raise ValidationError(
                {"is_front_door": "Only a shared SMS number can be a front door."}
            )

    @cached_property
    def pace(self) -> float:
        """Messages a second this sender may send."""
        return pace_of(self.channel, self.address, self.per_second)


def pace_of(channel: str, address: str, per_second: float | None) -> float:
    """Messages a second that a sender may send: as many as its row says, else as its kind does."""
    if per_second is not None:
        return per_second
    if channel == Channel.WHATSAPP:
        return WHATSAPP_PER_SECOND
    is_short = address.isdecimal() and len(address) <= LONGEST_SHORT_CODE
    return SHORT_CODE_PER_SECOND if is_short else sms_per_second()
