"""The files in which the processes of one machine keep their counters, so that one scrape tells of all.

`DATA_DIR/metrics/HOST/counter_PID.db` is a file of prometheus-client's multi-process mode, mapped into its process. A
folder for each host name keeps containers apart that share a volume and have equal process ids. A process
holds a shared lock on its file for as long as it lives, which all containers of a machine can see; what is
left of the dead is added up in `DATA_DIR/metrics/counter_0.db`, so that no counter ever goes backwards.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

KINDS = ("counter", "histogram")
# Twice what every label in use takes. A page of a mapped file for which a full disk has no room kills the
# process that writes there, so the room is taken when the process starts.
RESERVED = 512 * 1024  # bytes

_alive: list[int] = []  # descriptors of this process's files; their locks end with the process
log = logging.getLogger(__name__)


def count_in(folder: Path) -> None:
    """Makes this process keep its counters in files of its own in `folder`, `DATA_DIR/metrics/HOST`.

    Where there is no room for them it counts for itself, unseen: counting keeps nothing from working.
    """
    try:
        _reserve(folder)
    except OSError:
        log.warning("This process counts for itself alone", exc_info=True)
        values.ValueClass = values.MutexValue
    else:
        atexit.register(_drop_unused, folder)


def _reserve(folder: Path) -> None:
    """Makes the files with room for all there is to count, and locks them for as long as this process lives."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent, fcntl.LOCK_SH):
        for kind in KINDS:
            descriptor = os.open(folder / f"{kind}_{os.getpid()}.db", os.O_RDWR | os.O_CREAT)
            os.posix_fallocate(descriptor, 0, RESERVED)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _alive.append(descriptor)


def _drop_unused(folder: Path) -> None:
    """Takes away the files of a process that ends and has counted nothing, as most commands do."""
    mine = [folder / f"{kind}_{os.getpid()}.db" for kind in KINDS]
    if not folder.exists():
        return
    with _locked(folder.parent, fcntl.LOCK_EX):
        for path in mine:
            if path.exists() and not _has_values(path):
                path.unlink()


@contextmanager
def files(metrics: Path) -> Iterator[list[str]]:
    """Every file below `DATA_DIR/metrics`; none of them is added up while the block reads them."""
    with _locked(metrics, fcntl.LOCK_SH):
        yield [str(path) for path in _all(metrics) if _has_values(path)]


def add_up_the_dead(metrics: Path) -> int:
    """Adds the counts of processes that live no more to the common files; how many files went."""
    if not metrics.exists():
        return 0
    with _locked(metrics, fcntl.LOCK_EX):
        dead = [path for path in metrics.glob("*/*.db") if _is_dead(path)]
        for kind in KINDS:
            _add_up(metrics, kind, [path for path in dead if path.name.startswith(kind)])
        for folder in metrics.iterdir():
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return len(dead)


@contextmanager
def _locked(metrics: Path, how: int) -> Iterator[None]:
    with (metrics / "lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield


def _all(metrics: Path) -> list[Path]:
    return sorted([*metrics.glob("*.db"), *metrics.glob("*/*.db")])


def _has_values(path: Path) -> bool:
    with path.open("rb") as file:
        return any(file.read(4))  # how many bytes of it are in use


def _is_dead(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _add_up(metrics: Path, kind: str, dead: list[Path]) -> None:
    """Writes a new common file beside the old one before it takes its place: a full disk spoils nothing."""
    common, fresh = metrics / f"{kind}_0.db", metrics / f"{kind}_0.new"
    totals: dict[str, float] = defaultdict(float)
    for path in filter(_has_values, [*filter(Path.exists, [common]), *dead]):
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            totals[key] += value
    if dead:
        _write(fresh, totals)
        fresh.replace(common)
    for path in dead:
        path.unlink()


def _write(path: Path, totals: dict[str, float]) -> None:
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, RESERVED + sum(len(key) for key in totals) * 2)
    sums = MmapedDict(str(path))
    for key, value in totals.items():
        sums.write_value(key, value, 0.0)
    sums.close()
