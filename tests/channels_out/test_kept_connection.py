"""A connection to the provider that is kept open between two sends, and cut when the second goes out."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from channels_out.outbox import drain, resolve_doubts
from channels_out.state import State
from tests.channels_out.test_twilio import received, state_of

pytestmark = pytest.mark.django_db


@contextmanager
def twilio_that_hangs_up() -> Iterator[tuple[str, list[str]]]:
    """Answers the first request of each connection and cuts it at the second; what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept open
        answered = False

        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.answered:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.answered = True
            body = json.dumps({"sid": "SM1", "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_f05_a_kept_connection_that_is_cut_leaves_it_in_doubt_and_is_not_tried_again(
    twilio, text, settings
):
    with twilio_that_hangs_up() as (url, asked):
        settings.TWILIO_API_URL = url
        first = text("First")
        drain()
        second = text("Second")
        drain()
        assert (state_of(first), state_of(second)) == (State.SENT, State.IN_DOUBT)
        assert [("First" in each, "Second" in each) for each in asked] == [
            (True, False),
            (False, True),
        ]
    settings.TWILIO_API_URL = twilio.url
    resolve_doubts()
    drain()
    assert state_of(second) == State.SENT
    assert received(twilio) == ["Second"]
