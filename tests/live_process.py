"""The live stream's process as it runs for real, and pages that are open on it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote

from django.db import connection

from tests.product import free_ports
from tests.simulator_process import ROOT, wait_for

PATH = "/live/"
START_SECONDS = 60.0  # a loaded machine starts Python slowly
SOCKET_SECONDS = 60.0
READ_BYTES = 65_536
LOOK = b"data: look\n\n"


@dataclass
class LiveProcess:
    """`python -m config.live` on this test's database."""

    redis_url: str
    port: int
    settings: str = "config.settings"
    process: subprocess.Popen[bytes] | None = None
    pages: list[Page] = field(default_factory=list)

    def start(self) -> None:
        """Starts it and waits until it would take a page."""
        environment = {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis_url,
            "LIVE_URL": PATH,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.live", "127.0.0.1", str(self.port)],
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        wait_for(self._answers, START_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tells it to stop, as an operator does; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)

    def kill(self) -> None:
        """Kills it; what it had started ends with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(START_SECONDS)

    def open(self, session_key: str, path: str = PATH) -> Page:
        """Asks for a stream with this session's cookie, as a page does."""
        wire = HTTPConnection("127.0.0.1", self.port, timeout=SOCKET_SECONDS)
        wire.request("GET", path, headers={"Cookie": f"sessionid={session_key}"})
        page = Page(wire, wire.getresponse())
        self.pages.append(page)
        return page

    def open_soon(self, session_key: str) -> Page:
        """As soon as there is a stream to be had."""

        def opened() -> Page | None:
            page = self.open(session_key)
            return page if page.status == 200 else None

        return wait_for(opened, START_SECONDS)

    def close_pages(self) -> None:
        """Closes every window that is still open."""
        for page in self.pages:
            page.leave()
        self.pages.clear()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"ended with code {self.process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass
class Page:
    """One answer of the process, read as it comes."""

    wire: HTTPConnection
    response: HTTPResponse
    said: bytes = b""
    ending: str = ""

    def __post_init__(self) -> None:
        self.socket = self.wire.sock
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def looks(self) -> int:
        """How often it was told to look again."""
        return self.said.count(LOOK)

    def wait_for_looks(self, count: int) -> None:
        wait_for(lambda: self.looks >= count, SOCKET_SECONDS)

    def wait_for_end(self) -> str:
        """How the answer ended: "whole", or "broken" off."""
        return wait_for(lambda: self.ending, SOCKET_SECONDS)

    def words(self) -> str:
        """The whole of an answer that is no stream."""
        self.wait_for_end()
        return self.said.decode().strip()

    def leave(self) -> None:
        """Closes the window."""
        with suppress(OSError):  # it may have ended by itself
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join()

    def _read(self) -> None:
        with closing(self.wire), self.response:
            try:
                while part := self.response.read1(READ_BYTES):
                    self.said += part
            except (OSError, HTTPException):
                self.ending = "broken"
            else:
                self.ending = "whole"


@contextmanager
def own_live(redis_url: str, settings: str = "config.settings") -> Iterator[LiveProcess]:
    """A running process, gone at the end."""
    live = LiveProcess(redis_url, free_ports(1)[0], settings)
    try:
        live.start()
        yield live
    finally:
        live.close_pages()
        if live.process is not None and live.process.poll() is None:
            live.stop()


def database_url() -> str:
    """The database that this test uses, as DATABASE_URL names it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(values['NAME']))}"
    login = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    return f"postgres://{login}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"
