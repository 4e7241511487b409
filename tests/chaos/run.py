"""The large run: `python -m tests.chaos.run`. CHAOS_MESSAGES says how many messages, CHAOS_SEED which faults.

It prints the figures and ends with an error where one of them is not what it must be.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import requests

from tests.chaos.verdict import ENDED, ON_ITS_WAY, WATCH, Verdict, judge
from tests.large import Large, large_product
from tests.product import free_ports
from tests.simulator_process import ROOT, wait_for

ACCOUNT = "AC" + "c" * 32
AUTH_TOKEN = "a-token-of-the-chaos"
MAIL_AUTH = ("provider", "secret")
NUMBERS = [f"+14155559{number:03}" for number in range(20)]
WORKERS = ("worker-1", "worker-2")
# What is done to the set-up while messages flow, by how often: once for so many messages that have ended.
EVERY = 150
BLOWS = {"kill one worker": 40, "kill all workers": 20, "flush Redis": 30, "provider away": 10}
AWAY = (0.5, 3.0)  # seconds
# A run that makes no progress for so long has lost something.
PATIENCE = 150.0  # seconds: longer than a provider is left alone
LOOK = 0.2  # seconds
# What a provider of mail took shows in its search at the latest after half an hour; this one's at once.
AN_HOUR_AGO = """
UPDATE channels_out_deliveryattempt SET started_at = started_at - interval '1 hour' WHERE id IN (
    SELECT attempt.id FROM channels_out_deliveryattempt attempt
    JOIN channels_out_delivery delivery ON delivery.id = attempt.delivery_id
    WHERE channel = 'email' AND state = 'in_doubt' AND started_at > now() - interval '30 minutes'
    FOR UPDATE OF attempt SKIP LOCKED)
"""
# A question that failed is asked again after as long as the doubt has lasted, which may be longer than the run waits.
DUE_AGAIN = """
UPDATE channels_out_delivery SET due_at = now() WHERE id IN (
    SELECT id FROM channels_out_delivery
    WHERE state = 'in_doubt' AND due_at > now() + interval '10 seconds'
    FOR UPDATE SKIP LOCKED)
