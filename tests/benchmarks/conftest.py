"""What all benchmarks share: databases to copy, the report, and a clear word where a tool is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import psycopg
import pytest
import redis

from tests.benchmarks import databases, machine
from tests.benchmarks.installation import REDIS, Installation
from tests.benchmarks.report import RESULTS, Report
from tests.benchmarks.size import BUSINESSES

DEBIAN = {"wrk": "wrk", "pgbench": "postgresql-contrib"}


@pytest.fixture(scope="session")
def report(needed) -> Iterator[Report]:
    """Where figures go; printed and written once all are there."""
    report = Report(machine.described())
    yield report
    report.write(RESULTS)
    os.write(1, f"\n\n{report}\n\nWritten to {RESULTS}\n".encode())


@pytest.fixture(scope="session")
def needed() -> None:
    """Stops with what is to be installed or started."""
    problems = [
        f"{tool} is missing: apt-get install {package}"
        for tool, package in DEBIAN.items()
        if shutil.which(tool) is None
    ]
    try:
        psycopg.connect(databases.SERVER).close()
    except psycopg.OperationalError as error:
        problems.append(f"No PostgreSQL: {error}Start it, or name one in BENCH_POSTGRES.")
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.ConnectionError as error:
        problems.append(f"No Redis: {error} Start it, or name one in BENCH_REDIS.")
    if problems:
        pytest.exit("\n".join(["The benchmark cannot run.", *problems]), returncode=2)


@pytest.fixture(scope="session")
def empty(needed, tmp_path_factory) -> Iterator[str]:
    """The name of a database with every migration, to be copied."""
    with databases.database("empty") as url:
        Installation(tmp_path_factory.mktemp("empty"), url).manage("migrate", "--verbosity=0")
        yield databases.name_of("empty")


@pytest.fixture(scope="session")
def filled(empty, tmp_path_factory) -> Iterator[str]:
    """The name of one with the businesses as well, to be copied."""
    with databases.database("filled", empty) as url:
        installation = Installation(tmp_path_factory.mktemp("filled"), url)
        installation.run("businesses", str(BUSINESSES))
        yield databases.name_of("filled")


@pytest.fixture
def database(filled) -> Iterator[str]:
    """A database of the test's own, with the businesses."""
    with databases.database("product", filled) as url:
        yield url


@pytest.fixture
def reference_database(filled) -> Iterator[str]:
    """Another one like it, for the reference: neither fills the other's tables."""
    with databases.database("reference", filled) as url:
        yield url
