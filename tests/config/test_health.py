"""What an operator's probes are told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Circuit, Delivery, Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from config.health import database, report, services
from config.health.question import Question
from gateway import pulse
from gateway.models import Attachment, Pulse
from tests.config.bare import BASE_DIR, bare
from tests.config.silent import silent_port
from tests.factories import make_member, make_message, make_sender
from webhooks.models import Errand, InboundEvent, Kind, LedgerDay, Round

__all__ = ["silent_port"]

# Checks look from threads of their own, so that rows must be committed.
needs_rows = pytest.mark.django_db(transaction=True)
LATE = timedelta(seconds=61)

ASK = """
import django, sys
django.setup()
from django.test import Client
answers = [Client().get(path, headers={"host": "localhost"}) for path in ("/readyz", "/livez")]
sys.stdout.write(" ".join([str(answers[1].status_code), str(answers[0].status_code), answers[0].content.decode()]))
"""


def ask(client: Client, path: str = "/healthz") -> tuple[int, str, dict[str, Any]]:
    """Status code, status in words, and the checks."""
    answer = client.get(path)
    return answer.status_code, answer.json()["status"], answer.json()["checks"]


def ask_alone(environment: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    """What a process of its own answers: the status codes of /livez and /readyz, and the checks."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    alive, ready, told = asked.stdout.split(" ", 2)
    return alive, ready, json.loads(told)["checks"]


def bad(checks: dict[str, Any]) -> set[str]:
    return {name for name, check in checks.items() if not check["ok"]}


def event(**fields: Any) -> InboundEvent:
    key = f"event:{InboundEvent.objects.count()}"
    return InboundEvent.objects.create(
        kind=Kind.TWILIO_INBOUND, provider="twilio", unique_key=key, body=b"x", **fields
    )


def text(sender: Sender, **fields: Any) -> Delivery:
    return enqueue(
        channel=Channel.SMS,
        sender=sender,
        to_address="+14155550199",
        rendered=Rendered(text="Hello"),
        **fields,
    )


