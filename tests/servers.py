"""Servers of a test's own, which it may stop, kill and start again: PostgreSQL, Redis and RabbitMQ.

None is ever skipped: where a program is missing, the test fails and says what to install.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from tests.product import free_ports
from tests.simulator_process import wait_for

START_SECONDS = 60.0  # a loaded machine starts Erlang slowly
STOP_SECONDS = 20.0


@dataclass
class Server:
    """One server in a folder of its own, on a port of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    # Who runs it, where root may not.
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM

    def __post_init__(self) -> None:
        self.prepare()

    def prepare(self) -> None:
        """Makes ready what the server needs before its first start."""

    def command(self) -> Sequence[str]:
        """What starts it in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        """Starts it, with what it kept, and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={**os.environ, **self.environment},
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._is_up, START_SECONDS)

    def stop(self) -> None:
        """Stops it in good order; connections are cut."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kills it and all its processes."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return self.answers()

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)


class PostgreSQL(Server):
    """A cluster that root's tests run as the user `postgres`, as it refuses to run as root."""

    def prepare(self) -> None:
        self.stop_signal = signal.SIGINT  # a fast shutdown waits for no client
        if os.geteuid() == 0:
            self.user = "postgres"
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        if not (self.folder / "data").exists():
            self._make()

    @property
    def url(self) -> str:
        """DATABASE_URL without the name of a database."""
        return f"postgres://postgres@127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        # Nothing of a test must outlive the machine: syncing would only make it slow.
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        return [
            _program("postgres", "postgresql"),
            *f"-D data {settings}".split(),
            "-c",
            "unix_socket_directories=",
        ]

    def answers(self) -> bool:
        """Whether it takes questions: it listens before it has recovered from a crash."""
        try:
            psycopg.connect(f"{self.url}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make(self) -> None:
        options = "-D data -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync"
        subprocess.run(
            [_program("initdb", "postgresql"), *options.split()],
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdout=subprocess.DEVNULL,
            check=True,
        )


class Redis(Server):
    """A Redis that keeps nothing when it stops."""

    @property
    def url(self) -> str:
        """Without the number of a database."""
        return f"redis://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no"
        return [_program("redis-server", "redis-server"), *options.split(), "--save", ""]


class RabbitMQ(Server):
    """A broker with a node, a folder and an Erlang port mapper of its own."""

    def prepare(self) -> None:
        distribution, mapper = free_ports(2)
        self.environment = {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"test-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(mapper),
        }

    @property
    def url(self) -> str:
        """CELERY_BROKER_URL."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> Sequence[str]:
        return [_program("rabbitmq-server", "rabbitmq-server")]

    def answers(self) -> bool:
        """Whether it speaks AMQP: it listens before it is ready."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as wire:
                wire.sendall(b"AMQP\0\0\x09\x01")
                return bool(wire.recv(1))
        except OSError:
            return False

    def kill(self) -> None:
        """Kills it, and the port mapper that it had left in the background."""
        super().kill()
        subprocess.run(
            [_program("epmd", "erlang-base"), "-kill"],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


Kind = TypeVar("Kind", bound=Server)


@contextmanager
def own(kind: type[Kind]) -> Iterator[Kind]:
    """A running server of this kind, gone at the end with all that it kept."""
    # Not under pytest's folder, which the user of PostgreSQL may not enter.
    folder = Path(tempfile.mkdtemp(prefix=f"{kind.__name__.lower()}-"))
    server = kind(folder, free_ports(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str, package: str) -> str:
    """Where a program is: PostgreSQL's and RabbitMQ's own folders of Debian, then the path."""
    folders = [*Path("/usr/lib").glob("postgresql/*/bin"), Path("/usr/lib/rabbitmq/bin")]
    for folder in sorted(folders, reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed; install the package {package}")
    return found
