"""The web server of `manage.py run`: granian with threads, one process, under WSGI."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces

from config.supervised import end_with_parent

# Django's sync views wait for SQLite or PostgreSQL most of the time.
THREADS = 16
BACKLOG = 1024


def serve(host: str, port: int) -> None:
    """Serves until SIGTERM."""
    end_with_parent()
    Granian(
        "config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
