"""A developer puts two lines into his settings and tries the whole loop on his own machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journeys.test_the_whole_loop import notification, text_to
from tests.product import PATIENCE, START_SECONDS, Owner, free_ports, two_free_ports
from tests.simulator_process import ROOT, Simulator, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

PROJECT = ROOT / "tests" / "hostproject" / "laptop"
PHONE, SHOP = "+14155552001", "+14155550100"
LISTING = """
from gateway.models import Business
from shop.models import Listing
Listing.objects.create(pk=7, business=Business.objects.get(), title="Blue bike")
"""


@dataclass
class Laptop:
    """A host project in a folder of its own, with the switch in every terminal and no other setting."""

    folder: Path
    port: int
    simulator_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator(self) -> Simulator:
        url = f"http://127.0.0.1:{self.simulator_port}"
        process: Any = self.processes["simulate"]
        return Simulator(process, url, f"{url}/simulator/", self.simulator_port + 1, "", "")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "GATEWAY_SIMULATOR_PORT": str(self.simulator_port),
            "PUBLIC_URL": self.url,  # 8000 may be taken here
            "DJANGO_SUPERUSER_PASSWORD": "correct-horse",
        }

    def manage(self, *arguments: str) -> str:
        """What a command says."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def open_terminal(self, name: str, *arguments: str) -> None:
        """Starts a command that stays."""
        with (self.folder / f"{name}.txt").open("w") as said:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "manage.py", name, *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.txt").read_text()

    def answers(self) -> bool:
        """Whether the web server and the simulator take requests."""
        for name, process in self.processes.items():
            assert process.poll() is None, self.said(name)
        try:
            schema = requests.get(f"{self.url}/messages/api/schema/", timeout=10)
        except (requests.ConnectionError, requests.Timeout):
            return False
        return schema.ok and "/simulator/" in self.said("simulate")

    def close_terminals(self) -> None:
        """SIGTERM to each, and what they started ends with them."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """The project with its tables, its listing's new column and Ann; whatever runs there is ended."""
    folder = tmp_path_factory.mktemp("laptop") / "shop"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    laptop = Laptop(folder, *free_ports(1), two_free_ports())
    laptop.manage("makemigrations")
    laptop.manage("migrate", "--verbosity=0")
    laptop.manage("createsuperuser", "--noinput", "--username=ann", "--email=ann@private.example")
    try:
        yield laptop
    finally:
        laptop.close_terminals()


def test_a_customer_and_an_owner_talk_through_two_lines_of_settings(laptop: Laptop) -> None:
    seeded = ["--owner=ann@private.example", "--password=correct-horse", "--name=Ann's Bikes"]
    made = json.loads(laptop.manage("seed", *seeded, "--slug=anns-bikes", f"--sms={SHOP}"))
    ann = Owner(
        url=f"{laptop.url}/messages",
        password="correct-horse",
        numbers=made["numbers"],
        listings=[],
        **made["owner"],
    )
    laptop.manage("shell", "-c", LISTING)
    laptop.open_terminal("runserver", str(laptop.port), "--noreload")
    laptop.open_terminal("worker")
    laptop.open_terminal("simulate")
    wait_for(laptop.answers, START_SECONDS)

    code = ann.call("GET", "business/listings/7/links/")["code"]
    sent = laptop.simulator.send_text(PHONE, SHOP, f"Is it still there? {code}")
    assert sent["webhook"]["accepted"], laptop.said("runserver")
    (message,) = wait_for(ann.inbox, PATIENCE)
    assert message["listing"]["title"] == "Blue bike"

    mail = notification(laptop, ann, "Is it still there?")
    laptop.simulator.reply(mail["id"], "Yes, come by at five.")
    arrived = text_to(laptop, PHONE, "come by at five")
    assert arrived["body"] == "Ann's Bikes, about Blue bike: Yes, come by at five."

    laptop.simulator.send_text(PHONE, SHOP, "See you then")
    ann.wait_for_reply(message["id"], "See you then")
    thread = ann.message(message["id"])
    assert [(each["direction"], each["reply"]) for each in thread["replies"]] == [
        ("outbound", "Yes, come by at five."),
        ("inbound", "See you then"),
    ]
    delivery = ann.wait_for_delivery(message["id"], thread["replies"][0]["id"], "delivered")
    assert delivery["state"] == "delivered"

    laptop.close_terminals()
    assert laptop.processes["worker"].returncode == 0
    wait_for(lambda: not is_taken(laptop.simulator_port))


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
