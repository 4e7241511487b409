"""Does what code of an earlier version left undone; to be run once the last of its processes has ended."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gateway import catch_up


class Command(BaseCommand):
    help = (
        "Does what code of an earlier version left undone: the words by which texts are found, the mark of "
        "conversations whose answer failed, the words of what it erased. Run it after `migrate`, and again once "
        "the last old process has ended. "
        "Everything else may go on meanwhile, and to run it again does no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how much there is.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self.stdout.write(_said(catch_up.missing(), "would be"))
        else:
            self.stdout.write(_said(catch_up.run(), "were"))


def _said(missing: catch_up.Missing, verb: str) -> str:
    return (
        f"{missing.texts} texts {verb} made findable, {missing.failures} marks of failed answers {verb} put right,"
        f" and the words of {missing.erased} erased texts {verb} deleted."
    )
