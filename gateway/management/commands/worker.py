from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from gateway import pulse, worker
from gateway.garbage import collect_rarely


class Command(BaseCommand):
    help = (
        "Works everything that is due (inbound events, media, the outbox) until SIGTERM or Ctrl-C."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--once", action="store_true", help="work until nothing is due, then exit"
        )
        parser.add_argument(
            "--alone",
            action="store_true",
            help="no other worker lives: take back at once what a killed one had claimed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["alone"]:
            worker.recover()
        if options["once"]:
            while worker.drain_all():
                pass
            return
        collect_rarely()
        worker.register("pulse", pulse.Beats().beat_when_due)
        stop = worker.Stop()

        def hear(number: int, frame: FrameType | None) -> None:
            stop.asked = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, hear)
        worker.run(stop)
