"""The whole product as `make run` starts it: real processes, real HTTP, the simulator for the outside world."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import requests

from tests.simulator_process import ROOT, Simulator, wait_for

START_SECONDS = 60.0
# The last line of the start: what ends before it is not started again, but ends the start.
WELCOME = b"Ctrl-C stops everything."
# How long a busy machine may take for what is normally there in a second.
PATIENCE = 30.0  # seconds
OWN_VARIABLES = (
    "TWILIO_",
    "ANYMAIL_",
    "ALLOWED_HOSTS",
    "CELERY_",
    "DATABASE_",
    "EMAIL_URL",
    "MAIL_DOMAIN",
    "PUBLIC_URL",
    "REDIS_URL",
    "REPLY_DOMAIN",
    "SECRET_KEY",
    "SIMULATOR",
    "TOKEN_KEY",
)


@dataclass
class Owner:
    """A seeded owner, his REST client and what the seed made for him."""

    url: str
    email: str
    password: str
    token: str
    id: str
    public_address: str
    numbers: list[dict[str, str]]
    listings: list[dict[str, str]]
    http: requests.Session = field(default_factory=requests.Session)

    def number(self, channel: str) -> str:
        return next(row["address"] for row in self.numbers if row["channel"] == channel)

    def call(self, method: str, path: str, expect: int = 200, **options: Any) -> Any:
        headers = {"Authorization": f"Token {self.token}"}
        response = self.http.request(
            method, f"{self.url}/api/{path}", headers=headers, timeout=30, **options
        )
        assert response.status_code == expect, f"{response.status_code}: {response.text}"
        return response.json() if response.content else None

    def inbox(self, **query: str) -> list[dict[str, Any]]:
        return list(self.call("GET", "business/messages/", params=query)["results"])

    def message(self, pk: str) -> dict[str, Any]:
        return dict(self.call("GET", f"business/messages/{pk}/"))

    def wait_for_message(self, text: str) -> dict[str, Any]:
        """The conversation that begins with this text, as soon as it is in the inbox, unopened."""

        def found() -> dict[str, Any] | None:
            return next((row for row in self.inbox() if row["message"].strip() == text), None)

        return wait_for(found, PATIENCE)

    def wait_for_reply(self, pk: str, text: str) -> dict[str, Any]:
        """The reply with this text in that conversation, as soon as it is there."""

        def found() -> dict[str, Any] | None:
            return next(
                (row for row in self.message(pk)["replies"] if row["reply"].strip() == text), None
            )

        return wait_for(found, PATIENCE)

    def wait_for_delivery(self, pk: str, reply_id: str, *states: str) -> dict[str, Any]:
        """The delivery of a reply as soon as it is in one of the states."""

        def found() -> dict[str, Any] | None:
            reply = next(row for row in self.message(pk)["replies"] if row["id"] == reply_id)
            return reply["delivery"] if reply["delivery"]["state"] in states else None

        return wait_for(found, PATIENCE)

    def answer(self, pk: str, text: str, expect: int = 201, **more: Any) -> dict[str, Any]:
        return dict(
            self.call(
                "POST", f"business/messages/{pk}/reply/", expect, json={"reply": text, **more}
            )
        )


@dataclass
class Product:
    """A running set-up in a folder of its own."""

    url: str
    data_dir: Path
    environment: Mapping[str, str]
    simulator_port: int
    process: subprocess.Popen[str] | None = None
    simulator: Simulator = field(init=False)

    def start(self) -> None:
        """Starts `manage.py run` and waits until it says that it is ready."""
        self._take_migrated_database()
        with (self.data_dir / "log.txt").open("a") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=dict(self.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_for(self.is_ready, START_SECONDS)
        self.wait_for_welcome(after=before)
        self.simulator = simulator_of(self)

    def wait_for_welcome(self, after: int = 0) -> None:
        """Waits until the log says, after so many bytes, that the start is done."""
        log = self.data_dir / "log.txt"
        wait_for(lambda: WELCOME in log.read_bytes()[after:], START_SECONDS)

    def _take_migrated_database(self) -> None:
        """A first start finds its tables made: each of them would take seconds to make them anew."""
        database = self.data_dir / "gateway.sqlite3"
        if "DATABASE_URL" not in self.environment and not database.exists():
            shutil.copy(migrated_database(), database)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            page = requests.get(f"{self.url}/simulator/api/faults", timeout=2)
            return page.ok and requests.get(f"{self.url}/readyz", timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def stop(self) -> None:
        """SIGTERM, as Ctrl-C does it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def children(self) -> dict[str, int]:
        """The process ids of the running children by a word of their command line."""
        assert self.process is not None
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            command = _read(path / "cmdline").replace("\0", " ")
            parent = _read(path / "stat").rpartition(")")[2].split()
            if len(parent) > 1 and int(parent[1]) == self.process.pid:
                name = next(
                    (word for word in ("worker", "config.web", "simulator") if word in command),
                    command,
                )
                found[name] = int(path.name)
        return found

    def processes(self) -> list[int]:
        """The process ids of everything below the one that was started."""
        assert self.process is not None
        found, parents = [], [self.process.pid]
        while parents:
            children = children_of(parents.pop())
            found += children
            parents += children
        return found

    def kill(self, name: str) -> None:
        """SIGKILL for one child; its own children die with it."""
        os.kill(self.children()[name], signal.SIGKILL)

    def kill_all(self) -> None:
        """SIGKILL for the supervisor; everything below it must end by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def manage(self, *arguments: str) -> str:
        """The output of a `manage.py` command in this set-up."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def seed(self, email: str, **options: Any) -> Owner:
        """An owner with a business of his own."""
        flags = [f"--owner={email}", "--password=correct-horse"]
        for name, values in options.items():
            for value in values if isinstance(values, list) else [values]:
                flags.append(f"--{name.replace('_', '-')}={value}")
        made = json.loads(self.manage("seed", *flags))
        return Owner(
            url=self.url,
            password="correct-horse",
            numbers=made["numbers"],
            listings=made["listings"],
            **made["owner"],
        )

    def log(self) -> str:
        return (self.data_dir / "log.txt").read_text()


