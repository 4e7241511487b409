from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from channels_out.models import DeliveryAttempt, StatusEvent
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.record import locked
from channels_out.outbox.status import take_early_events

BATCH = 100

# A report and the answer that tells its id may be written at the same moment, each unseen by the
# other. That is over in seconds; the rest is room for a worker that stood still.
LOOK_BACK = timedelta(hours=1)


def match_events() -> int:
    """Apply reports that matched nothing when they came, and match an attempt by now; how many."""
    with transaction.atomic(), Ledger() as ledger:
        events = list(_matching(ledger)[:BATCH])
        attempts = DeliveryAttempt.objects.filter(
            provider__in={event.provider for event in events},
            provider_id__in={event.provider_id for event in events},
        )
        deliveries = {row.pk: row for row in locked(attempts.values_list("delivery", flat=True))}
        # Read only now: whoever held a delivery may have written its attempt.
        pairs = [(deliveries[each.delivery_id], each) for each in attempts]
        take_early_events(ledger, pairs)
    return len(events)


def _matching(ledger: Ledger) -> QuerySet[StatusEvent]:
    owners = DeliveryAttempt.objects.filter(
        provider=OuterRef("provider"), provider_id=OuterRef("provider_id")
    )
    unmatched = StatusEvent.objects.filter(
        attempt=None, received_at__gte=ledger.at - LOOK_BACK, provider_id__gt=""
    )
    return unmatched.filter(Exists(owners.exclude(provider_id=""))).order_by("received_at")
