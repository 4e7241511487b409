"""Any process of the product knows where its wake-ups go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.simulator_process import ROOT

ASK = """
import threading, django
django.setup()
from celery import current_app
ask = threading.Thread(target=lambda: print(current_app.conf.task_default_queue))
ask.start()
ask.join()
"""


def test_every_thread_of_a_web_process_wakes_the_workers_by_their_own_queue(tmp_path: Path) -> None:
    services = {
        "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/none",
        "CELERY_BROKER_URL": "redis://127.0.0.1:9/0",
        "DATA_DIR": str(tmp_path),
        "ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**os.environ, **services},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert asked.stdout.strip() == "gateway"
