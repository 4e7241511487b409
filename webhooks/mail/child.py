"""The process that parses: `python -m webhooks.mail.child`. Started and killed by `sandbox`."""

from __future__ import annotations

import os
import resource
import sys
import traceback
from types import TracebackType
from typing import BinaryIO

from webhooks.mail import wire
from webhooks.mail.parse import parse

MAX_MEMORY = 1024 * 1024 * 1024  # bytes of address space
MAX_CPU_SECONDS = 15  # for one mail


def main() -> None:
    """Answers mail after mail until the pipe is closed, which also happens when the parent dies."""
    sys.excepthook = _report
    answers = _own_stdout()
    _limit(resource.RLIMIT_AS, MAX_MEMORY)
    _limit(resource.RLIMIT_CORE, 0)
    wire.write_ready(answers)
    while request := wire.read_request(sys.stdin.buffer):
        _grant_cpu()
        wire.write_answer(answers, parse(*request))


def _own_stdout() -> BinaryIO:
    """The answers' pipe, out of the reach of a library that prints."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(kind: int, amount: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(
        kind, (amount if hard == resource.RLIM_INFINITY else min(amount, hard), hard)
    )


def _grant_cpu() -> None:
    """The limit counts from the start of the process: it moves on with each mail."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + MAX_CPU_SECONDS)


def _report(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """Where it broke, without the message: that may hold a piece of somebody's mail."""
    last = traceback.extract_tb(trace)[-1:]
    place = ", ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in last)
    sys.stderr.write(f"mail parser: {kind.__name__} at {place}\n")


if __name__ == "__main__":
    main()
