"""Starts the processes of the embedded set-up, starts anew what dies, and stops all together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOP_SECONDS = 10.0
RESTART_SECONDS = 1.0
LOOK_SECONDS = 0.1
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """One process of the set-up: its name, its command line and what its environment adds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False


class DidNotStart(Exception):
    """A process ended before the set-up was ready; the text names it and says what to do."""


class Supervisor:
    """Runs programs in `folder` until SIGTERM, SIGINT or SIGHUP tells it to stop.

    They are in sessions of their own, so that only it hears Ctrl-C, and they end when it is killed.
    """

    def __init__(self, programs: Sequence[Program], folder: Path) -> None:
        self.children = [_Child(program, folder) for program in programs]
        self.stopping = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Starts every program, in order; all have ended when it is left, by whatever way."""
        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # nohup(1)
                signal.signal(number, self._hear)
        try:
            for child in self.children:
                child.start()
            yield
        finally:
            _stop(self.children)
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Whether the set-up became ready before it was told to stop.

        Raises DidNotStart when a program ended first, or nothing was ready after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while not self.stopping:
            if is_ready():
                return True
            for child in self.children:
                if not child.is_running:
                    raise DidNotStart(f"The {child.says_how_it_ended}. Mend what it says above.")
            if time.monotonic() > deadline:
                raise DidNotStart(f"Nothing answers after {seconds:.0f} seconds.")
            time.sleep(LOOK_SECONDS)
        return False

    def watch(self) -> None:
        """Starts anew what dies; returns when it was told to stop."""
        while not self.stopping:
            for child in self.children:
                child.revive()
            time.sleep(LOOK_SECONDS)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        # Nothing that takes a lock: the handler may interrupt whoever holds it.
        self.stopping = True


class _Child:
    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  the command lines are our own
            [sys.executable, "-m", "config.supervised", str(os.getpid()), *self.program.command],
            cwd=self.folder,
            env={**os.environ, **self.program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if self.program.quiet else None,
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def says_how_it_ended(self) -> str:
        code = self.process.returncode if self.process else None
        return f"{self.program.name} ended with code {code}"

    def revive(self) -> None:
        if self.is_running or time.monotonic() - self.started_at < RESTART_SECONDS:
            return
        log.error("The %s and is started again", self.says_how_it_ended)
        self.kill_session()
        try:
            self.start()
        except OSError:  # no memory or no process to be had at the moment
            log.exception("The %s could not be started; it is tried again", self.program.name)

    def kill_session(self) -> None:
        """Kills the process and what it left behind; it leads a session and a group of its own."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _stop(children: Sequence[_Child]) -> None:
    for child in reversed(children):
        if child.process is not None and child.is_running:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while any(child.is_running for child in children) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    for child in children:
        if child.is_running:
            log.warning("The %s did not stop in %s s: killed", child.program.name, STOP_SECONDS)
        child.kill_session()
