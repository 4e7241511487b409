"""A Redis of a test's own, which it may kill and start again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from redis import Redis, RedisError

from tests.product import free_ports
from tests.simulator_process import wait_for


@dataclass
class RedisServer:
    """One server on a port of its own; it keeps nothing when it ends."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        program = shutil.which("redis-server") or pytest.fail("Install the package redis-server")
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no".split()
        self.process = subprocess.Popen(
            [program, *options, "--save", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers)

    def kill(self) -> None:
        """Kills it; every connection is cut."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def cut_connections(self) -> None:
        """Cuts every connection but keeps running."""
        with Redis.from_url(self.url) as client:
            client.client_kill_filter(_type="pubsub")

    def _answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


@contextmanager
def own_redis() -> Iterator[RedisServer]:
    """A running server, gone at the end."""
    server = RedisServer(free_ports(1)[0])
    server.start()
    try:
        yield server
    finally:
        server.kill()
