"""One scrape, one probe: what real processes tell that share a DATA_DIR, a database and a broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.config.bare import BASE_DIR, bare, manage
from tests.config.scrape import Scrape
from tests.product import ends, free_ports
from tests.servers import Redis, own
from tests.simulator_process import wait_for

pytestmark = pytest.mark.services

ACCOUNT = "AC" + "7" * 32
TOKEN = "token-of-these-tests"
START = 60.0  # seconds
SOON = 40.0  # seconds: the beat goes every fifteen


@dataclass
class Site:
    """Web processes, a worker and a clock, each started as an operator starts it."""

    environment: dict[str, str]
    ports: list[int]
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        data_dir = Path(self.environment["DATA_DIR"])
        with (data_dir / "log.txt").open("a") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def start_web(self, number: int) -> None:
        port = self.ports[number]
        self.start(f"web{number}", "-m", "config.web", "127.0.0.1", str(port))
        wait_for(lambda: self.answers(number), START)

    def start_worker(self) -> None:
        celery = ("-m", "celery", "--quiet", "--app", "config.celery_app", "worker")
        self.start("worker", *celery, "--loglevel", "warning")

    def start_clock(self) -> None:
        schedule = str(Path(self.environment["DATA_DIR"]) / "beat")
        celery = ("-m", "celery", "--quiet", "--app", "config.celery_app", "beat")
        self.start("clock", *celery, "--schedule", schedule)

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGTERM)
        if not ends(process.pid, 15):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def answers(self, number: int) -> bool:
        try:
            return requests.get(self.url("/livez", number), timeout=2).ok
        except requests.ConnectionError:
            return False

    def url(self, path: str, number: int = 0) -> str:
        return f"http://127.0.0.1:{self.ports[number]}{path}"

    def health(self, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
        answer = requests.get(self.url(path), timeout=10)
        return answer.status_code, answer.json()["checks"]

    def scrape(self, number: int = 0) -> Scrape:
        answer = requests.get(self.url("/metrics", number), timeout=10)
        assert answer.status_code == 200, answer.text
        return Scrape(answer.text)

    def text(self, number: int) -> None:
        """Twilio posts a text to one of the web processes."""
        params = {
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "AccountSid": ACCOUNT,
            "From": "+14155550199",
            "To": "+14155550100",
            "Body": "Hello",
        }
        path = "/webhooks/twilio/inbound/"
        signed = RequestValidator(TOKEN).compute_signature(
            self.environment["PUBLIC_URL"] + path, params
        )
        headers = {"X-Twilio-Signature": signed}
        answer = requests.post(self.url(path, number), params, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text

    def log(self) -> str:
        return (Path(self.environment["DATA_DIR"]) / "log.txt").read_text()


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with own(Redis) as server:
        yield server


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A database of its own on the server of DATABASE_URL."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
    server = url.rpartition("/")[0]
    name = f"operations_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield f"{server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, database: str, redis: Redis) -> Iterator[Site]:
    """Two web processes, a worker and a clock, that have begun to beat."""
    ports = free_ports(2)
    environment = bare(
        tmp_path_factory.mktemp("site"),
        DATABASE_URL=database,
        CELERY_BROKER_URL=redis.url,
        REDIS_URL=redis.url,
        PUBLIC_URL="https://gateway.example",
        ALLOWED_HOSTS="127.0.0.1",
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=TOKEN,
        LOG_FORMAT="json",
        PYTHONWARNINGS="",
    )
    migrated = manage(environment, "migrate", "--verbosity=0")
    assert migrated.code == 0, migrated.said
    running = Site(environment, ports)
    running.start_worker()
    running.start_clock()
    for number in range(2):
        running.start_web(number)
    try:
        wait_for(lambda: running.health()[0] == 200, SOON)
        yield running
    finally:
        for name in list(running.processes):
            running.stop(name)


def test_one_scrape_of_either_web_process_sums_both_and_the_worker(site: Site) -> None:
    names = (
        "gateway_events_accepted_total",  # by the web processes
        "gateway_events_ended_total",  # by the worker
    )

    def counted(number: int) -> list[float]:
        found = site.scrape(number)
        return [found.value(name, kind="twilio_inbound") for name in names]

    before = counted(0)
    for number in (0, 0, 1):
        site.text(number)
    expected = [value + 3 for value in before]
    wait_for(lambda: counted(0) == expected, SOON)
    assert counted(1) == expected


def test_a_request_of_another_machine_is_refused_the_scrape(site: Site) -> None:
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    answer = requests.get(site.url("/metrics"), headers=passed_on, timeout=10)
    assert answer.status_code == 403


def test_a_clock_that_stopped_shows_and_comes_back(site: Site) -> None:
    assert site.health()[1]["beat"]["ok"]
    site.stop("clock")
    before = site.health()[1]["beat"]["last_seconds_ago"]
    time.sleep(1)
    assert site.health()[1]["beat"]["last_seconds_ago"] > before
    site.start_clock()
    wait_for(lambda: site.health()[1]["beat"]["last_seconds_ago"] < before + 1, SOON)


def test_every_line_of_every_process_is_json(site: Site) -> None:
    requests.get(site.url("/accounts/login/?token=secret"), timeout=10)

    def told() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in site.log().splitlines() if line.strip()]
        return [line for line in found if line.get("request") == "GET /accounts/login/"]

    [line] = wait_for(told, SOON)
    assert line["request_id"]
    assert "secret" not in site.log()


def test_a_broker_that_is_stopped_shows_and_takes_no_web_process_away(
    site: Site, redis: Redis
) -> None:
    def ended() -> float:
        return site.scrape().value("gateway_events_ended_total", kind="twilio_inbound")

    wait_for(lambda: site.health()[0] == 200, SOON)
    before = ended()
    redis.stop()
    code, checks = site.health()
    assert code == 503
    assert {name for name, check in checks.items() if not check["ok"]} == {"broker", "redis"}
    assert site.health("/readyz")[0] == 200
    site.text(1)
    wait_for(lambda: ended() == before + 1, SOON)
    redis.start()
    wait_for(lambda: site.health()[0] == 200, SOON)
