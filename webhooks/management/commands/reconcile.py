"""Asks the providers now for what their webhooks missed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from webhooks.management.commands.reprocess import moment
from webhooks.models import Errand, Round
from webhooks.reconcile.errands import run_due
from webhooks.reconcile.rounds import begin_missing


class Command(BaseCommand):
    help = (
        "Asks Twilio now for messages and statuses that it did not post, and a mail provider that can be asked "
        "what became of mails; the workers take them in. They do so by themselves every few minutes. With --since "
        "it looks back to then, however far it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=moment, help="Look back to then, in ISO 8601.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        begin_missing(now)
        asked = Round.objects.exclude(errand=Errand.LEDGER)
        if options["since"]:
            asked.filter(reached__gt=options["since"]).update(
                reached=options["since"], reached_id=None
            )
        asked.update(due_at=now)
        while run_due():
            pass
        if problems := list(asked.exclude(failing_since=None)):
            told = "\n".join(f"{each}: {each.problem}" for each in problems)
            raise CommandError(f"It did not work and is tried again:\n{told}")
        self.stdout.write(
            "Everything that the providers have was asked for; the journal holds what is new."
        )
