"""Load by wrk (https://github.com/wg/wrk): posts every request of a file once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
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
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=30s"]
    done = subprocess.run(
        [*command, "-s", str(SCRIPT), url, "--", str(requests)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Load(**json.loads(done.stdout.splitlines()[-1]))