"""


@dataclass
class Chaos:
    """A set-up and its provider, and what was done to them."""

    large: Large
    control: str
    dice: random.Random
    blows: Counter[str] = field(default_factory=Counter)

    def run(self, messages: int, seed: int) -> Verdict:
        """As many messages, from the first in the queue to the last word about them."""
        self.large.rows(WATCH)
        self.large.seed("ann@bikes.example", slug="bike-shop", sms=NUMBERS)
        self._meet()
        began = time.monotonic()
        writer = self._start("tests.chaos.answers", str(messages), str(seed))
        for ended in range(EVERY, messages, EVERY):
            if not self._wait_until(ended):
                break
            self._strike()
        assert writer.wait(PATIENCE) == 0
        self._kill_all_workers()
        self._settle()
        verdict = judge(self.large, self._ask("truth"), messages)
        done = {f"done: {blow}": number for blow, number in sorted(self.blows.items())}
        seconds = {"seconds": round(time.monotonic() - began)}
        return Verdict({"seed": seed} | seconds | done | dict(verdict.figures), verdict.broken)

    def _meet(self) -> None:
        gateway = {
            "tracking": f"{self.large.url}/webhooks/email/postmark/tracking/",
            "mail_auth": MAIL_AUTH,
            "account": ACCOUNT,
            "auth_token": AUTH_TOKEN,
        }
        requests.post(f"{self.control}/gateway", json=gateway, timeout=10).raise_for_status()

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=dict(self.large.environment))

    def _wait_until(self, ended: int) -> bool:
        """Whether so many messages end; not waited for for ever, so that the verdict is told in any case."""
        until = time.monotonic() + PATIENCE
        while (is_short := self._ended() < ended) and time.monotonic() < until:
            self._let_time_pass()
            time.sleep(LOOK)
        return not is_short

    def _strike(self) -> None:
        [blow] = self.dice.choices([*BLOWS], weights=[*BLOWS.values()])
        self.blows[blow] += 1
        if blow == "kill one worker":
            self._kill_one_worker()
        elif blow == "kill all workers":
            self._kill_all_workers()
        elif blow == "flush Redis":
            self._flush()
        else:
            self._be_away()

    def _kill_one_worker(self) -> None:
        """The other goes on. Its leases stand until they end by themselves, or all workers are dead."""
        name = self.dice.choice(WORKERS)
        self.large.kill(name)
        self.large.launch(name)

    def _kill_all_workers(self) -> None:
        """Nobody holds a lease, and the provider has done what it was asked: the time of the leases may pass."""
        for name in WORKERS:
            self.large.kill(name)
        wait_for(lambda: not self._ask("busy")["answering"], PATIENCE)
        self.large.leases_run_out()
        for name in WORKERS:
            self.large.launch(name)
        for name in WORKERS:
            self.large.wait_until_ready(name)

    def _flush(self) -> None:
        """This server is the set-up's own."""
        for name in ("REDIS_URL", "CELERY_BROKER_URL"):
            with redis.Redis.from_url(self.large.environment[name]) as client:
                client.flushdb()

    def _be_away(self) -> None:
        requests.post(f"{self.control}/away", timeout=10).raise_for_status()
        time.sleep(self.dice.uniform(*AWAY))
        requests.post(f"{self.control}/back", timeout=10).raise_for_status()

    def _settle(self) -> None:
        """Waits until nothing is on its way, or nothing moves any more."""
        left, since = self._left(), time.monotonic()
        while any(left) and time.monotonic() - since < PATIENCE:
            self._let_time_pass()
            time.sleep(LOOK)
            if (now := self._left()) != left:
                left, since = now, time.monotonic()

    def _let_time_pass(self) -> None:
        for moved in (AN_HOUR_AGO, DUE_AGAIN):
            self.large.rows(moved)

    def _left(self) -> tuple[int, ...]:
        busy = self._ask("busy")
        return (*self.large.rows(ON_ITS_WAY)[0], busy["answering"], busy["reports"])

    def _ended(self) -> int:
        return int(self.large.rows(ENDED)[0][0])

    def _ask(self, what: str) -> Any:
        return requests.get(f"{self.control}/{what}", timeout=60).json()


@contextmanager
def chaos(folder: Path, seed: int) -> Iterator[Chaos]:
    """A large set-up on PostgreSQL and a Redis of its own, whose provider breaks by seed."""
    api_port, control_port = free_ports(2)
    ports = (str(api_port), str(control_port), str(seed))
    command = [sys.executable, "-m", "tests.chaos.provider", *ports]
    provider = subprocess.Popen(command, cwd=ROOT)
    environment = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_API_URL": f"http://127.0.0.1:{api_port}",
        "EMAIL_URL": "anymail+postmark://",
        "ANYMAIL_POSTMARK_SERVER_TOKEN": "a-token",
        "ANYMAIL_POSTMARK_API_URL": f"http://127.0.0.1:{api_port}/",
        "ANYMAIL_WEBHOOK_SECRET": ":".join(MAIL_AUTH),
        "RESOLVE_AFTER": "1",
        "SMS_PER_SECOND": "100",
    }
    try:
        with large_product(folder, "redis", **environment) as large:
            control = f"http://127.0.0.1:{control_port}"
            yield Chaos(large, control, random.Random(f"{seed} blows"))
    finally:
        provider.kill()
        provider.wait()


def main() -> None:
    """Runs it and prints the figures."""
    messages = int(os.environ.get("CHAOS_MESSAGES", "20000"))
    seed = int(os.environ.get("CHAOS_SEED", "1"))
    with tempfile.TemporaryDirectory() as folder, chaos(Path(folder), seed) as run:
        verdict = run.run(messages, seed)
    sys.stdout.write(f"{verdict}\n")
    sys.exit(0 if verdict.is_clean else 1)


if __name__ == "__main__":
    main()
