"""Processes of the product that die at the worst moment, or whose clock runs fast.

`python -m tests.faults.dying web|worker|clock ARGUMENTS...` in place of `python -m config.web` or `celery`.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import django

from config import web

DIED = 9
SOON = 0.5  # seconds


def die(*_: object) -> NoReturn:
    """Ends this process as SIGKILL does."""
    os._exit(DIED)


class DyingApplication(web.Application):
    """Dies between COMMIT and what was to be done after it."""

    def __call__(self, module: str) -> Any:
        application = super().__call__(module)
        from gateway import bell

        bell._bell = die
        return application


def serve_and_die(address: str, port: str) -> None:
    """A web process that commits its first change and is gone."""
    web.Application = DyingApplication
    web.serve(address, int(port))


def work_and_die(*arguments: str) -> None:
    """A worker that claims what is due and is gone before it sends."""
    django.setup()
    from channels_out.outbox import deliver

    deliver.line = die
    _celery(arguments)


def hurry(*arguments: str) -> None:
    """A clock for which every day lasts half a second."""
    from config.celery_app import app

    for entry in app.conf.beat_schedule.values():
        entry["schedule"] = SOON
    _celery(arguments)


def _celery(arguments: tuple[str, ...]) -> None:
    from celery.__main__ import main

    sys.argv = ["celery", *arguments]
    main()


if __name__ == "__main__":
    {"web": serve_and_die, "worker": work_and_die, "clock": hurry}[sys.argv[1]](*sys.argv[2:])
