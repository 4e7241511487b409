"""Real processes on the database and the files of one test, killed while they are at it.

`python -m tests.gateway.processes MOMENT ARGUMENTS...`
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine

from tests.webhooks.processes import ROOT, environment

READY = "ready"


@contextmanager
def running(moment: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has come to this moment; killed (SIGKILL) at the end at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.processes", moment, *arguments],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == READY
            yield process
        finally:
            process.kill()


def _ready() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def _attach(message: str) -> None:
    """Has stored a file and written its row, and not committed."""
    from django.db import transaction

    from gateway.files import attach, stored
    from gateway.models import CustomerMessage
    from tests.gateway.post import PHOTO

    with stored([PHOTO]) as attachments, transaction.atomic():
        attach(attachments, message=CustomerMessage.objects.get(pk=message))
        _ready()
        time.sleep(60)


def _work(hours: str) -> None:
    """Has looked for all work that is due, on a machine whose clock is so many hours fast."""
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=float(hours))):
        _look_for_work()
    _ready()


def _step(hours: str) -> None:
    """Has looked for all work that is due before and after the clock was set by so many hours."""
    with time_machine.travel(datetime.now(UTC)) as clock:
        _look_for_work()
        clock.shift(timedelta(hours=float(hours)))
        _look_for_work()
    _ready()


def _race() -> None:
    """Is ready to look for all work that is due, and does so at a word."""
    _ready()
    sys.stdin.readline()
    _look_for_work()


def _stop_at(path: str) -> None:
    """Is in the middle of work, where this function is called, and has committed nothing of it."""
    from django.utils.module_loading import import_string

    module, _, name = path.rpartition(".")
    import_string(path)

    def stop(*_: object, **__: object) -> None:
        _ready()
        time.sleep(60)

    setattr(sys.modules[module], name, stop)
    _look_for_work()


def _look_for_work() -> None:
    from django.conf import settings

    from gateway import worker

    settings.CHANNEL_ADAPTERS = {"email": "channels_out.adapters.memory.Memory"}
    for name in worker.WORK:
        worker.drain(name, worker.Stop())


MOMENTS = {"attach": _attach, "work": _work, "step": _step, "race": _race, "stop_at": _stop_at}

if __name__ == "__main__":
    import django

    django.setup()
    MOMENTS[sys.argv[1]](*sys.argv[2:])
