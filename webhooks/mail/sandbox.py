"""One warm child process per worker that parses mails and may be killed at any time."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time

from webhooks.mail import wire
from webhooks.mail.parsed import ParsedMail

MAX_SECONDS = 20.0  # of waiting for one mail, handing over included
START_SECONDS = 60.0  # of waiting for a child to start, on a machine with much else to do


class ParsingFailed(Exception):
    """The mail took too much time or memory, or broke the parser."""


class ParserMissing(Exception):
    """The program that reads mail does not start: a fault of this machine, not of a mail."""


class _Died(ParsingFailed):
    """It needs too much memory, or broke the program that reads mail."""


class _TooSlow(ParsingFailed):
    """It takes too much time to read."""


class Sandbox:
    """The child process of this worker. It starts with the first mail and serves one at a time."""

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._of_parent: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = threading.Lock()
        # No fork in the middle of an exchange: both sides would hold the rest of it.
        os.register_at_fork(
            before=self._lock.acquire,
            after_in_parent=self._lock.release,
            after_in_child=self._leave_to_parent,
        )
        atexit.register(self.stop)

    def parse(self, raw: bytes, stripped_text: str = "") -> ParsedMail:
        """The parsed mail, or ParsingFailed with the reason in plain words; ParserMissing when no
        child starts.

        When a child dies that had served other mails, this one may not be the cause: it gets a
        second try in a fresh child.
        """
        with self._lock:
            worn = self._served > 0
            try:
                return self._ask(raw, stripped_text)
            except _Died:
                if not worn:
                    raise
            return self._ask(raw, stripped_text)

    def stop(self) -> None:
        """Ends the child; the next mail starts another."""
        process, self._process, self._served = self._process, None, 0
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, raw: bytes, stripped_text: str) -> ParsedMail:
        process = self._process = self._process or _start()
        deadline = time.monotonic() + self._seconds
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        try:
            mail = _exchange(process, raw, stripped_text)
        except (EOFError, OSError) as error:
            late = time.monotonic() >= deadline or process.wait() == -signal.SIGXCPU
            self.stop()
            failure = _TooSlow if late else _Died
            raise failure(failure.__doc__) from error
        finally:
            timer.cancel()
        self._served += 1
        return mail

    def _leave_to_parent(self) -> None:
        """In a forked process: the pipes belong to the one that started the child."""
        self._lock.release()
        process, self._process, self._served = self._process, None, 0
        if process is not None and process.stdin and process.stdout:
            self._of_parent = process  # kept, or its destructor would wait for a stranger's child
            process.stdin.close()
            process.stdout.close()


def _start() -> subprocess.Popen[bytes]:
    """A child that is ready for its first mail."""
    try:
        process = _spawn()
    except OSError as error:
        raise ParserMissing(f"{ParserMissing.__doc__} ({error})") from error
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    is_ready = process.stdout is not None and wire.read_ready(process.stdout)
    timer.cancel()
    if not is_ready:
        process.kill()
        process.communicate()
        raise ParserMissing(f"{ParserMissing.__doc__} (It ended with {process.returncode}.)")
    return process


def _spawn() -> subprocess.Popen[bytes]:
    """With nothing of our environment: it holds keys, and the child reads strangers' mail."""
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "webhooks.mail.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": path, "LC_ALL": "C.UTF-8"},
    )


def _exchange(process: subprocess.Popen[bytes], raw: bytes, stripped_text: str) -> ParsedMail:
    if process.stdin is None or process.stdout is None:
        raise EOFError("The child has no pipes.")
    wire.write_request(process.stdin, raw, stripped_text)
    return wire.read_answer(process.stdout)
