"""One simulator per module, emptied before each test, and a gateway that only listens."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from werkzeug import Request, Response

from tests.simulator_process import Simulator, run_simulator


@dataclass
class Hook:
    """One request that the gateway got."""

    url: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: list[tuple[str, str]]
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class ListeningGateway:
    """Stores every request and answers with the next of `answers`, or 200."""

    url: str
    hooks: list[Hook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def receive(self, request: Request) -> Response:
        with self.lock:
            self.hooks.append(
                Hook(
                    url=request.url,
                    path=request.path,
                    headers=dict(request.headers.items()),
                    body=request.get_data(),
                    query=list(request.args.items(multi=True)),
                    at=time.monotonic(),
                )
            )
            status = self.answers.pop(0) if self.answers else 200
        return Response("<Response/>", status=status, content_type="text/xml")

    def to(self, path: str) -> list[Hook]:
        with self.lock:
            return [hook for hook in self.hooks if hook.path == path]

    def statuses(self, path: str = "/status/1/") -> list[str]:
        return [hook.form["MessageStatus"] for hook in self.to(path)]

    def clear(self) -> None:
        with self.lock:
            self.hooks.clear()
            self.answers.clear()


@pytest.fixture(scope="module")
def listening() -> Iterator[ListeningGateway]:
    server = HTTPServer(host="127.0.0.1", threaded=True)
    server.start()
    gateway = ListeningGateway(server.url_for("").rstrip("/"))
    server.expect_request(re.compile(".*")).respond_with_handler(gateway.receive)
    yield gateway
    server.clear()
    server.stop()


@pytest.fixture(scope="module")
def running(
    listening: ListeningGateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulator]:
    state = tmp_path_factory.mktemp("simulator") / "simulator.sqlite3"
    with run_simulator(state, listening.url) as process:
        yield process


@pytest.fixture
def simulator(running: Simulator, listening: ListeningGateway) -> Simulator:
    running.reset()
    listening.clear()
    return running


@pytest.fixture
def gateway(simulator: Simulator, listening: ListeningGateway) -> ListeningGateway:
    return listening


class LocalHttpClient(TwilioHttpClient):
    """The official client's own HTTP client, pointed at this machine."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=20)
        self.url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", self.url), *args, **kwargs
        )


@pytest.fixture
def client(simulator: Simulator) -> Client:
    http = LocalHttpClient(simulator.url)
    return Client(simulator.account_sid, simulator.auth_token, http_client=http)
