"""What the same machine does with less around it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.databases import execute
from tests.benchmarks.installation import Installation
from tests.benchmarks.size import BUSINESSES, CLIENTS, SECONDS
from tests.product import free_ports
from tests.simulator_process import wait_for

THREE_INSERTS = "pgbench: event, message, counter"
SCRIPT = Path(__file__).with_name("three_statements.sql")
# Ids that grow with time, as the product's do (RFC 9562 section 5.7): random ones would write all over the index.
FUNCTIONS = """
CREATE FUNCTION time_ordered_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid $$;
CREATE FUNCTION counted_id(number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT lpad(to_hex(number), 32, '0')::uuid $$;
"""


def prepare(database: str) -> None:
    """Makes what the script of `three_inserts` calls."""
    execute(database, FUNCTIONS)


def three_inserts(database: str) -> float:
    """Transactions a second by pgbench: event, message and counter in three statements, committed to disk."""
    command = ["pgbench", "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"]
    done = subprocess.run(
        [
            *command,
            f"--time={SECONDS}",
            f"--define=businesses={BUSINESSES}",
            f"--file={SCRIPT}",
            database,
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def start_one_insert(installation: Installation, name: str) -> str:
    """The bare application of `one_insert.py` under the product's own web server; its URL."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "tests.benchmarks.one_insert", str(port)]
    installation.start(name, command)
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: installation.answers(name, url))
    return url
