"""The journal of what providers sent us, what it is compared with, and what each day came to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import IO

from django.core.files.base import ContentFile
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out.models import Sender
from gateway.models import CustomerMessage, HeldItem, MessageReply
from webhooks.outcome import Outcome

# An event that fails lets later ones of its lane pass after as many tries: about four minutes with the
# pauses between them (`webhooks.processing`). Order matters less than that nothing waits for ever.
HOLDS_ITS_LANE = 3


class Kind(models.TextChoices):
    """What a request is about, by the route it came in on."""

    TWILIO_INBOUND = "twilio_inbound", "SMS or WhatsApp message"
    TWILIO_STATUS = "twilio_status", "Status of an SMS or WhatsApp message"
    EMAIL_INBOUND = "email_inbound", "Mail by a provider"
    EMAIL_TRACKING = "email_tracking", "Status of a mail"
    EMAIL_MIME = "email_mime", "Mail by an own server"


class EventState(models.TextChoices):
    DUE = "due", "Waits for processing"
    DONE = "done", "Processed"
    FAILED = "failed", "Failed"


# The folder of bodies in the storage.
BODIES = "inbound"


def body_path(event: InboundEvent, filename: str) -> str:
    """A key of our own in the storage; nothing of the request reaches it."""
    return f"{BODIES}/{event.id.hex[:6]}/{event.id.hex}"


class InboundEventQuerySet(models.QuerySet["InboundEvent"]):
    def due(self, now: datetime) -> InboundEventQuerySet:
        """What may be worked on now: due, and in nobody's hands."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return self.filter(free, due_at__lte=now)

    def first_in_lane(self) -> InboundEventQuerySet:
        """Those that overtake nobody: without a lane, the first that is unfinished in it, or what holds it no more."""
        in_its_lane = InboundEvent.objects.filter(
            lane=OuterRef("lane"), due_at__isnull=False, attempts__lte=HOLDS_ITS_LANE
        ).exclude(lane="")
        # Looked up for each, and not as a join: see `channels_out.outbox.queue`.
        first = Subquery(in_its_lane.order_by("received_at", "id").values("id")[:1])
        return self.filter(Q(lane="") | Q(attempts__gt=HOLDS_ITS_LANE) | Q(id=first))

    def with_body(self) -> InboundEventQuerySet:
        """Those whose raw body was not deleted after its time; an empty one is never journalled."""
        return self.exclude(body=b"", body_file="")

    def process_again(self, now: datetime) -> int:
        """Make these due at once, with all their tries before them; returns how many.

        Without its body an event cannot be read again, and stays as it is.
        """
        return self.with_body().update(
            state=EventState.DUE, due_at=now, attempts=0, lease_until=None, processed_at=None
        )


class InboundEvent(models.Model):
    """One verified request from a provider, kept raw: first stored, then answered, then understood.

    `unique_key` is what makes a request of its kind the same as another (`webhooks.keys`). A body up
    to KEPT_IN_ROW bytes is in `body`, a larger one in the default storage under `body_file`. An event
    is worked on when `due_at` has come; a failed one without `due_at` waits for a person. Within a
    `lane` (what one person writes to one number of ours) events are worked on in the order they came.
    A recovered one has the parameters that its webhook would have had, as far as the provider tells
    them, and `received_at` is when it happened there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    provider = models.CharField(max_length=32)
    account = models.CharField(max_length=64, blank=True)
    unique_key = models.CharField(max_length=200, unique=True)
    lane = models.CharField(max_length=255, blank=True, help_text="What must stay in order.")
    method = models.CharField(max_length=8, default="POST")
    path = models.TextField(help_text="With the query.")
    headers = models.JSONField(default=dict, help_text="Those that reading the request needs.")
    content_type = models.CharField(max_length=255, blank=True)
    body = models.BinaryField(blank=True, default=b"")
    body_file = models.FileField(upload_to=body_path, max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the body.")
    received_at = models.DateTimeField(default=timezone.now)
    recovered_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When we asked for it, as the provider had not posted it; else null.",
    )

    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.DUE)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    detail = models.TextField(blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    message = models.ForeignKey(
        CustomerMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reply = models.ForeignKey(
        MessageReply, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held = models.ForeignKey(
        HeldItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = InboundEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="due") | Q(due_at__isnull=False), name="webhooks_due_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(due_at__isnull=True) & ~Q(outcome=""),
                name="webhooks_done_has_an_outcome",
            ),
        ]
        indexes = [
            models.Index(
                "due_at", "received_at", condition=Q(due_at__isnull=False), name="webhooks_due"
            ),
            models.Index(
                "lane",
                "received_at",
                "id",
                condition=Q(due_at__isnull=False) & ~Q(lane=""),
                name="webhooks_lane",
            ),
            models.Index("received_at", "id", name="webhooks_received"),
            models.Index("kind", "outcome", "received_at", name="webhooks_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    @property
    def query(self) -> str:
        """The part of the path behind the question mark."""
        return self.path.partition("?")[2]

    def open_body(self) -> IO[bytes]:
        """The raw body, to be read and closed."""
        return self.body_file.open("rb") if self.body_file else ContentFile(bytes(self.body))

    def read_body(self) -> bytes:
        """The whole raw body."""
        with self.open_body() as file:
            return file.read()


class Errand(models.TextChoices):
    """What is done again and again by one worker at a time (`webhooks.reconcile`)."""

    RECEIVED = "received", "Ask what came in for one of our numbers"
    STANDING = "standing", "Ask how far messages of ours are that were sent so long ago"
    LEDGER = "ledger", "Write the ledger of the day"


class Round(models.Model):
    """One errand on its rounds: how far it came, when it is due again, and what is wrong with it.

    Until `reached` everything is compared, and of what happened at that very moment all up to
    `reached_id`. A worker that is at it puts `due_at` off. `failing_since` and `problem` say since when it
    does not work and why.
    """

    name = models.CharField(max_length=64, primary_key=True)
    errand = models.CharField(max_length=10, choices=Errand.choices)
    sender = models.ForeignKey(
        Sender,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    reached = models.DateTimeField()
    reached_id = models.UUIDField(null=True, blank=True)
    due_at = models.DateTimeField(db_index=True)
    done_at = models.DateTimeField(null=True, blank=True, help_text="When it last worked.")
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.get_errand_display()}: {self.name}"


class LedgerDay(models.Model):
    """What one day (UTC) came to, as it stood when it was written (`webhooks.ledger`).

    `counts` holds requests by kind and outcome, and deliveries by channel and state; `differences` name in
    plain words what does not balance.
    """

    day = models.DateField(primary_key=True)
    counts = models.JSONField(default=dict)
    differences = models.JSONField(default=list)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "day of the ledger"
        verbose_name_plural = "days of the ledger"
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)


def received_order(events: Iterable[InboundEvent]) -> list[InboundEvent]:
    """As they came in: two texts of one person are filed in the order they were written."""
    return sorted(events, key=lambda event: (event.received_at, event.id))
