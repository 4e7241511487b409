"""The real simulator as a process of its own, and a small client for its API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

Found = TypeVar("Found")

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "a-token-of-the-simulator"
MAIL_AUTH = "provider:secret"
REPLY_DOMAIN = "reply.gateway.test"
NOWHERE = "http://127.0.0.1:9"  # nobody listens on the discard port
START = 20.0  # seconds
TIMEOUT = 30.0  # seconds for one request: a fault may hold one back


@dataclass
class Simulator:
    """A running simulator. Every method is one call of its API; answers are its JSON."""

    process: subprocess.Popen[str]
    url: str
    page: str
    smtp_port: int
    account_sid: str
    auth_token: str
    http: requests.Session = field(default_factory=requests.Session)

    def send_text(self, sender: str, to: str, body: str = "", **more: Any) -> dict[str, Any]:
        """The customer writes: `{"sid", "webhook": {"status", "body", "accepted"}, "all"}`."""
        return self.post("phone/send", {"from": sender, "to": to, "body": body, **more})

    def texts(self, number: str = "", limit: int = 1000, **query: str) -> list[dict[str, Any]]:
        """What a telephone (or every one) sent and was sent: the newest, oldest first."""
        found = self.get("phone/messages", number=number, limit=str(limit), **query)
        return list(found["messages"])

    def read_chat(self, number: str, business: str) -> int:
        """The customer opens a WhatsApp chat; how many messages that made read."""
        return int(self.post("phone/read", {"number": number, "with": business})["read"])

    def mails(self, mailbox: str) -> list[dict[str, Any]]:
        """Received and sent mail of an address, newest first."""
        return list(self.get("mail", mailbox=mailbox)["mails"])

    def mail(self, number: int) -> dict[str, Any]:
        """One mail with its text, HTML, headers and attachments."""
        return self.get(f"mail/{number}")

    def raw_mail(self, number: int) -> bytes:
        """One mail as it travelled."""
        return self.http.get(f"{self.page}api/mail/{number}/raw", timeout=TIMEOUT).content

    def compose(self, sender: str, to: str, subject: str, text: str, **more: Any) -> dict[str, Any]:
        """A person writes a mail: `{"id", "message_id", "webhook"}`."""
        draft = {"from": sender, "to": to, "subject": subject, "text": text, **more}
        return self.post("mail/compose", draft)

    def reply(self, number: int, text: str, style: str = "gmail", **more: Any) -> dict[str, Any]:
        """The owner of the mailbox answers a mail with one of the mail programs."""
        return self.post("mail/reply", {"id": number, "text": text, "style": style, **more})

    def turn(self, switch: str, count: int | str = 1, **values: int) -> None:
        """Switch a fault on for the next `count` times, or "always"."""
        self.call("PUT", "faults", {switch: {"count": count, **values}})

    def all_faults_off(self) -> None:
        """Turn every fault off."""
        self.call("DELETE", "faults")

    def change(self, **settings: Any) -> None:
        """Change `numbers`, `advanced_opt_out` or `templates`."""
        self.call("PUT", "settings", settings)

    def calls(self, **query: str) -> list[dict[str, Any]]:
        """The newest requests to and from the gateway; narrowed by `kind` and `subject`."""
        return list(self.get("log", **query)["calls"])

    def reset(self) -> None:
        """Forget everything."""
        self.post("reset", {})

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET under the API."""
        return self._checked(self.http.get(f"{self.page}api/{path}", params=query, timeout=TIMEOUT))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST under the API."""
        return self.call("POST", path, body)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Any method under the API."""
        return self._checked(
            self.http.request(method, f"{self.page}api/{path}", json=body, timeout=TIMEOUT)
        )

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=START)

    @staticmethod
    def _checked(response: requests.Response) -> dict[str, Any]:
        assert response.ok, f"{response.status_code}: {response.text}"
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def run_simulator(
    state: Path | None = None, webhook_url: str = NOWHERE, **options: object
) -> Iterator[Simulator]:
    """Start `python -m simulator` on free ports and stop it at the end.

    `options` are its command line's, with underscores; the steps between statuses and between
    retries are short unless named.
    """
    simulator = start_simulator(state, webhook_url, **options)
    try:
        yield simulator
    finally:
        simulator.http.close()
        if simulator.process.poll() is None:
            simulator.stop()
        if simulator.process.stdout is not None:
            simulator.process.stdout.close()


def start_simulator(
    state: Path | None = None, webhook_url: str = NOWHERE, **options: object
) -> Simulator:
    """Start the process and wait until it listens."""
    given = {
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "webhook_url": webhook_url,
        "mail_auth": MAIL_AUTH,
        "reply_domain": REPLY_DOMAIN,
        "status_step": 0.01,
        "retry_step": 0.05,
        "state": state,
        "parent_pid": os.getpid(),
        **options,
    }
    flags = [
        f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None
    ]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "simulator", *flags],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.stdout.close()
        pytest.fail(f"the simulator ended with {process.wait(timeout=START)} before it was ready")
    ready = json.loads(line)
    return Simulator(
        process=process,
        url=ready["url"],
        page=ready["page"],
        smtp_port=ready["smtp_port"],
        account_sid=str(given["account_sid"]),
        auth_token=str(given["auth_token"]),
    )


def wait_for(found: Callable[[], Found], timeout: float = 10.0) -> Found:
    """What `found` answers as soon as it is true; fails with its last answer.

    Whoever asks oftener takes from the processes it waits for what they need to become ready.
    """
    deadline = time.monotonic() + timeout
    while not (answer := found()):
        assert time.monotonic() < deadline, f"still {answer!r} after {timeout} s"
        time.sleep(0.05)
    return answer
