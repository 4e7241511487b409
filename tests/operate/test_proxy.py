"""The proxy's configuration in a real nginx, before stand-ins that say what reached them."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.operate.compose_file import VARIABLES, services
from tests.operate.proxy import NGINX, Proxy, run_proxy
from tests.product import free_ports
from tests.simulator_process import wait_for

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(NGINX is None, reason="needs nginx; install the package nginx-light"),
]
MEGABYTE = 1024 * 1024
MAILS_AT_ONCE = 8  # of one address
SLOWEST = 20.0  # seconds; after thirty the proxy gives up a body that does not come
TOKEN = "a-token-that-opens-a-conversation"


class Standing(BaseHTTPRequestHandler):
    """Says what reached it. On /live/ it says one line and goes on until the test ends."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/live/":
            self._stream()
        else:
            self._answer(0)

    def do_POST(self) -> None:
        left = size = int(self.headers["Content-Length"])
        while left > 0:
            left -= len(self.rfile.read(min(left, MEGABYTE)))
        self._answer(size)

    def _answer(self, size: int) -> None:
        self.server.reached.append(self.path)
        said = {"path": self.path, "size": size, "headers": dict(self.headers)}
        body = json.dumps({"who": self.server.name, **said}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if self.path.endswith(".css") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(f"data: {self.server.name}\n\n".encode())
        self.wfile.flush()
        self.server.over.wait(60)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing on the test's own output."""


class StandIn(ThreadingHTTPServer):
    """A stand-in for the web server or the live stream."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Standing)
        self.name = name
        self.reached: list[str] = []
        self.over = threading.Event()


@contextmanager
def standing(name: str) -> Iterator[StandIn]:
    with StandIn(name) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def web() -> Iterator[StandIn]:
    with standing("web") as server:
        yield server


@pytest.fixture(scope="module")
def live() -> Iterator[StandIn]:
    with standing("live") as server:
        yield server


@pytest.fixture(scope="module")
def plain(web: StandIn, live: StandIn) -> Iterator[Proxy]:
    with _proxy("plain", web.server_port, live.server_port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def tls(web: StandIn, live: StandIn) -> Iterator[Proxy]:
    with _proxy("tls", web.server_port, live.server_port) as proxy:
        yield proxy


@pytest.mark.parametrize("path", ["/", "/webhooks/twilio/inbound/", "/api/docs/", "/livez"])
def test_everything_goes_to_the_web_server(plain: Proxy, path: str):
    answer = _get(plain.url + path)
    assert (answer["who"], answer["path"]) == ("web", path)


def test_the_live_stream_goes_to_its_own_process_and_is_heard_at_once(plain: Proxy):
    with requests.get(f"{plain.url}/live/", stream=True, timeout=10) as stream:
        assert next(stream.iter_lines()) == b"data: live"


@pytest.mark.parametrize(
    ("path", "encoding"), [("/static/gateway/layout.css", "gzip"), ("/", None), ("/c/a.css", None)]
)
def test_styles_are_compressed_and_nothing_that_holds_a_secret(plain: Proxy, path, encoding):
    answer = requests.get(plain.url + path, headers={"Accept-Encoding": "gzip"}, timeout=10)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.json()["path"] == path


def test_the_last_address_that_is_passed_on_is_the_one_that_the_proxy_saw(plain: Proxy):
    headers = {"X-Forwarded-For": "203.0.113.9"}
    passed_on = _get(plain.url, headers=headers)["headers"]["X-Forwarded-For"]
    assert passed_on.split(", ")[-1] == "127.0.0.1"


def test_the_name_that_was_asked_for_is_passed_on_with_its_port(plain: Proxy):
    assert _get(plain.url)["headers"]["Host"] == f"127.0.0.1:{plain.http}"


def test_each_request_has_an_id_that_no_client_can_choose(plain: Proxy):
    asked = _get(plain.url, headers={"X-Request-ID": "chosen"})
    ids = {asked["headers"]["X-Request-ID"], _get(plain.url)["headers"]["X-Request-ID"]}
    assert len(ids) == 2
    assert "chosen" not in ids


def test_without_tls_the_scheme_is_what_a_load_balancer_in_front_says(plain: Proxy):
    assert _get(plain.url)["headers"]["X-Forwarded-Proto"] == "http"
    before = _get(plain.url, headers={"X-Forwarded-Proto": "https"})
    assert before["headers"]["X-Forwarded-Proto"] == "https"


def test_with_tls_nobody_can_say_another_scheme(tls: Proxy):
    answer = _get(tls.secure_url, tls, headers={"X-Forwarded-Proto": "http"})
    assert answer["headers"]["X-Forwarded-Proto"] == "https"


def test_with_tls_whoever_comes_without_it_is_sent_there(tls: Proxy):
    answer = requests.get(
        f"{tls.url}/api/docs/?a=b",
        headers={"Host": "gateway.example.com"},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://gateway.example.com/api/docs/?a=b"


def test_the_proof_for_a_certificate_is_served_without_tls(tls: Proxy):
    place = tls.folder / "acme/.well-known/acme-challenge/proof"
    place.write_text("it is ours")
    answer = requests.get(f"{tls.url}/.well-known/acme-challenge/proof", timeout=10)
    assert answer.text == "it is ours"


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [
        ("/webhooks/email/mime/", 50, 200),
        ("/webhooks/email/mime/", 51, 413),
        ("/api/business/messages/", 20, 200),
        ("/api/business/messages/", 21, 413),
    ],
)
def test_a_mail_may_be_larger_than_anything_else(plain: Proxy, path, megabytes, status):
    answer = requests.post(plain.url + path, data=bytes(megabytes * MEGABYTE), timeout=60)
    assert answer.status_code == status
    assert status == 413 or answer.json()["size"] == megabytes * MEGABYTE


def test_a_body_that_comes_in_pieces_arrives_with_its_length(plain: Proxy):
    answer = requests.post(
        f"{plain.url}/webhooks/email/mime/", data=iter([b"in ", b"pieces"]), timeout=10
    )
    assert answer.json()["size"] == len(b"in pieces")


def test_a_slow_client_keeps_no_thread_of_the_web_server_waiting(plain: Proxy, web: StandIn):
    """granian gives a request to a thread before its body is there; a few dozen such would stop everything."""
    path = "/webhooks/twilio/inbound/?slow"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it"
    with socket.create_connection(("127.0.0.1", plain.http)) as slow:
        slow.sendall(head.encode())
        assert _get(plain.url)["who"] == "web"
        assert path not in web.reached
        slow.sendall(b"x" * 990)
        assert slow.recv(12) == b"HTTP/1.1 200"
    assert path in web.reached


def test_nobody_fills_the_memory_with_mails_on_their_way_in(plain: Proxy):
    head = "POST /webhooks/email/mime/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection(("127.0.0.1", plain.http)))
            for _ in range(MAILS_AT_ONCE + 1)
        ]
        for each in slow:
            each.sendall(head.encode())
        [refused], _, _ = select.select(slow, [], [], SLOWEST)
        assert refused.recv(12) == b"HTTP/1.1 503"
        assert _post_mail(plain) == 503
        assert _get(plain.url)["who"] == "web"
    wait_for(lambda: _post_mail(plain) == 200)


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz"])
def test_figures_and_what_is_wrong_are_not_for_the_outside(plain: Proxy, web: StandIn, path: str):
    assert requests.get(plain.url + path, timeout=10).status_code == 404
    assert path not in web.reached


def test_what_fails_is_logged_without_what_is_secret():
    nobody, nobody_else = free_ports(2)
    with _proxy("plain", nobody, nobody_else) as proxy:
        answer = requests.get(f"{proxy.url}/c/{TOKEN}/?email=ann@example.com", timeout=10)
        assert answer.status_code == 502
        wait_for(lambda: "GET /c 502" in proxy.log())
        assert TOKEN not in proxy.log()
        assert "ann@" not in proxy.log()


def test_it_stops_in_time_while_a_page_is_open(web: StandIn, live: StandIn):
    with (
        _proxy("plain", web.server_port, live.server_port) as proxy,
        requests.get(f"{proxy.url}/live/", stream=True, timeout=10) as stream,
    ):
        assert next(stream.iter_lines())
        assert proxy.stop() == 0


@contextmanager
def _proxy(mode: str, web: int, live: int) -> Iterator[Proxy]:
    service = services({**VARIABLES, "PROXY": mode})["proxy"]
    with run_proxy(service, {"web": web, "live": live}) as proxy:
        yield proxy


def _post_mail(proxy: Proxy) -> int:
    return requests.post(f"{proxy.url}/webhooks/email/mime/", data=b"mail", timeout=10).status_code


def _get(url: str, proxy: Proxy | None = None, **options: object) -> dict:
    certificate = str(proxy.folder / "certificates" / "fullchain.pem") if proxy else True
    answer = requests.get(url, verify=certificate, timeout=10, **options)
    assert answer.status_code == 200
    return answer.json()
