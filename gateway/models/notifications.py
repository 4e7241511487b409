"""How a member wants to be told, and what he is to be told later."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from gateway.models.base import Row
from gateway.models.business import Membership
from gateway.models.conversation import CustomerMessage, MessageReply
from gateway.models.opening import known_zone


class Event(models.TextChoices):
    """What a member is told of."""

    NEW = "new", gettext_lazy("A new conversation")
    NEXT = "next", gettext_lazy("A customer goes on writing")
    HELD = "held", gettext_lazy("Something is held and waits for a person")
    FAILED = "failed", gettext_lazy("An answer did not arrive")


def every_event() -> list[str]:
    """All events, as a settings row keeps them."""
    return [str(event) for event in Event]


def only_events(value: Any) -> None:
    """Refuses what is no list of events."""
    if not isinstance(value, list) or not all(each in Event.values for each in value):
        words = _("Only these can be chosen: %(events)s.")
        raise ValidationError(words % {"events": ", ".join(Event.values)}, "invalid")


class NotificationSettings(Row):
    """How one member wants to be told; without a row each event is told by mail, at once.

    `email`, `sms` and `browser` are the events told there, by their names.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, db_constraint=False, related_name="notifications"
    )
    email = models.JSONField(default=every_event, blank=True, validators=[only_events])
    sms = models.JSONField(default=list, blank=True, validators=[only_events])
    browser = models.JSONField(default=every_event, blank=True, validators=[only_events])
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    timezone = models.CharField(
        max_length=64,
        blank=True,
        validators=[known_zone],
        help_text="IANA name; empty: the one of this installation.",
    )
    digest_at = models.TimeField(
        null=True, blank=True, help_text="When one mail a day is sent instead of single ones."
    )
    digest_stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when he wants no digest any more."
    )
    is_woken = models.BooleanField(
        default=False, help_text="Told in quiet hours, too, when a customer waits too long."
    )
    texts_on = models.DateField(null=True, blank=True, editable=False)
    texts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How many texts he got on that day."
    )

    class Meta:
        verbose_name_plural = "notification settings"

    def __str__(self) -> str:
        return f"How {self.membership} is told"

    def clean(self) -> None:
        """Refuses half of a pair, and quiet hours that never end."""
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValidationError(
                {"quiet_until": _("Give both: when quiet hours begin and when they end.")}
            )
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValidationError({"quiet_until": _("Quiet hours must end at another time.")})


class NoticeKind(models.TextChoices):
    GATHERED = "gathered", gettext_lazy("Gathered with what else the customer writes now")
    QUIET = "quiet", gettext_lazy("Waits for the end of quiet hours")
    DIGEST = "digest", gettext_lazy("Waits for the digest")
    WAITING = "waiting", gettext_lazy("Told to somebody else if the customer waits until then")


class Notice(Row):
    """What a member is told when it is due: the message that opened a conversation, or a later one (`reply`).

    Of the kind WAITING it names no member: whom to tell is seen then, if the customer waits `since` that
    moment still. One that went out is kept, without a due time, as long as the mail or the text that told
    it (`delivery`); what is no news any more is deleted.
    """

    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="notices"
    )
    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+"
    )
    since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(
        "channels_out.Delivery",
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        related_name="notices",
    )

    class Meta:
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="gateway_notice_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.message_id}"


class Telling(Row):
    """That a delivery tells a member something that is no message of a customer, by its `event` if it is one.

    `about` names the matter, from which the mail is written that tells it to whoever is told in its
    place: to himself if it is a text that does not arrive, to others if he loses access before it goes.
    It is null where another mail tells it. `mail` is what the version before wrote in its place, a whole
    rendered mail, and nothing reads or writes it any more.
    """

    delivery = models.ForeignKey(
        "channels_out.Delivery",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="tellings",
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    event = models.CharField(max_length=10, choices=Event.choices, blank=True)
    mail = models.JSONField(null=True)
    about = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.delivery_id} to {self.membership_id}"
