"""How long `make bench` takes."""

from __future__ import annotations

import os

# BENCH_QUICK=1 shows in two minutes that everything runs; its figures are not worth keeping.
QUICK = bool(os.environ.get("BENCH_QUICK"))
ROUNDS = 1 if QUICK else 5
# One round of a load that goes on for as long as it is told.
SECONDS = 2 if QUICK else 4
# How many connections post at once, and how many clients pgbench is given.
CLIENTS = 16
# A provider's servers post over many connections; what waits at the same time is committed together.
CONNECTIONS = 64
# Customers write to as many businesses, so that no single counter is what all wait for.
BUSINESSES = 100


def scaled(count: int) -> int:
    """This many of something, or the fifth of it in a quick run."""
    return count // 5 if QUICK else count
