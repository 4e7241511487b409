"""The live stream's own process: `python -m config.live HOST PORT`, granian under ASGI.

The proxy in front sends LIVE_URL here and all else to the web server, so that both are one origin.
"""

from __future__ import annotations

import os
import sys

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from config.environment import WrongEnvironment
from config.web import BACKLOG, STOP_SECONDS, Application

# Requests at once: twice the streams that one process holds, so that who is refused hears so.
REQUESTS = 2000
NEEDED = {"LIVE_URL": "/live/", "REDIS_URL": "redis://host:6379/0"}


def serve(address: str, port: int) -> None:
    """Serves on an IP address until SIGTERM, which ends the streams. Raises WrongEnvironment."""
    _check_settings()
    server = Granian(
        "config.asgi",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        backlog=BACKLOG,
        backpressure=REQUESTS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.serve(target_loader=Application(os.getpid()))


def _check_settings() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    missing = [
        f"\n  - {name} is not set; write the same as for the web server, such as {example}"
        for name, example in NEEDED.items()
        if not getattr(settings, name)
    ]
    if missing:
        raise WrongEnvironment(f"The live stream cannot start.{''.join(missing)}")


if __name__ == "__main__":
    try:
        serve(sys.argv[1], int(sys.argv[2]))
    except WrongEnvironment as error:
        sys.exit(str(error))
