"""The Celery application: `celery -A config.celery_app worker`, and `beat` for the clock."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init, worker_shutting_down
from django_structlog.celery.steps import DjangoStructLogInitStep

from gateway.garbage import collect_rarely
from gateway.pulse import EVERY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# What a lost wake-up costs, and what an idle worker asks the database: a few queries a second.
SWEEP_SECONDS = 1.0

app = Celery("gateway")
app.set_default()  # for every thread: rings go out from one of their own
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["gateway"])
app.steps["worker"].add(DjangoStructLogInitStep)
app.conf.beat_schedule = {
    "purge": {"task": "config.purge", "schedule": crontab(hour="3", minute="17")},
    # What no worker took before the next one came is of no use.
    "pulse": {"task": "gateway.beat", "schedule": EVERY, "options": {"expires": EVERY}},
}


@app.task(name="config.purge", ignore_result=True)
def purge() -> None:
    """Deletes what is past its time; twice a day does no harm."""
    from django.core.management import call_command

    call_command("purge")


@setup_logging.connect
def keep_our_logging(loglevel: int, **_: Any) -> None:
    """Keeps Celery from a logging set-up of its own, simply by being there; `--loglevel` is for its own lines."""
    logging.getLogger("celery").setLevel(loglevel)


class Sweep(bootsteps.StartStopStep):
    """Looks for work by the clock as well: a broker that is down or lost everything costs a second.

    It begins before the worker asks for its broker, so also a worker that never reached one works.
    """

    def start(self, parent: Any) -> None:
        """Begins, in threads of its own."""
        from gateway import tasks, worker

        collect_rarely()
        sweep = threading.Thread(target=worker.run, args=(tasks.STOP, SWEEP_SECONDS), name="sweep")
        sweep.start()


app.steps["worker"].add(Sweep)


@worker_process_init.connect
def prepare_child(**_: Any) -> None:
    """In each process that the worker forks."""
    collect_rarely()


@worker_shutting_down.connect
def stop_working(**_: Any) -> None:
    """Begins nothing new; what is under way is finished and recorded."""
    from gateway import tasks

    tasks.STOP.asked = True
