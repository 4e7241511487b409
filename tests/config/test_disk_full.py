"""F34: a disk that is full is seen, and the process that cannot count goes on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.config.bare import BASE_DIR, bare, manage

pytestmark = pytest.mark.processes

# No file may grow beyond this, as on a disk that is full.
ASK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
import django, sys
django.setup()
from django.test import Client
from channels_out.metrics import MOVES
from gateway.metrics import count_failure
count_failure("outbox")
answers = [Client().get(path, headers={"host": "localhost"}) for path in ("/readyz", "/healthz")]
sys.stdout.write(" ".join(str(answer.status_code) for answer in answers) + answers[1].content.decode())
"""


def test_f34_a_full_disk_turns_health_red_and_readiness_not(tmp_path):
    environment = bare(tmp_path, DJANGO_SETTINGS_MODULE="config.settings", PYTHONWARNINGS="")
    assert manage(environment, "migrate").code == 0
    # Another process has the database open, whose files are there then.
    with closing(sqlite3.connect(tmp_path / "gateway.sqlite3")) as other:
        other.execute("SELECT count(*) FROM django_migrations").fetchall()
        asked = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert asked.stdout.startswith("200 503"), asked.stderr
    assert '"storage": {"ok": false, "problem": "OSError"}' in asked.stdout
    assert "This process counts for itself alone" in asked.stderr
