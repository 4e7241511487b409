"""What an operator's probes are told."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from tests.config.bare import BASE_DIR, bare

ASK = """
import django, sys
django.setup()
from django.test import Client
answer = Client().get("/readyz", headers={"host": "localhost"})
sys.stdout.write(f"{answer.status_code} {answer.content.decode()}")
"""


def test_a_process_that_answers_lives(client: Client):
    assert client.get("/livez").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_it_is_ready_with_every_migration(client: Client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_missing_migration_is_named(client: Client):
    MigrationRecorder.Migration.objects.filter(app="gateway").order_by("-name")[0].delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    [missing] = answer.json()["migrations"]
    assert missing.startswith("gateway.0")


def test_a_database_that_does_not_answer_is_said_in_seconds(tmp_path):
    nobody = "postgres://gateway:secret@127.0.0.1:9/gateway"  # the discard port
    environment = bare(
        tmp_path, DATABASE_URL=nobody, DJANGO_SETTINGS_MODULE="config.settings", PYTHONWARNINGS=""
    )
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert asked.stdout == '503 {"status": "failing", "database": "OperationalError"}', asked.stderr
