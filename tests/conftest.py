"""What every test may rely on: no live provider is ever reached."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from django.utils import translation
from hypothesis import settings
from pytest_socket import enable_socket, socket_allow_hosts

# The same examples in every run, on a machine of any speed: a search for new ones is not a test.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")
pytest_plugins = ["tests.chromium"]


def pytest_configure() -> None:
    """What was started with nohup or in the background of a script ignores signals, and so do its children."""
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_xdist_auto_num_workers() -> int:
    """Half more than there are cores, under `-n auto`: a third of the time is spent waiting for processes."""
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2)


def pytest_collection_finish() -> None:
    """What thousands of tests were read into lives to the end: looking through it for garbage takes a tenth of them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def only_this_machine():
    """Refuses any connection that would leave this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def no_language_of_before():
    """A request's language stays in its thread until the next one."""
    yield
    translation.deactivate()
