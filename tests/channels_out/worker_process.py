"""A worker as a process of its own, which may be told to die at the worst moment.

`python -m tests.channels_out.worker_process FATE`
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
DIED = 9

LIVES, DIES_BEFORE_SENDING, DIES_BEFORE_RECORDING = "lives", "before-sending", "before-recording"


def start_worker(fate: str, simulator) -> subprocess.Popen[bytes]:
    """One worker on this test's database, sending to this simulator."""
    names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = {name: connection.settings_dict[name] for name in names}
    # One connection is enough for one worker, and a pool's functions are no JSON.
    options = {name: text for name, text in database["OPTIONS"].items() if name != "pool"}
    database["OPTIONS"] = options
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.channels_out.worker_settings",
        "WORKER_DATABASE": json.dumps(database, default=str),
        "WORKER_TWILIO": f"{simulator.url} {simulator.account_sid} {simulator.auth_token}",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.channels_out.worker_process", fate],
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def _die(*_: object) -> None:
    os._exit(DIED)


def _work(fate: str) -> None:
    django.setup()
    from channels_out.outbox import deliver

    moments: dict[str, Callable[[], None]] = {
        LIVES: lambda: None,
        DIES_BEFORE_SENDING: lambda: setattr(deliver, "line", _die),
        DIES_BEFORE_RECORDING: lambda: setattr(deliver, "record", _die),
    }
    moments[fate]()
    while deliver.drain():  # as a worker does: one call ends after a time
        pass


if __name__ == "__main__":
    _work(*sys.argv[1:])
