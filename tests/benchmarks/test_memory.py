"""What each process holds in memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.benchmarks import mails, signed
from tests.benchmarks.backlog import accept_and_file
from tests.benchmarks.installation import installed
from tests.benchmarks.report import Figure
from tests.benchmarks.size import scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
SETTLES = 2.0  # seconds: what is imported at the first sweep
TEXTS, MAILS = scaled(1_000), scaled(200)


def test_memory(report, database, tmp_path):
    """At rest, and after texts and mails went through: pages that processes share are shared out (PSS)."""
    with installed(tmp_path, database) as product:
        product.start_mail_sink()
        web = product.start_web()
        product.start_workers(1)
        product.start_beat()
        product.start_live()
        processes = {
            "Web, granian and its worker": product.processes["web"].pid,
            "Celery worker": product.processes["worker1"].pid,
            "Celery beat": product.processes["beat"].pid,
            "Live stream": product.processes["live"].pid,
        }
        time.sleep(SETTLES)
        at_rest = {name: megabytes(pid) for name, pid in processes.items()}
        accept_and_file(product, web, signed.strangers(TEXTS), tmp_path / "requests")
        accept_and_file(product, web, mails.posted(MAILS), tmp_path / "requests")
        for name, pid in processes.items():
            after = [megabytes(pid)]
            report.add(Figure("memory", name, "MB", after, "at rest", [at_rest[name]]))


def megabytes(leader: int) -> float:
    """The proportional set size of a process and those it started."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return sum(_kilobytes(pid) for pid in pids if _leader_of(pid) == leader) / 1024


def _leader_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
