"""What a supervisor does for its programs, with small real ones."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import DidNotStart, Program, Supervisor
from tests.product import ends
from tests.simulator_process import ROOT, wait_for

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open(sys.argv[1], "w") as file:
    file.write(f"{os.getpid()} {below.pid}\\n")
time.sleep(60)
"""


def python(code: str, *arguments: str) -> Program:
    return Program("program", [sys.executable, "-c", code, *arguments])


def never() -> bool:
    return False


def pids(file: Path) -> list[int]:
    """The process ids in a file, as soon as it is written."""
    return [int(pid) for pid in wait_for(lambda: _whole(file)).split()]


def _whole(file: Path) -> str:
    text = file.read_text() if file.exists() else ""
    return text if text.endswith("\n") else ""


def test_a_program_that_cannot_start_ends_the_start_and_is_named():
    watched = Supervisor([python("import time; time.sleep(60)"), python("exit(3)")], ROOT)
    with (
        pytest.raises(DidNotStart, match="The program ended with code 3"),
        watched.running(),
    ):
        watched.wait_until(never, seconds=30)
    assert not any(child.is_running for child in watched.children)


def test_a_set_up_that_is_never_ready_ends_the_start():
    watched = Supervisor([python("import time; time.sleep(60)")], ROOT)
    with pytest.raises(DidNotStart, match="Nothing answers"), watched.running():
        watched.wait_until(never, seconds=0.2)


def test_a_program_that_does_not_stop_is_killed_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    watched = Supervisor([python(STUBBORN, str(tmp_path / "pids"))], ROOT)
    with watched.running():
        running = pids(tmp_path / "pids")
    assert len(running) == 2
    assert all(ends(pid) for pid in running)


def test_it_stops_at_a_hangup_unless_it_was_told_to_outlive_its_terminal():
    watched = Supervisor([python("import time; time.sleep(60)")], ROOT)
    with watched.running():
        os.kill(os.getpid(), signal.SIGHUP)
        assert watched.wait_until(never, seconds=5) is False

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what nohup(1) does
    try:
        with watched.running():
            watched.stopping = False
            os.kill(os.getpid(), signal.SIGHUP)
            assert watched.wait_until(lambda: True, seconds=5)
    finally:
        signal.signal(signal.SIGHUP, before)
