"""What every test may rely on: no live provider is ever reached."""

from __future__ import annotations

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

pytest_plugins = ["tests.chromium"]


@pytest.fixture(autouse=True)
def only_this_machine():
    """Refuses any connection that would leave this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    enable_socket()