@contextmanager
def run_product(folder: Path, **environment: str) -> Iterator[Product]:
    """A product of its own under `folder`, stopped at the end."""
    product = make_product(folder, **environment)
    try:
        product.start()
        yield product
    finally:
        product.stop()


def make_product(folder: Path, **environment: str) -> Product:
    """A product that is not started yet: free ports, a data folder, nothing of this machine's environment."""
    port, simulator_port, smtp_port = free_ports(3)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)
    }
    own = {
        "ENV_FILE": "",
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "SIMULATOR_PORT": str(simulator_port),
        "SIMULATOR_SMTP_PORT": str(smtp_port),
        "SIMULATOR_STATUS_STEP": "0.05",
        "SIMULATOR_RETRY_STEP": "0.2",
        "SMS_PER_SECOND": "50",
        "THROTTLE_ANONYMOUS": "10000/hour",
        "THROTTLE_TOKEN": "100000/minute",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return Product(
        url=f"http://127.0.0.1:{port}",
        data_dir=folder,
        environment={**inherited, **own, **environment},
        simulator_port=simulator_port,
    )


@functools.cache
def migrated_database() -> Path:
    """An SQLite file with every migration and no row."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {
        **os.environ,
        "ENV_FILE": "",
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)
    return folder / "gateway.sqlite3"


# Below those that the system gives out by itself (from 32768), and others for each process of the tests: what is
# free now is still free when the product comes to it.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = cycle(range(20_000 + 1_000 * _WORKER, 21_000 + 1_000 * _WORKER))


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, none of them twice."""
    return list(islice(filter(_is_free, _PORTS), count))


def two_free_ports() -> int:
    """A port that nobody listens on now, nor on the next one."""
    first, second = free_ports(2)
    while second != first + 1:
        first, second = second, *free_ports(1)
    return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def children_of(pid: int) -> list[int]:
    """The process ids of its children; a thread of it may end meanwhile."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in _read(task).split()]


def ends(pid: int, timeout: float = 10.0) -> bool:
    """Whether a process is gone (or a zombie nobody reaped) within the time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        if not state or state[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def simulator_of(product: Product) -> Simulator:
    url = f"http://127.0.0.1:{product.simulator_port}"
    secrets = json.loads((product.data_dir / "secrets.json").read_text())
    return Simulator(
        process=product.process,  # type: ignore[arg-type]
        url=url,
        page=f"{url}/simulator/",
        smtp_port=0,
        account_sid="AC" + "0" * 32,
        auth_token=secrets["twilio_auth_token"],
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
