from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out.channel import Channel
from channels_out.models.sender import Sender
from channels_out.outgoing import Rendered
from channels_out.state import UNFINISHED, OnDoubt, State


class Delivery(models.Model):
    """One rendered message on its way to one address.

    The row is the queue: its state, when it is due and who holds the lease. Within a `lane` order
    is kept: a later delivery never overtakes an earlier unfinished one. `reason` and `next_step`
    are sentences for the owner. A delivery in doubt without `due_at` waits for a person.
    `queued_at` is when it was last asked for, so patience starts anew when a person retries. After
    `stale_at` it does not begin any more: its writer is to say whether it still makes sense.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    sender = models.ForeignKey(
        Sender,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,  # nobody looks for what a sender has sent; what waits for it has an index
    )
    to_address = models.CharField(max_length=320)
    payload = models.JSONField()
    purpose = models.CharField(max_length=32, blank=True)
    lane = models.CharField(max_length=255, blank=True)
    on_doubt = models.CharField(max_length=8, choices=OnDoubt.choices, default=OnDoubt.ASK)
    message_id = models.CharField("Message-ID", max_length=255, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    stale_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error_name = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    provider = models.CharField(max_length=32, blank=True)
    provider_id = models.CharField(max_length=255, blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, lease_until__isnull=False)
                | (~Q(state=State.SENDING) & Q(lease_until__isnull=True)),
                name="delivery_is_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.QUEUED) | Q(due_at__isnull=False),
                name="delivery_queued_is_due",
            ),
        ]
        indexes = [
            models.Index("due_at", "id", condition=Q(state=State.QUEUED), name="delivery_due"),
            # Whether any mail is due is asked while many texts wait.
            models.Index(
                "due_at",
                condition=Q(state=State.QUEUED, channel=Channel.EMAIL),
                name="delivery_mail_due",
            ),
            models.Index(
                "stale_at",
                condition=Q(state=State.QUEUED, stale_at__isnull=False),
                name="delivery_stale",
            ),
            models.Index("sender", condition=Q(state=State.QUEUED), name="delivery_sender_queued"),
            models.Index("lease_until", condition=Q(state=State.SENDING), name="delivery_leased"),
            models.Index("due_at", condition=Q(state=State.IN_DOUBT), name="delivery_in_doubt"),
            models.Index("provider_id", condition=~Q(provider_id=""), name="delivery_provider_id"),
            models.Index("message_id", condition=~Q(message_id=""), name="delivery_message_id"),
            models.Index(
                "sent_at",
                "id",
                # Of what went over SMTP nothing more is heard, and nobody to ask.
                condition=Q(state=State.SENT) & ~Q(provider="smtp"),
                name="delivery_unheard_of",
            ),
            models.Index(
                "lane", "id", condition=Q(state__in=UNFINISHED) & ~Q(lane=""), name="delivery_lane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.to_address}: {self.get_state_display()}"

    @property
    def rendered(self) -> Rendered:
        """The message itself."""
        return Rendered.from_payload(self.payload)

    @property
    def cc(self) -> tuple[str, ...]:
        """The addresses that a mail is copied to."""
        return tuple(self.payload.get("cc", ()))

    def is_copied_to(self, address: str) -> bool:
        """Whether this address is one of a copy, and not the one that it is for."""
        same = address.casefold()
        return same in self.cc and same != self.to_address.casefold()

    @property
    def waits_for_a_person(self) -> bool:
        """Nobody can be asked whether it went out: a person has to say."""
        return self.state == State.IN_DOUBT and self.due_at is None


class DeliveryAttempt(models.Model):
    """One try. Its row is written before the network is touched, so a killed worker leaves it
    behind as evidence; its id is in the URL at which the provider reports.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.CASCADE,
        related_name="tries",
        db_index=False,  # the constraint on numbers begins with it
    )
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    provider = models.CharField(max_length=32, blank=True)
    account = models.CharField(max_length=64, blank=True)
    provider_id = models.CharField(max_length=255, blank=True)
    error_name = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["provider", "provider_id"],
                condition=~Q(provider_id=""),
                name="attempt_provider_id_settles_one",
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.get_outcome_display()}"
