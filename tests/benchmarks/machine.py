"""What a run was measured on, because no figure means anything without it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import redis

from tests.benchmarks.databases import SERVER, value
from tests.benchmarks.installation import REDIS
from tests.benchmarks.size import ROUNDS, SECONDS


def described() -> dict[str, str]:
    """By name, in words."""
    with redis.Redis.from_url(REDIS) as broker:
        redis_version = broker.info("server")["redis_version"]
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "rounds": f"{ROUNDS} of {SECONDS:g} s",
        "cores": str(os.cpu_count()),
        "processor": _line("/proc/cpuinfo", "model name"),
        "memory": f"{int(_line('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "python": platform.python_version(),
        "django": version("django"),
        "granian": version("granian"),
        "postgresql": str(value(SERVER, "SHOW server_version")),
        "synchronous_commit": str(value(SERVER, "SHOW synchronous_commit")),
        "shared_buffers": str(value(SERVER, "SHOW shared_buffers")),
        "redis": str(redis_version),
    }


def _line(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")
