"""Starts the processes of the embedded set-up, starts anew what dies, and stops all together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config.supervised import PARENT_VARIABLE

STOP_SECONDS = 10.0
RESTART_SECONDS = 1.0
LOOK_SECONDS = 0.2
log = logging.getLogger(__name__)


@dataclass
class Child:
    """One process of the set-up: its name, its command line and what its environment adds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    def start(self) -> None:
        environment = {**os.environ, **self.environment, PARENT_VARIABLE: str(os.getpid())}
        self.process = subprocess.Popen(  # noqa: S603  the command lines are our own
            self.command,
            env=environment,
            stdout=subprocess.DEVNULL if self.quiet else None,
            start_new_session=True,
        )
        self.started_at = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs children until it is told to stop. They are in sessions of their own: only it hears Ctrl-C."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children
        self.stopping = threading.Event()

    def start(self) -> None:
        """Starts every child, in order."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Returns when it was told to stop and every child has ended."""
        while not self.stopping.wait(LOOK_SECONDS):
            for child in self.children:
                self._revive(child)
        self._stop()

    def _revive(self, child: Child) -> None:
        if child.running or time.monotonic() - child.started_at < RESTART_SECONDS:
            return
        code = child.process.returncode if child.process else None
        log.error("The %s ended with code %s and is started again", child.name, code)
        child.start()

    def _stop(self) -> None:
        running = [
            child.process for child in reversed(self.children) if child.process and child.running
        ]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning(
                    "Process %s did not stop in %s seconds and is killed", process.pid, STOP_SECONDS
                )
                process.kill()
                process.wait()
