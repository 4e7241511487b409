"""Processes journalled requests again, after a fix."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from webhooks.models import InboundEvent, InboundEventQuerySet, Kind
from webhooks.outcome import Outcome


class Command(BaseCommand):
    help = (
        "Makes journalled requests due again; the workers process them. What was taken in before is "
        "found again, not doubled, and what was deleted stays deleted. Name events, or filter them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ids", nargs="*", type=UUID, metavar="ID", help="Events to process again."
        )
        parser.add_argument("--kind", choices=Kind.values, help="Only events of this kind.")
        parser.add_argument("--outcome", choices=Outcome.values, help="Only those that ended so.")
        parser.add_argument("--since", type=moment, help="Only those received since, in ISO 8601.")
        parser.add_argument("--dry-run", action="store_true", help="Only say how many there are.")

    def handle(self, *args: Any, **options: Any) -> None:
        events = _chosen(options)
        if options["dry_run"]:
            self.stdout.write(f"{events.with_body().count()} events would be processed again.")
            return
        count = events.process_again(timezone.now())
        self.stdout.write(f"{count} events will be processed again.")


def _chosen(options: dict[str, Any]) -> InboundEventQuerySet:
    filters = {
        "id__in": options["ids"],
        "kind": options["kind"],
        "outcome": options["outcome"],
        "received_at__gte": options["since"],
    }
    named = {name: value for name, value in filters.items() if value}
    if not named:
        raise CommandError("Name at least one event, --kind, --outcome or --since.")
    return InboundEvent.objects.filter(**named)


def moment(text: str) -> datetime:
    """A day or a time, in ISO 8601. Raises ValueError."""
    moment = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
    if moment is None:
        raise ValueError(text)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