@pytest.fixture(autouse=True)
def nobody_has_looked_at_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without an answer that is kept."""
    fresh = Question(services.try_storage, report.PATIENCE, keep=report.STORAGE_KEPT)
    monkeypatch.setattr(report, "_storage", fresh)


@pytest.fixture
def beating(transactional_db: None) -> None:
    """A clock that goes."""
    pulse.beat()


def test_a_process_that_answers_lives(client: Client):
    assert client.get("/livez").json() == {"status": "ok"}


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_all_is_well_with_every_migration_and_a_clock_that_goes(client: Client, path):
    code, status, checks = ask(client, path)
    assert (code, status) == (200, "ok"), checks
    told = {
        "database",
        "migrations",
        "due",
        "providers",
        "beat",
        "storage",
        "reconciler",
        "ledger",
        "clock",
    }
    assert set(checks) == told


@needs_rows
@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_a_missing_migration_takes_no_requests_and_is_named(client: Client, monkeypatch, path):
    ours = database._migrations()
    monkeypatch.setattr(database, "_migrations", lambda: ours | {("gateway", "9999_tomorrow")})
    code, status, checks = ask(client, path)
    assert (code, status) == (503, "failing")
    assert checks["migrations"] == {"ok": False, "missing": ["gateway.9999_tomorrow"]}


def test_a_database_that_refuses_takes_no_requests(tmp_path):
    nobody = "postgres://gateway:secret@127.0.0.1:9/gateway"  # the discard port
    alive, ready, checks = ask_alone(bare(tmp_path, DATABASE_URL=nobody))
    assert (alive, ready) == ("200", "503")
    assert set(checks["database"]) == {"ok", "problem"}
    assert "secret" not in json.dumps(checks)


def test_a_database_that_hangs_is_given_up_within_seconds(tmp_path, silent_port):
    hangs = f"postgres://gateway@127.0.0.1:{silent_port}/gateway"
    alive, ready, checks = ask_alone(bare(tmp_path, DATABASE_URL=hangs))
    assert (alive, ready) == ("200", "503")
    assert checks["database"] == {"ok": False, "problem": "TimeoutError"}


@needs_rows
@pytest.mark.parametrize("beats", [[], [timedelta(seconds=61)]])
def test_a_clock_that_stands_is_an_alarm_and_no_reason_to_turn_requests_away(client, beats):
    for ago in beats:
        Pulse.objects.create(name=pulse.CLOCK, at=timezone.now() - ago)
    for path, expected in (("/readyz", 200), ("/healthz", 503)):
        code, status, checks = ask(client, path)
        assert (code, status, bad(checks)) == (expected, "degraded", {"beat"})


@pytest.mark.usefixtures("beating")
def test_an_event_that_no_worker_takes_is_an_alarm(client):
    event(due_at=timezone.now() - LATE)
    code, _, checks = ask(client)
    assert (code, bad(checks)) == (503, {"due"})
    assert checks["due"]["oldest_seconds"]["events"] > 60
    assert ask(client, "/readyz")[:2] == (200, "degraded")


@pytest.mark.usefixtures("beating")
def test_an_event_in_a_workers_hands_is_late_for_nobody(client):
    now = timezone.now()
    event(due_at=now - LATE, lease_until=now + LATE)
    event(due_at=now - timedelta(seconds=5))
    assert ask(client)[:2] == (200, "ok")


@pytest.mark.usefixtures("beating")
def test_a_file_that_nobody_fetches_is_an_alarm(client):
    Attachment.objects.create(
        message=make_message(make_member()),
        name="bike.jpg",
        state="pending",
        due_at=timezone.now() - LATE,
    )
    _, _, checks = ask(client)
    assert checks["due"]["oldest_seconds"]["media"] > 60
    assert bad(checks) == {"due"}


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize(
    ("sender", "is_late"),
    [
        ({"next_at": timedelta(seconds=-61)}, True),
        ({"next_at": timedelta(seconds=-5)}, False),  # it sent five seconds ago: its pace is slow
        ({"next_at": timedelta(seconds=200), "paused_at": timedelta(0)}, False),
        ({"next_at": timedelta(seconds=-61), "is_active": False}, False),
    ],
)
def test_a_delivery_is_late_where_its_sender_was_free_and_nobody_sent(client, sender, is_late):
    now = timezone.now()
    ours = make_sender(None)
    for name, value in sender.items():
        setattr(ours, name, now + value if isinstance(value, timedelta) else value)
    ours.save()
    text(ours, due_at=now - timedelta(hours=1))
    assert bad(ask(client)[2]) == ({"due"} if is_late else set())


@pytest.mark.usefixtures("beating")
def test_a_provider_that_does_not_answer_is_an_alarm_and_its_queue_is_late_for_nobody(client):
    now = timezone.now()
    ours = make_sender(None)
    Sender.objects.update(next_at=now - LATE)
    Circuit.objects.create(channel="sms", failures=5, opened_at=now - LATE, open_until=now)
    text(ours, due_at=now - LATE)
    code, _, checks = ask(client)
    assert (code, bad(checks)) == (503, {"providers"})
    assert checks["providers"]["silent_seconds"]["sms"] > 60
    assert ask(client, "/readyz")[:2] == (200, "degraded")
    Circuit.objects.update(opened_at=None, open_until=None, failures=0)
    assert bad(ask(client)[2]) == {"due"}


@pytest.mark.usefixtures("beating")
def test_a_delivery_that_waits_for_an_earlier_one_is_late_for_nobody(client):
    ours = make_sender(None)
    Sender.objects.update(next_at=timezone.now() - LATE)
    first = text(ours, lane="maya", due_at=timezone.now() + LATE)
    second = text(ours, lane="maya", due_at=timezone.now() - LATE)
    assert first.pk < second.pk
    assert ask(client)[:2] == (200, "ok")


@pytest.mark.usefixtures("beating")
def test_a_mail_that_nobody_sends_is_an_alarm(client):
    enqueue(
        channel=Channel.EMAIL,
        to_address="maya@home.example",
        rendered=Rendered(text="Hello"),
        due_at=timezone.now() - LATE,
    )
    assert bad(ask(client)[2]) == {"due"}


@needs_rows
@pytest.mark.usefixtures("beating")
def test_a_provider_that_cannot_be_asked_for_long_is_an_alarm(client: Client):
    since = timezone.now() - timedelta(minutes=29)
    number = Round.objects.create(
        name="received:1",
        errand=Errand.RECEIVED,
        reached=since,
        due_at=timezone.now() + timedelta(minutes=5),
        failing_since=since,
    )
    assert ask(client, "/healthz")[:2] == (200, "ok")
    number.failing_since = since - timedelta(minutes=2)
    number.save()
    code, status, checks = ask(client, "/healthz")
    assert (code, status, bad(checks)) == (503, "degraded", {"reconciler"})


@needs_rows
@pytest.mark.usefixtures("beating")
def test_a_day_that_does_not_balance_is_an_alarm_for_a_week(client: Client):
    today = timezone.now().astimezone(UTC).date()
    for days in (2, 9):
        day = today - timedelta(days=days)
        LedgerDay.objects.create(day=day, differences=["1 to send, and still open."])
    code, status, checks = ask(client, "/healthz")
    assert (code, status, bad(checks)) == (503, "degraded", {"ledger"})
    day = today - timedelta(days=2)
    assert checks["ledger"]["differences"] == [f"{day}: 1 to send, and still open."]


@pytest.mark.usefixtures("beating")
def test_a_store_of_attachments_that_cannot_be_written_is_an_alarm(client, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.MEDIA_ROOT = str(tmp_path / "file")
    code, status, checks = ask(client)
    assert (code, status, bad(checks)) == (503, "degraded", {"storage"})
    assert ask(client, "/readyz")[0] == 200


@pytest.mark.usefixtures("beating")
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "refuses"])
def test_a_broker_that_is_away_is_an_alarm(client, settings, silent_port, scheme, hangs):
    settings.CELERY_BROKER_URL = f"{scheme}://127.0.0.1:{silent_port if hangs else 9}/0"
    code, _, checks = ask(client)
    assert (code, bad(checks)) == (503, {"broker"})
    assert ask(client, "/readyz")[:2] == (200, "degraded")


@pytest.mark.usefixtures("beating")
def test_a_redis_that_is_away_is_an_alarm(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert bad(ask(client)[2]) == {"redis"}


def test_whoever_asks_meanwhile_waits_for_the_same_answer_and_holds_no_second_thread():
    asked, release = [], threading.Event()

    def hang() -> str:
        asked.append(threading.current_thread())
        release.wait()
        return "late"

    question = Question(hang, seconds=0.05)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            question.put()()
    waiting = question.put()
    release.set()
    asked[0].join()
    assert waiting() == "late"
    assert len(asked) == 1
    assert question.put()() == "late"
    assert len(asked) == 2


def test_a_machine_without_a_thread_to_spare_is_asked_again_once_it_has_one(monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    question = Question(lambda: "well", seconds=5)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            question.put()()
    assert question.put()() == "well"


@pytest.mark.usefixtures("beating")
def test_many_probes_write_one_file_into_the_store(client, monkeypatch):
    written = []
    monkeypatch.setattr(
        services.default_storage, "save", lambda name, _: written.append(name) or name
    )
    for path in ("/readyz", "/healthz", "/readyz"):
        assert ask(client, path)[0] == 200
    assert len(written) == 1


@pytest.mark.parametrize("fails", [True, False])
def test_an_answer_is_kept_as_long_as_it_may_be_and_no_longer(monkeypatch, fails):
    asked = []

    def look() -> None:
        asked.append(1)
        if fails:
            raise OSError("full")

    def put() -> None:
        with pytest.raises(OSError, match="full") if fails else nullcontext():
            question.put()()

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    question = Question(look, seconds=5, keep=5)
    put()
    put()
    assert len(asked) == 1
    now += 5
    put()
    assert len(asked) == 2
