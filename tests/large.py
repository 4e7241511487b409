"""The product of a company that has outgrown one machine: several web processes and workers behind one address."""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.front import front
from tests.product import START_SECONDS, Product, free_ports, make_product, simulator_of
from tests.servers import RabbitMQ, Redis, own
from tests.simulator_process import ROOT, wait_for

# Longer than any container waits: a worker finishes what it has begun.
STOP_SECONDS = 30.0
# Of each of four processes, in two set-ups that run at once on a PostgreSQL with a hundred.
CONNECTIONS = "8"
# What runs twice, by the name that `manage.py run` gives it; all else runs once.
TWICE = {"web server": "web", "worker": "worker", "clock": "clock"}
# A second one, which does no harm, is started by a test that wants it.
SPARE = "clock-2"


@dataclass
class Large(Product):
    """Two web processes and two workers on one database, each by a name such as `web-1` or `worker-2`."""

    web_ports: Sequence[int] = field(default_factory=lambda: free_ports(2))
    commands: dict[str, Sequence[str]] = field(default_factory=dict)
    added: dict[str, Mapping[str, str]] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    # Those that run by an entry of a test's own.
    broken: set[str] = field(default_factory=set)
    _open: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Starts everything and waits until it is ready."""
        self._take_migrated_database()
        self._compose()
        self._open.enter_context(front(int(self.environment["PORT"]), self.web_ports))
        names = self.commands.keys() - {SPARE}
        for name in names:
            self.launch(name)
        wait_for(self.is_ready, START_SECONDS)
        for name in names:
            self.wait_until_ready(name)
        self.simulator = simulator_of(self)

    def launch(self, name: str, entry: Sequence[str] = (), **environment: str) -> None:
        """Starts one process; `entry` is a module with arguments of a test's own in place of the product's."""
        command = list(self.commands[name])
        if entry:
            command[1:3] = ["-m", *entry]
            self.broken.add(name)
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "config.supervised", str(os.getpid()), *command],
                cwd=ROOT,
                env={**self.environment, **self.added[name], **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, name: str) -> None:
        """Waits until a process does its work."""
        wait_for(functools.partial(self._is_ready, name), START_SECONDS)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/simulator/api/faults", timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def web_url(self, number: int) -> str:
        """Where one web process listens; the first is 1."""
        return f"http://127.0.0.1:{self.web_ports[number - 1]}"

    def stop(self) -> None:
        """SIGTERM to all of them."""
        try:
            self.end(*self.running)
        finally:
            self._open.close()

    def end(self, *names: str) -> None:
        """SIGTERM to some, and waits until they have ended; fails where one does not."""
        for name in names:
            self.running[name].terminate()
        for name in names:
            self.running[name].wait(STOP_SECONDS)

    def mend(self) -> None:
        """Starts whatever does not run as the product has it."""
        for name in self.broken | self.commands.keys() - self.children().keys() - {SPARE}:
            if name in self.children():
                self.kill(name)
            if name != SPARE:
                self.launch(name)
                self.wait_until_ready(name)
        self.broken.clear()

    def children(self) -> dict[str, int]:
        return {name: child.pid for name, child in self.running.items() if child.poll() is None}

    def kill(self, name: str) -> None:
        """SIGKILL for one process and its own children."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def kill_all(self) -> None:
        for name in self.children():
            self.kill(name)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database itself says; values stand for %s. A change is committed."""
        url = self.environment.get("DATABASE_URL")
        if url is None:
            with closing(sqlite3.connect(self.data_dir / "gateway.sqlite3", timeout=30)) as file:
                return file.execute(query.replace("%s", "?"), values).fetchall()
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def leases_run_out(self) -> None:
        """What a dead worker had claimed is free, as after its lease."""
        for table in ("channels_out_delivery", "gateway_webhooks_inboundevent"):
            self.rows(f"UPDATE {table} SET lease_until = now() WHERE lease_until IS NOT NULL")  # noqa: S608

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.data_dir.glob("*.log")))

    def _is_ready(self, name: str) -> bool:
        log = self.data_dir / f"{name}.log"
        assert self.running[name].poll() is None, log.read_text()
        if name.startswith("web"):
            return _is_ok(f"{self.web_url(int(name[-1]))}/readyz")
        if name.startswith("worker") and "celery" in self.commands[name]:
            return " ready." in log.read_text()
        return True

    def _compose(self) -> None:
        """The command line of each process: those of `manage.py run`, on ports and under names of their own."""
        command = [sys.executable, "-m", "tests.large_programs"]
        made = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        for program in json.loads(made.stdout):
            for number in range(1, self._count(program["name"]) + 1):
                name = f"{TWICE.get(program['name'], program['name'])}-{number}"
                self.commands[name] = self._command(name, program["command"], number)
                # The simulator ends with its parent.
                self.added[name] = program["environment"] | {
                    "SIMULATOR_PARENT_PID": str(os.getpid())
                }

    def _count(self, program: str) -> int:
        if program == "worker" and "CELERY_BROKER_URL" not in self.environment:
            return 1
        return 2 if program in TWICE else 1

    def _command(self, name: str, command: Sequence[str], number: int) -> Sequence[str]:
        if name.startswith("web"):
            return [*command[:-1], str(self.web_ports[number - 1])]
        if "worker" in command and "celery" in command:
            # Two nodes of one name would be one to the broker; what a worker takes is read in its log.
            return [*command, "--hostname", f"{name}@%h", "--loglevel", "info"]
        if "beat" in command:
            return [*command[:-1], str(self.data_dir / name), "--loglevel", "info"]
        return command


@contextmanager
def run_large(folder: Path, **environment: str) -> Iterator[Large]:
    """A large product that is stopped at the end; `environment` names its database and its services."""
    small = make_product(
        folder, **{"SIMULATOR": "on", "DATABASE_CONNECTIONS": CONNECTIONS, **environment}
    )
    product = Large(small.url, folder, small.environment, small.simulator_port)
    try:
        product.start()
        yield product
    finally:
        product.stop()


@contextmanager
def large_product(folder: Path, broker: str, **environment: str) -> Iterator[Large]:
    """A large product on the shared PostgreSQL with a Redis of its own; `broker` is `redis` or `rabbitmq`."""
    with ExitStack() as opened:
        database = opened.enter_context(new_database(shared_postgresql()))
        redis = opened.enter_context(own(Redis)).url
        queue = opened.enter_context(own(RabbitMQ)).url if broker == "rabbitmq" else f"{redis}/1"
        services = {
            "DATABASE_URL": database,
            "REDIS_URL": f"{redis}/0",
            "CELERY_BROKER_URL": queue,
        }
        yield opened.enter_context(run_large(folder, **services, **environment))


def shared_postgresql() -> str:
    """The server that DATABASE_URL names, without a database."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
    return url.rpartition("/")[0]


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The URL of a database with every migration and no row, dropped at the end."""
    name = f"large_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {migrated_template(server)}")
    try:
        yield f"{server}/{name}"
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def migrated_template(server: str) -> str:
    """A database of this server to copy: migrations take seconds, a copy of them tenths."""
    name = f"migrated_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name}")
    atexit.register(_drop, server, name)
    environment = {"ENV_FILE": "", "DATABASE_URL": f"{server}/{name}"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        check=True,
        timeout=120,
    )
    return name


def _drop(server: str, name: str) -> None:
    """Drops a database where its server still runs."""
    try:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")
    except psycopg.OperationalError:
        return


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _is_ok(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
