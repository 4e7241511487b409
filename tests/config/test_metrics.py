"""What a scrape of `/metrics` tells, and to whom."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from channels_out import outbox
from channels_out.channel import Channel
from channels_out.models import Circuit, Sender
from channels_out.outgoing import Rendered
from config.metrics import folder
from gateway import pulse, worker
from tests.architecture.repository import ROOT, parsed, python, table_rows
from tests.config.bare import BASE_DIR, bare, manage
from tests.config.scrape import Scrape
from tests.factories import make_business, make_sender
from tests.webhooks.conftest import sms, twilio

__all__ = ["twilio"]

PAGE = ROOT / "docs" / "metrics.md"
CLASSES = {"Counter", "Histogram", "GaugeMetricFamily", "_counted"}


def scrape(client: Client) -> Scrape:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    return Scrape(answer.content.decode())


@pytest.mark.django_db(transaction=True)
class TestCounts:
    """Counters are looked at before and after: this process counts what all tests do."""

    def test_a_text_is_counted_from_the_request_to_the_conversation(self, client, twilio):
        sender = make_sender(make_business())
        before = scrape(client)
        request = sms(To=sender.address)
        for _ in range(2):
            twilio.post(request)
        assert worker.drain("inbound", worker.Stop()) == 1
        after = scrape(client)

        def grew(name: str, **labels: str) -> float:
            return after.value(name, **labels) - before.value(name, **labels)

        kind = {"kind": "twilio_inbound"}
        assert grew("gateway_events_accepted_total", provider="twilio", **kind) == 1
        assert grew("gateway_events_repeated_total", provider="twilio", **kind) == 1
        assert grew("gateway_webhook_seconds_count", route="inbound", status="200") == 2
        assert grew("gateway_events_ended_total", outcome="filed", **kind) == 1
        assert grew("gateway_event_seconds_count", **kind) == 1
        assert grew("gateway_messages_total", channel="sms", outcome="filed") == 1
        assert grew("gateway_drained_rows_total", work="inbound") == 1
        assert grew("gateway_drain_seconds_count", work="inbound") == 1

    def test_a_refused_request_is_counted_by_its_status(self, client):
        before = scrape(client)
        assert client.post("/webhooks/twilio/inbound/", {"MessageSid": "SM1"}).status_code == 403
        grown = [
            found.value("gateway_webhook_seconds_count", status="403")
            for found in (before, scrape(client))
        ]
        assert grown[1] - grown[0] == 1

    def test_a_delivery_is_counted_in_each_state_it_passes(self, client, settings):
        settings.CHANNEL_ADAPTERS = {Channel.SMS: "channels_out.adapters.memory.Memory"}
        before = scrape(client)
        send(make_sender(None))
        assert worker.drain("outbox", worker.Stop()) == 1
        after = scrape(client)
        for state in ("queued", "sent"):
            labels = {"channel": "sms", "state": state}
            name = "gateway_deliveries_total"
            assert after.value(name, **labels) - before.value(name, **labels) == 1
        for name in (
            "gateway_provider_answer_seconds_count",
            "gateway_delivery_sent_seconds_count",
        ):
            assert after.value(name, channel="sms") - before.value(name, channel="sms") == 1

    def test_what_is_rolled_back_was_not_counted(self, client):
        before = scrape(client).value("gateway_deliveries_total", state="queued")
        with transaction.atomic():
            send(make_sender(None))
            transaction.set_rollback(True)
        assert scrape(client).value("gateway_deliveries_total", state="queued") == before

    def test_what_waits_is_counted_when_somebody_asks(self, client):
        sender = make_sender(None)
        send(sender, due_at=timezone.now() - timedelta(seconds=90))
        Sender.objects.update(next_at=timezone.now() - timedelta(seconds=80))
        pulse.beat()
        found = scrape(client)
        assert found.value("gateway_database_up") == 1
        assert found.value("gateway_deliveries_due", channel="sms") == 1
        assert found.value("gateway_deliveries_due", channel="email") == 0
        assert 80 <= found.value("gateway_oldest_due_seconds", work="deliveries") < 90
        assert found.value("gateway_beat_age_seconds") < 60
        assert found.value("gateway_errand_failing_seconds") == 0
        assert found.value("gateway_ledger_differences") == 0
        Sender.objects.update(paused_at=timezone.now())
        assert scrape(client).value("gateway_senders_paused", channel="sms") == 1
        now = timezone.now()
        Circuit.objects.create(channel="sms", failures=5, opened_at=now, open_until=now)
        assert scrape(client).value("gateway_providers_silent", channel="sms") == 1
        assert scrape(client).value("gateway_providers_silent", channel="email") == 0


def send(sender: Sender, **fields: object) -> None:
    outbox.enqueue(
        channel=Channel.SMS,
        sender=sender,
        to_address="+14155550199",
        rendered=Rendered(text="Hello"),
        **fields,
    )


@pytest.mark.django_db(transaction=True)
class TestWhoMayAsk:
    def test_this_machine_may_while_no_token_is_set(self, client):
        for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
            assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200

    @pytest.mark.parametrize(
        "asker",
        [
            {"REMOTE_ADDR": "192.0.2.7"},
            {"REMOTE_ADDR": ""},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
        ],
    )
    def test_others_and_what_a_proxy_passes_on_may_not(self, client, asker):
        answer = client.get("/metrics", **asker)
        assert answer.status_code == 403
        assert "METRICS_TOKEN" in answer.content.decode()

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            ("Bearer let-me-in", 200),
            ("bearer let-me-in", 200),
            ("Bearer wrong", 401),
            ("Bearer", 401),
            ("Basic let-me-in", 401),
            ("", 401),
            ("Bearer l\u00e9t", 401),
        ],
    )
    def test_with_a_token_everybody_needs_it(self, client, settings, sent, code):
        settings.METRICS_TOKEN = "let-me-in"
        answer = client.get("/metrics", headers={"authorization": sent})
        assert answer.status_code == code
        assert ("WWW-Authenticate" in answer) == (code == 401)


COUNT = """
import django, os, signal, sys
django.setup()
from gateway.metrics import FAILURES
FAILURES.labels("outbox").inc(int(sys.argv[1]))
sys.stdout.write("counted\\n")
sys.stdout.flush()
sys.stdin.read()
"""
READ = """
import django, json, sys
django.setup()
from config.metrics.folder import files
from django.conf import settings
from prometheus_client.multiprocess import MultiProcessCollector
with files(settings.METRICS_FOLDER.parent) as paths:
    metrics = list(MultiProcessCollector.merge(paths))
