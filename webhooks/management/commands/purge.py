"""Deletes what is past its time; to be run once a day."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gateway.purge import (
    CALLS_KEPT,
    QUESTIONS_KEPT,
    TRASH_KEPT,
    empty_trash,
    forget_questions,
    old_calls,
    old_questions,
    old_trash,
)
from webhooks.purge import BODIES_KEPT, ORPHANS_KEPT, forget_bodies, old_bodies, orphans


class Command(BaseCommand):
    help = (
        f"Deletes for good: first answers to repeated calls after {CALLS_KEPT.days} days, conversations in the trash "
        f"with their files after {TRASH_KEPT.days} days, what customers on shared numbers were asked after "
        f"{QUESTIONS_KEPT.days} days, raw bodies of processed requests after {BODIES_KEPT.days} "
        f"days and those that no request has after {ORPHANS_KEPT.days}. Run it once a "
        "day. Exits with 1 where a stored file could not be deleted; run it again then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how many there are.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            calls, questions = old_calls(now).count(), old_questions(now).count()
            conversations = old_trash(now).count()
            bodies = old_bodies(now).count() + len(orphans(now))
            said = _said(calls, questions, conversations, bodies, verb="would be deleted")
            self.stdout.write(said)
            return
        calls, questions = old_calls(now).delete()[0], forget_questions(now)
        try:
            conversations, bodies = empty_trash(now), forget_bodies(now)
        except OSError as error:
            raise CommandError(
                f"A stored file could not be deleted ({error}). Mend the storage and run this again."
            ) from error
        self.stdout.write(_said(calls, questions, conversations, bodies, verb="were deleted"))


def _said(calls: int, questions: int, conversations: int, bodies: int, *, verb: str) -> str:
    return (
        f"{calls} first answers, {questions} questions, {conversations} conversations in the trash"
        f" and {bodies} raw bodies {verb}."
    )
