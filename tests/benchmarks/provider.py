"""A provider that takes every message: `python -m tests.benchmarks.provider PORT DELAY`, the delay in seconds.

It speaks as much of Twilio's API as sending needs, and remembers when each request came:
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
A real one is another machine's work, so this one does as little as it can on the machine that is measured.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import sys
import time
from typing import Any
from urllib.parse import parse_qs

from granian import Granian
from granian.constants import Interfaces

MESSAGES = re.compile("/2010-04-01/Accounts/([^/]+)/Messages.json")
JSON = [("content-type", "application/json")]
DELAY = "BENCH_PROVIDER_DELAY"


class Provider:
    """Answers 201 with an id of its own after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._numbers = itertools.count(1)
        self._came: dict[str, float] = {}

    async def __call__(self, scope: Any, protocol: Any) -> None:
        """One request: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md"""
        if found := MESSAGES.fullmatch(scope.path):
            await self._create(found[1], protocol)
        elif scope.path == "/came":
            came, self._came = self._came, {}
            protocol.response_str(200, JSON, json.dumps(came))
        else:
            protocol.response_empty(200, [])

    async def _create(self, account: str, protocol: Any) -> None:
        at = time.monotonic()
        form = parse_qs((await protocol()).decode())
        self._came[form["Body"][0]] = at
        if self._delay:
            await asyncio.sleep(self._delay)
        sid = f"SM{next(self._numbers):032x}"
        answer = {"sid": sid, "status": "queued", "account_sid": account, "error_code": None}
        protocol.response_str(201, JSON, json.dumps(answer))


def provider() -> Provider:
    """The one of the process that serves."""
    return Provider(float(os.environ[DELAY]))


if __name__ == "__main__":
    os.environ[DELAY] = sys.argv[2]
    Granian(
        f"{__spec__.name}:provider",  # type: ignore[name-defined]
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        factory=True,
        log_enabled=False,
    ).serve()
