"""A worker as a process of its own, which may be told to die at the worst moment.

`python -m tests.channels_out.worker_process FATE TWILIO_API_URL ACCOUNT TOKEN`
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
DIED = 9

LIVES, DIES_BEFORE_SENDING, DIES_BEFORE_RECORDING = "lives", "before-sending", "before-recording"


def start_worker(fate: str, simulator) -> subprocess.Popen[bytes]:
    """One worker on this test's database."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.channels_out.worker_process",
            fate,
            simulator.url,
            simulator.account_sid,
            simulator.auth_token,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": _database_url(),
        },
    )


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


def _die(*_: object) -> None:
    os._exit(DIED)


def _work(fate: str, api_url: str, account: str, token: str) -> None:
    django.setup()
    settings.TWILIO_API_URL = api_url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS = account, (token,)
    from channels_out.outbox import deliver

    moments: dict[str, Callable[[], None]] = {
        LIVES: lambda: None,
        DIES_BEFORE_SENDING: lambda: setattr(deliver, "line", _die),
        DIES_BEFORE_RECORDING: lambda: setattr(deliver, "record", _die),
    }
    moments[fate]()
    deliver.drain()


if __name__ == "__main__":
    _work(*sys.argv[1:])
