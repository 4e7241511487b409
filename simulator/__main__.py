"""`python -m simulator`: run one simulator until it is told to stop or its parent is gone."""

import asyncio
import json
import logging
import os
import signal
import sys

from simulator.options import Options
from simulator.server import start

PARENT_CHECK = 0.5  # seconds


def main() -> None:
    """Print one line of JSON once it listens, then serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="simulator %(levelname)s %(message)s")
    options = Options.parse(sys.argv[1:])
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        raise SystemExit(f"The simulator cannot start: {error}. Choose another port.") from error


async def _serve(options: Options) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with start(options) as running:
        ready = {
            "ready": True,
            "url": running.url,
            "page": running.page,
            "port": running.port,
            "smtp_port": running.smtp_port,
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await _until(stopped, options.parent_pid)


async def _until(stopped: asyncio.Event, parent_pid: int | None) -> None:
    while parent_pid is None or os.getppid() == parent_pid:
        try:
            await asyncio.wait_for(stopped.wait(), PARENT_CHECK)
        except TimeoutError:
            continue
        return


if __name__ == "__main__":
    main()
