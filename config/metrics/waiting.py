"""What waits in the database, counted when somebody asks: bounded questions on partial indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from channels_out.outbox.waiting import (
    count_due,
    count_in_doubt,
    count_paused,
    count_silent,
)
from config.health.database import age, ages_of_due, short_statements
from config.health.question import Question
from gateway.models import HeldItem
from gateway.pulse import last_beat
from webhooks.reconcile.ledger import unbalanced
from webhooks.waiting import MANY, count_events, count_given_up, count_media, failing_since

PATIENCE = 5.0  # seconds; Prometheus gives up a scrape after ten

Counts = dict[tuple[str, ...], int]


def gauges() -> Iterable[Metric]:
    """All of it, or `gateway_database_up 0` alone where the database does not answer in time."""
    try:
        found: Sequence[Metric] = _asked.put()()
    except Exception:  # noqa: BLE001  a scrape tells of the rest all the same
        found = []
    up = GaugeMetricFamily("gateway_database_up", "Whether the database answered this scrape.")
    up.add_metric([], 1 if found else 0)
    return [up, *found]


def _ask() -> Sequence[Metric]:
    with short_statements():
        return list(_found())


def _found() -> Iterator[Metric]:
    now = timezone.now()
    yield _counted(
        "gateway_events_due", "Journalled requests that are due.", ["kind"], count_events(now)
    )
    yield _counted(
        "gateway_events_given_up",
        "Journalled requests that failed for good and wait for a person.",
        ["kind"],
        count_given_up(),
    )
    yield _counted(
        "gateway_media_due", "Files that are due to be fetched.", [], {(): count_media(now)}
    )
    yield _counted(
        "gateway_deliveries_due", "Deliveries that are due.", ["channel"], count_due(now)
    )
    yield _counted(
        "gateway_deliveries_in_doubt",
        "Deliveries of which nobody knows whether they went out, by who has to say.",
        ["channel", "waits_for"],
        count_in_doubt(),
    )
    yield _counted(
        "gateway_senders_paused",
        "Senders that are paused because their credentials were refused.",
        ["channel"],
        count_paused(),
    )
    yield _counted(
        "gateway_providers_silent",
        "Providers' accounts that do not answer, so that their queue waits.",
        ["channel"],
        count_silent(),
    )
    yield _counted("gateway_held", "Held items that nobody has settled.", ["waits_for"], _held())
    yield GaugeMetricFamily(
        "gateway_errand_failing_seconds",
        "Since when the provider cannot be asked for what it did not post, or no ledger be written; 0 where all works.",
        value=age(now, failing_since()) or 0.0,
    )
    yield GaugeMetricFamily(
        "gateway_ledger_differences",
        "What does not balance in the ledgers of the last week.",
        value=sum(len(each.differences) for each in unbalanced(now)),
    )
    oldest = GaugeMetricFamily(
        "gateway_oldest_due_seconds",
        "Since when the oldest row waits that a worker could take at once; 0 where there is none.",
        labels=["work"],
    )
    for work, seconds in ages_of_due(now).items():
        oldest.add_metric([work], seconds or 0.0)
    yield oldest
    beat = age(now, last_beat())
    if beat is not None:
        yield GaugeMetricFamily(
            "gateway_beat_age_seconds", "Since when the clock did not beat.", value=beat
        )


def _held() -> Counts:
    unsettled = HeldItem.objects.filter(settlement="").order_by()
    return {
        ("business",): unsettled.filter(business__isnull=False)[:MANY].count(),
        ("staff",): unsettled.filter(business=None)[:MANY].count(),
    }


def _counted(name: str, told: str, labels: list[str], counts: Counts) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for values, number in counts.items():
        family.add_metric(values, number)
    return family


_asked = Question(_ask, PATIENCE)
