"""`python -m config.probe`, the health check of a container."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_httpserver import HTTPServer

from tests.config.bare import BASE_DIR
from tests.product import free_ports


@pytest.mark.parametrize(("answered", "right"), [(200, []), (401, ["401"])])
def test_who_answers_as_he_should_is_well(httpserver: HTTPServer, answered: int, right: list[str]):
    httpserver.expect_request("/livez").respond_with_data(status=answered)
    assert probe(httpserver.port, *right) == (0, "")


def test_who_answers_otherwise_is_not_and_is_quoted(httpserver: HTTPServer):
    httpserver.expect_request("/livez").respond_with_data("no database", status=503)
    assert probe(httpserver.port) == (1, "/livez answers 503: no database\n")


def test_who_does_not_answer_is_not():
    [port] = free_ports(1)
    code, said = probe(port)
    assert (code, said.startswith(f"Nobody answers on port {port}")) == (1, True)


def probe(port: int, *right: str) -> tuple[int, str]:
    """The exit code, and what it said."""
    command = [sys.executable, "-m", "config.probe", str(port), "/livez", *right]
    ended = subprocess.run(
        command, cwd=BASE_DIR, stderr=subprocess.PIPE, text=True, timeout=20, check=False
    )
    return ended.returncode, ended.stderr
