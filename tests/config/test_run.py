"""`manage.py run` and `make run`: real processes, from the first start to the last signal."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
import requests

from tests.config.bare import manage
from tests.product import START_SECONDS, WELCOME, Product, children_of, ends, make_product
from tests.simulator_process import ROOT, wait_for

pytestmark = pytest.mark.processes

STOP_SECONDS = 60.0  # the supervisor's ten, and a machine on which several set-ups start


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A set-up that `make run` started from nothing and SIGTERM to make ended; what ran in it, an owner in it."""
    product = make_product(tmp_path_factory.mktemp("first"))
    with (product.data_dir / "log.txt").open("w") as log:
        product.process = start_by_make(product, log)
    try:
        wait_for(product.is_ready, timeout=START_SECONDS)
        product.wait_for_welcome()
        owner = product.seed("bob@example.com", listing="Kayak")
        running = product.processes()
    finally:
        product.process.terminate()
        product.process.wait(timeout=STOP_SECONDS)
    return product, running, owner


@pytest.fixture(scope="module")
def second(first, tmp_path_factory):
    """It runs again: started from another folder, on every address, while the simulator's port is taken."""
    product = replace(first[0])
    port = product.environment["PORT"]
    with (
        socket.create_server(("127.0.0.1", product.simulator_port)),
        (product.data_dir / "second.txt").open("w") as said,
    ):
        product.process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "run"],
            cwd=tmp_path_factory.mktemp("elsewhere"),
            env={**product.environment, "HOST": "::", "PUBLIC_URL": f"http://localhost:{port}"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        wait_for(product.is_ready, timeout=START_SECONDS)
        wait_for(lambda: WELCOME in (product.data_dir / "second.txt").read_bytes())
        yield product
        product.stop()
    assert product.process.returncode == 0


@pytest.fixture
def product(first, tmp_path):
    """A set-up of its own with the data of the first one, not started."""
    shutil.copytree(first[0].data_dir, tmp_path, dirs_exist_ok=True)
    product = make_product(tmp_path)
    yield product
    product.stop()


def start_by_make(product: Product, log: IO[str]) -> subprocess.Popen[str]:
    """`make run`, with this environment in place of the one that it would install."""
    environment = Path(sys.executable).parent.parent
    return subprocess.Popen(
        ["make", "run", f"VENV={environment}", "-o", f"{environment}/product"],
        cwd=ROOT,
        env={**product.environment, "PATH": os.environ["PATH"]},
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def refused(product: Product, **variables: str) -> str:
    """What `manage.py run` says where it does not start."""
    ended = manage({**product.environment, **variables}, "run")
    assert ended.code == 1, ended.said
    assert "Traceback" not in ended.said
    return ended.said


def test_make_run_hands_sigterm_on_and_every_process_ends(first):
    _, running, _ = first
    assert len(running) >= 5  # the supervisor, simulator, web server and its worker process, worker
    assert all(ends(pid) for pid in running)


def test_the_start_says_where_everything_is_and_nothing_else(first):
    product, _, _ = first
    said = product.log()
    for line in (
        f"{product.url}/",
        f"{product.url}/api/docs/",
        f"{product.url}/simulator/",
        "ann@example.com / demo-bikes",
        f"Data is kept in {product.data_dir}.",
    ):
        assert line in said
    assert "Warning" not in said
    assert "Traceback" not in said


def test_a_second_start_keeps_what_the_first_one_held(second, first):
    _, _, owner = first
    assert owner.inbox() == []  # his token still opens it
    assert second.seed("bob@example.com", listing="Kayak").listings == owner.listings


def test_it_serves_every_address_where_it_is_told_to(second):
    port = second.environment["PORT"]
    for host in ("127.0.0.1", "[::1]"):
        assert requests.get(f"http://{host}:{port}/livez", timeout=5).ok
    said = second.data_dir / "second.txt"
    wait_for(lambda: "Whoever reaches this port from elsewhere" in said.read_text())


def test_the_simulator_moves_where_its_port_is_taken(second):
    assert requests.get(f"{second.url}/simulator/", timeout=10).ok


def test_a_picture_larger_than_a_form_may_be_reaches_the_simulator(second):
    picture = {"name": "bike.jpg", "content_type": "image/jpeg", "base64": "A" * 6_000_000}
    draft = {"from": "eve@example.com", "to": "x@elsewhere.example", "subject": "Bike", "text": "?"}
    sent = requests.post(
        f"{second.url}/simulator/api/mail/compose",
        json={**draft, "attachments": [picture]},
        timeout=30,
    )
    assert sent.ok, sent.text


def test_a_child_that_dies_is_started_again(second):
    before = second.children()
    for name in before:
        second.kill(name)

    def revived() -> bool:
        now = second.children()
        return now.keys() == before.keys() and not set(now.values()) & set(before.values())

    wait_for(revived, timeout=30)
    wait_for(second.is_ready, timeout=30)


def test_a_web_process_that_dies_is_started_again(second):
    wait_for(second.is_ready, timeout=30)
    [serving] = children_of(second.children()["config.web"])
    os.kill(serving, signal.SIGKILL)
    assert ends(serving)
    wait_for(second.is_ready, timeout=30)


def test_ctrl_c_ends_every_process(product):
    product.start()
    running = product.processes()
    os.killpg(product.process.pid, signal.SIGINT)  # a terminal signals the whole group
    assert product.process.wait(timeout=STOP_SECONDS) == 0
    assert all(ends(pid) for pid in running)


def test_a_port_that_is_taken_is_named(product):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refused(product, PORT=port)
    assert said.strip().splitlines()[-1] == (
        f"CommandError: 127.0.0.1:{port} is taken by another program; "
        "stop it or choose another PORT"
    )


def test_an_address_of_another_machine_is_named(product):
    assert "Cannot listen on 192.0.2.1:" in refused(product, HOST="192.0.2.1")


def test_the_demo_login_is_never_served_to_the_public(product):
    said = refused(product, PUBLIC_URL="https://gateway.example")
    assert "manage.py changepassword ann@example.com" in said
