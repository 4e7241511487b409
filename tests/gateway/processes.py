"""Real processes on the database and the files of one test, killed while they are at it.

`python -m tests.gateway.processes MOMENT ARGUMENTS...`
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.webhooks.processes import ROOT, environment

READY = "ready"


@contextmanager
def running(moment: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has come to this moment; killed (SIGKILL) at the end at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.processes", moment, *arguments],
        cwd=ROOT,
        env=environment(),
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
    print(READY, flush=True)  # noqa: T201  what the test waits for


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


MOMENTS = {"attach": _attach}

if __name__ == "__main__":
    import django

    django.setup()
    MOMENTS[sys.argv[1]](*sys.argv[2:])
