"""The child process that parses: limited, killed when stuck, replaced, and gone with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.webhooks.mail.mails import mail
from webhooks.mail import read_mail
from webhooks.mail.sandbox import ParserMissing, ParsingFailed, Sandbox

ROOT = Path(__file__).parents[3]
PARENT = """
import os, sys
from webhooks.mail.sandbox import Sandbox
sandbox = Sandbox()
def read(word):
    return sandbox.parse(b"From: a@b.example\\n\\n" + word).text
read(b"warm")
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(seconds=5)
    made.parse(mail())
    yield made
    made.stop()


def children(pid: int) -> set[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for path in found for child in path.read_text().split()}


def parsers(pid: int) -> set[int]:
    def command(child: int) -> str:
        with suppress(FileNotFoundError):  # it may have ended meanwhile
            return Path(f"/proc/{child}/cmdline").read_text()
        return ""

    return {child for child in children(pid) if "webhooks.mail.child" in command(child)}


@contextmanager
def run(script: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT + script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def _seconds_of_one(sandbox: Sandbox) -> float:
    started = time.monotonic()
    sandbox.parse(mail())
    return time.monotonic() - started


def test_a_stuck_parser_is_killed_and_the_next_mail_is_read() -> None:
    before = parsers(os.getpid())
    sandbox = Sandbox(seconds=0.7)
    assert eventually(lambda: _reads(sandbox))
    (child,) = parsers(os.getpid()) - before
    os.kill(child, signal.SIGSTOP)
    with pytest.raises(ParsingFailed, match="too much time"):
        sandbox.parse(mail())
    assert child not in parsers(os.getpid())
    assert eventually(lambda: _reads(sandbox))
    sandbox.stop()


def _reads(sandbox: Sandbox) -> bool:
    """A busy machine may take longer to start a child than this test wants to wait for a stuck one."""
    with suppress(ParsingFailed):
        return sandbox.parse(mail("read")).text == "read"
    return False


def test_a_mail_that_cannot_be_parsed_in_time_comes_back_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasty = Sandbox(seconds=0.001)
    monkeypatch.setattr("webhooks.mail.read._sandbox", hasty)
    long = mail("It takes a while to hand this over.\n" * 200_000)
    found = read_mail(long, envelope_recipients=["bikes@reply.gateway.test"])
    assert "too much time" in found.unreadable
    assert found.recipients == ("bikes@reply.gateway.test",)
    assert len(found.fingerprint) == 64


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_a_parser_that_does_not_start_is_our_fault_and_not_the_mail_s(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(ParserMissing, match="does not start"):
        Sandbox().parse(mail())


def test_a_parser_that_died_between_two_mails_costs_neither(sandbox: Sandbox) -> None:
    for child in parsers(os.getpid()):
        os.kill(child, signal.SIGKILL)
    assert sandbox.parse(mail("still read")).text == "still read"


def test_a_child_serves_many_mails_quickly(sandbox: Sandbox) -> None:
    assert min(_seconds_of_one(sandbox) for _ in range(50)) < 0.01


def test_the_child_has_limits_and_none_of_our_secrets(sandbox: Sandbox) -> None:
    child = max(parsers(os.getpid()))
    limits = Path(f"/proc/{child}/limits").read_text()
    assert f"Max address space         {1024**3}" in limits
    assert "unlimited" not in next(line for line in limits.split("\n") if "cpu time" in line)[:45]
    assert b"SECRET_KEY" not in Path(f"/proc/{child}/environ").read_bytes()
    assert "django" not in Path(f"/proc/{child}/maps").read_text()


def test_the_child_dies_with_its_parent() -> None:
    with run("print('ready', flush=True); sys.stdin.read()") as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        (child,) = parsers(parent.pid)
        parent.kill()
        assert eventually(lambda: not Path(f"/proc/{child}").exists())


def test_a_forked_worker_has_a_child_of_its_own() -> None:
    script = """
pid = os.fork()
words = [read(b"%d" % n) for n in range(50)]
assert words == [str(n) for n in range(50)]
if pid:
    assert os.waitpid(pid, 0)[1] == 0
    print("both read", flush=True)
"""
    with run(script) as parent:
        assert parent.communicate(timeout=30)[0] == "both read\n"
