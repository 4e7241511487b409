"""The web server of `manage.py run`: granian with threads, one worker process, under WSGI."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from config.supervised import end_with_parent
from gateway.garbage import collect_rarely

# Django's sync views wait for SQLite or PostgreSQL most of the time, and those of providers for a commit that they
# share: as many as may wait at once are one commit. They hold no connection meanwhile, so the pool may be smaller.
THREADS = 32
BACKLOG = 1024
# Shorter than the supervisor's patience: granian kills a worker that hangs, not the supervisor granian.
STOP_SECONDS = 5


def serve(address: str, port: int) -> None:
    """Serves on an IP address until SIGTERM."""
    server = Granian(
        "config.wsgi",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.serve(target_loader=Application(os.getpid()))


class Application:
    """Loads the application in granian's worker, which would outlive a killed granian and keep the port."""

    def __init__(self, granian: int) -> None:
        self.granian = granian

    def __call__(self, module: str) -> Any:
        end_with_parent(self.granian)
        application = import_module(module).application
        collect_rarely()
        return application


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
