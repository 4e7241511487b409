"""`manage.py purge` of the product: the apps' own, and what only the product keeps."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from config.metrics.folder import add_up_the_dead
from webhooks.management.commands import purge


class Command(purge.Command):
    """Adds up the counters of processes that have ended as well."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not options["dry_run"]:
            add_up_the_dead(settings.METRICS_FOLDER.parent)
