"""The product as production runs it: web and Celery workers as processes, on PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import requests

from tests.product import OWN_VARIABLES, free_ports
from tests.simulator_process import ROOT, wait_for

REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/8")
ACCOUNT = "AC" + "b" * 32
AUTH_TOKEN = "a-token-of-the-benchmark"
MAIL_AUTH = "provider:secret"
REPLY_DOMAIN = "reply.bench.example"
PUBLIC_URL = "https://bench.example"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "config.celery_app"]


@dataclass
class Installation:
    """Processes of the product by name, on one database, with one environment."""

    folder: Path
    database: str
    more: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a company sets, and nothing of this machine's."""
        inherited = {
            name: text for name, text in os.environ.items() if not name.startswith(OWN_VARIABLES)
        }
        own = {
            "ENV_FILE": "",
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.database,
            "CELERY_BROKER_URL": REDIS,
            "REDIS_URL": REDIS,
            "PUBLIC_URL": PUBLIC_URL,
            "ALLOWED_HOSTS": "bench.example,127.0.0.1",
            "SECRET_KEY": "of-the-benchmark-" + "s" * 50,
            "TOKEN_KEY": "token-key-of-the-benchmark",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "ANYMAIL_WEBHOOK_SECRET": MAIL_AUTH,
            "REPLY_DOMAIN": REPLY_DOMAIN,
            "THROTTLE_TOKEN": "1000000/minute",
            "SMS_PER_SECOND": "100000",
        }
        return {**inherited, **own, **self.more}

    def start(self, name: str, command: list[str], **more: str) -> int:
        """Starts one process; what it says is in `NAME.log`. Its process id."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environment, **more},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes[name] = process
        return process.pid

    def start_web(self, name: str = "web") -> str:
        """A web process that answers; its URL."""
        (port,) = free_ports(1)
        self.start(name, [sys.executable, "-m", "config.web", "127.0.0.1", str(port)])
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: self.answers(name, f"{url}/livez"), START_SECONDS)
        return url

    def start_workers(self, count: int) -> None:
        """Celery workers that listen to the broker."""
        for number in range(1, count + 1):
            name = f"worker{number}"
            self.start(name, [*CELERY, "worker", "--loglevel", "warning", "-n", f"{name}@bench"])
        for number in range(1, count + 1):
            wait_for(lambda number=number: self._listens(f"worker{number}"), START_SECONDS)

    def start_mail_sink(self) -> None:
        """A mail server that takes everything, for the mails that tell owners."""
        (port,) = free_ports(1)
        sink = ["aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
        self.start("mail_sink", [sys.executable, "-m", *sink])
        self.more = {**self.more, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}

    def start_provider(self, delay: float = 0.0) -> str:
        """A provider that answers after `delay` seconds, for everything that is started afterwards; its URL."""
        (port,) = free_ports(1)
        command = [sys.executable, "-m", "tests.benchmarks.provider", str(port), str(delay)]
        self.start("provider", command)
        url = f"http://127.0.0.1:{port}"
        self.more = {**self.more, "TWILIO_API_URL": url}
        wait_for(lambda: self.answers("provider", url), START_SECONDS)
        return url

    def start_beat(self) -> None:
        """The clock, once it keeps its schedule."""
        schedule = self.folder / "schedule"
        command = [*CELERY, "beat", "--loglevel", "warning", "--schedule", str(schedule)]
        self.start("beat", command)
        wait_for(lambda: list(self.folder.glob("schedule*")), START_SECONDS)

    def start_live(self) -> None:
        """The process of the live stream, once it takes connections."""
        (port,) = free_ports(1)
        command = [sys.executable, "-m", "config.live", "127.0.0.1", str(port)]
        self.start("live", command, LIVE_URL="/live/")
        wait_for(lambda: self._takes_connections("live", port), START_SECONDS)

    @contextmanager
    def paused_workers(self) -> Iterator[None]:
        """The workers stand still, as if the machine had not yet come to them."""
        self._signal_workers(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_workers(signal.SIGCONT)

    def run(self, module: str, *arguments: str) -> Any:
        """What a program of the benchmark (`python -m tests.benchmarks.MODULE`) says, as JSON."""
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout)

    def manage(self, *arguments: str) -> None:
        """One `manage.py` command."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    def stop(self) -> None:
        """SIGTERM for all, and their ends."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def answers(self, name: str, url: str) -> bool:
        assert self.processes[name].poll() is None, self.log(name)
        try:
            return requests.get(url, timeout=2).ok
        except requests.ConnectionError:
            return False

    def _takes_connections(self, name: str, port: int) -> bool:
        assert self.processes[name].poll() is None, self.log(name)
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _listens(self, name: str) -> bool:
        """Whether the worker's thread that hears of its kind of news is at Redis."""
        assert self.processes[name].poll() is None, self.log(name)
        with redis.Redis.from_url(REDIS) as broker:
            bound = broker.smembers("_kombu.binding.celery.pidbox")
        return any(f"{name}@bench".encode() in entry for entry in bound)

    def _signal_workers(self, number: signal.Signals) -> None:
        for name, process in self.processes.items():
            if name.startswith("worker"):
                os.killpg(process.pid, number)


@contextmanager
def installed(folder: Path, database: str, **more: str) -> Iterator[Installation]:
    """An installation whose processes are stopped at the end."""
    installation = Installation(folder, database, more)
    with redis.Redis.from_url(REDIS) as broker:
        broker.delete("gateway", "unacked", "unacked_index")  # wake-ups of an earlier run
    try:
        yield installation
    finally:
        installation.stop()