sys.stdout.write(json.dumps(sum(s.value for metric in metrics for s in metric.samples)))
"""


@pytest.mark.processes
class TestFiles:
    """One DATA_DIR, many processes."""

    @pytest.fixture
    def environment(self, tmp_path):
        return bare(tmp_path, DJANGO_SETTINGS_MODULE="config.settings", PYTHONWARNINGS="")

    @pytest.fixture
    def counting(self, environment):
        """Starts a process that counts and lives on until it is killed."""
        started = []

        def start(number: int) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-c", COUNT, str(number)],
                cwd=BASE_DIR,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            started.append(process)
            assert process.stdout.readline() == "counted\n"
            return process

        yield start
        for process in started:
            process.kill()
            process.communicate()

    def total(self, environment) -> float:
        read = [sys.executable, "-c", READ]
        said = subprocess.run(
            read, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
        )
        return float(json.loads(said.stdout))

    def test_one_scrape_sums_all_that_live_and_all_that_lived(
        self, tmp_path, environment, counting
    ):
        counting(1)
        dead = counting(10)
        assert self.total(environment) == 11
        dead.kill()
        dead.wait()
        assert self.total(environment) == 11
        metrics = tmp_path / "metrics"
        assert folder.add_up_the_dead(metrics) == 2  # its counters and its histograms
        assert self.total(environment) == 11
        assert folder.add_up_the_dead(metrics) == 0
        counting(100).kill()
        folder.add_up_the_dead(metrics)
        assert self.total(environment) == 111

    def test_the_dead_of_another_container_are_added_up_and_its_folder_goes(
        self, tmp_path, environment, counting
    ):
        process = counting(5)
        process.kill()
        process.wait()
        [ours] = [path for path in (tmp_path / "metrics").iterdir() if path.is_dir()]
        ours.rename(ours.with_name("another-container"))
        folder.add_up_the_dead(tmp_path / "metrics")
        assert not (tmp_path / "metrics" / "another-container").exists()
        assert self.total(environment) == 5

    def test_a_command_that_counts_nothing_leaves_no_file(self, tmp_path, environment):
        assert manage(environment, "check").code == 0
        assert list((tmp_path / "metrics").rglob("*.db")) == []

    def test_the_daily_purge_adds_up_the_dead(self, tmp_path, environment, counting):
        process = counting(3)
        process.kill()
        process.wait()
        assert manage(environment, "migrate").code == 0
        assert manage(environment, "purge", "--dry-run").code == 0
        assert not (tmp_path / "metrics" / "counter_0.db").exists()
        assert manage(environment, "purge").code == 0
        assert [path.name for path in (tmp_path / "metrics").rglob("counter_*.db")] == [
            "counter_0.db"
        ]
        assert self.total(environment) == 3

    def test_files_are_not_added_up_while_a_scrape_reads_them(self, tmp_path):
        adding_up = (tmp_path / "lock").open("a")
        with adding_up, folder.files(tmp_path), pytest.raises(BlockingIOError):
            fcntl.flock(adding_up, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_all_labels_in_use_fit_into_what_is_reserved(self):
        assert {path.stat().st_size for path in _own_files()} == {folder.RESERVED}


def _own_files() -> list[Path]:
    return list(Path(settings.METRICS_FOLDER).glob(f"*_{os.getpid()}.db"))


def metrics_of_the_code() -> dict[str, set[str]]:
    """Every metric with its labels, as the code makes them."""
    found = {}
    for package in ("config", "webhooks", "gateway", "channels_out"):
        for path in python(package):
            for call in ast.walk(parsed(path)):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in CLASSES:
                    name, labels = _named(call)
                    if name:
                        found[name + ("_total" if call.func.id == "Counter" else "")] = labels
    return found


def _named(call: ast.Call) -> tuple[str, set[str]]:
    if not call.args or not isinstance(call.args[0], ast.Constant):
        return "", set()
    lists = [node for node in ast.walk(call) if isinstance(node, ast.List)]
    labels = {text.value for each in lists for text in each.elts if isinstance(text, ast.Constant)}
    return call.args[0].value, labels


def test_every_metric_is_documented_with_its_labels():
    rows = {
        name: row
        for heading in ("Counters and durations", "What waits")
        for name, row in table_rows(PAGE, heading).items()
    }
    documented = {name: set(re.findall(r"`(\w+)`", row[1])) for name, row in rows.items()}
    assert documented == metrics_of_the_code()
