"""Real processes on this test's database: a server with two workers, and a worker that dies.

`python -m tests.webhooks.processes before|after` is the worker, `unanswered` a server that dies as well.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIED = 9
START_SECONDS = 30.0


def environment() -> dict[str, str]:
    """The settings of the tests, on the database and the files of this test."""
    from django.conf import settings
    from django.db import connection

    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.webhooks.process_settings",
        "NAME_OF_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "FILES_OF_TEST": str(settings.MEDIA_ROOT),
    }


def server() -> AbstractContextManager[int]:
    """The port of a granian server with two processes of four threads, as in production."""
    return _serving(environment(), workers=2)


def server_on(database_url: str) -> AbstractContextManager[int]:
    """The port of a server with one process that goes another way to this test's database."""
    return _serving(environment() | {"DATABASE_URL": database_url}, workers=1)


@contextmanager
def _serving(variables: dict[str, str], workers: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--interface wsgi --port {port} --workers {workers} --blocking-threads 4 --no-ws"
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *options.split(), "config.wsgi:application"],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def run_dying_worker(moment: str) -> int:
    """A worker that claims what is due and is gone before or after the message was taken in."""
    return _run(moment)


def run_dying_server() -> int:
    """A server that has committed the request of `tests.webhooks.conftest.sms` and is gone before it answers."""
    return _run("unanswered")


def _run(moment: str) -> int:
    command = [sys.executable, "-m", "tests.webhooks.processes", moment]
    return subprocess.run(command, cwd=ROOT, env=environment(), timeout=60, check=False).returncode


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "The server did not start"
            time.sleep(0.05)
        else:
            return


def _die(moment: str) -> None:
    import django

    django.setup()
    from webhooks import processing
    from webhooks.models import InboundEvent
    from webhooks.outcome import Ended

    take_in = dict(processing.TAKE_IN)

    def dying(event: InboundEvent) -> Ended:
        if moment == "after":
            take_in[event.kind](event)
        os._exit(DIED)

    processing.TAKE_IN.update(dict.fromkeys(take_in, dying))
    processing.process_due()


def _die_unanswered() -> None:
    import django

    django.setup()
    from tests.webhooks.conftest import Twilio, sms
    from webhooks import group_commit

    group_commit._answer = lambda *_: os._exit(DIED)
    Twilio().post(sms())


if __name__ == "__main__":
    if sys.argv[1] == "unanswered":
        _die_unanswered()
    else:
        _die(sys.argv[1])
