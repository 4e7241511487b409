"""Load by wrk (https://github.com/wg/wrk): posts every request of a file once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Load:
    """What came back: answers within `seconds`, those that were no 2xx or 3xx, broken connections."""

    answers: int
    seconds: float
    refused: int
    broken: int
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def write_requests(path: Path, requests: Iterable[bytes]) -> int:
    """Writes whole HTTP requests for wrk, each behind its length; how many they are."""
    count = 0
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%d\n%b" % (len(request), request))
            count += 1
    return count


def post(url: str, requests: Path, connections: int, seconds: int) -> Load:
    """Posts what is in the file, each request once, and lasts so many seconds even where it holds fewer."""
    return post_at_once({url: requests}, connections, seconds)


def post_at_once(files: Mapping[str, Path], connections: int, seconds: int) -> Load:
    """As `post`, to several servers at the same time, each with a file and so many connections of its own; the sum."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout=30s",
        "-s",
        str(SCRIPT),
    ]
    running = [
        subprocess.Popen([*command, url, "--", str(file)], stdout=subprocess.PIPE, text=True)
        for url, file in files.items()
    ]
    loads = [_load(process) for process in running]
    return Load(
        answers=sum(load.answers for load in loads),
        seconds=max(load.seconds for load in loads),
        refused=sum(load.refused for load in loads),
        broken=sum(load.broken for load in loads),
        p99_ms=max(load.p99_ms for load in loads),
    )


def _load(process: subprocess.Popen[str]) -> Load:
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return Load(**json.loads(said.splitlines()[-1]))
