"""The simulator as a process: it starts, keeps what it knows, and ends when it should."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from simulator.options import Options
from simulator.server import start
from tests.simulator_process import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    NOWHERE,
    REPLY_DOMAIN,
    ROOT,
    run_simulator,
    start_simulator,
    wait_for,
)

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"
REQUIRED = ["--account-sid=AC1", f"--auth-token={AUTH_TOKEN}", f"--webhook-url={NOWHERE}"]


def create(url: str, **fields: str) -> requests.Response:
    return requests.post(
        f"{url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": CUSTOMER, "From": BUSINESS, "Body": "Hello", **fields},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )


def test_everything_survives_a_sigkill(tmp_path: Path):
    state = tmp_path / "deep" / "simulator.sqlite3"
    with run_simulator(state) as first:
        sid = create(first.url).json()["sid"]
        sent = first.send_text(CUSTOMER, BUSINESS, "STOP")
        mail = first.compose("maya@example.test", "ann@shop.test", "Hello", "x")
        first.turn("create_slow", "always", ms=1)
        first.change(numbers=[BUSINESS])
        first.kill()

    with run_simulator(state) as second:
        assert {sid, sent["sid"]} <= {text["sid"] for text in second.texts(CUSTOMER)}
        assert create(second.url).json()["code"] == 21610
        assert second.mail(mail["id"])["subject"] == "Hello"
        assert second.get("faults")["create_slow"]["count"] == "always"
        assert second.get("settings")["numbers"] == [BUSINESS]


def test_what_was_half_delivered_is_taken_up_again(tmp_path: Path):
    state = tmp_path / "simulator.sqlite3"
    with run_simulator(state, status_step=60) as first:
        create(first.url)
        mail = first.compose("maya@example.test", f"shop@{REPLY_DOMAIN}", "Hello", "x")
        assert mail["webhook"]["status"] is None
        first.kill()

    with run_simulator(state, retry_step=0.002) as second:
        wait_for(lambda: second.texts(CUSTOMER)[0]["status"] == "delivered")
        wait_for(lambda: second.mail(mail["id"])["state"] == "refused")


def test_a_state_file_of_another_version_starts_empty(tmp_path: Path):
    state = tmp_path / "simulator.sqlite3"
    with run_simulator(state) as first:
        first.send_text(CUSTOMER, BUSINESS, "hi")
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sqlite3; sqlite3.connect({str(state)!r}).execute('PRAGMA user_version=99')",
        ],
        check=True,
    )
    with run_simulator(state) as second:
        assert second.texts(CUSTOMER) == []


def test_a_reset_forgets_everything(tmp_path: Path):
    with run_simulator(tmp_path / "simulator.sqlite3", numbers=BUSINESS) as simulator:
        simulator.send_text(CUSTOMER, BUSINESS, "STOP")
        simulator.change(numbers=[])
        before = simulator.get("revision")["revision"]

        simulator.reset()

        assert simulator.texts(CUSTOMER) == []
        assert simulator.calls() == []
        assert simulator.get("settings")["numbers"] == [BUSINESS]
        assert simulator.get("revision")["revision"] > before
        assert create(simulator.url).status_code == 201


def test_sigterm_ends_it_cleanly_even_while_it_holds_a_request(tmp_path: Path):
    with run_simulator(tmp_path / "simulator.sqlite3") as simulator:
        simulator.turn("create_hang", "always", seconds=60)
        with pytest.raises(requests.Timeout):
            requests.post(
                f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
                data={"To": CUSTOMER, "From": BUSINESS, "Body": "Hello"},
                auth=(ACCOUNT_SID, AUTH_TOKEN),
                timeout=0.2,
            )
        assert simulator.stop() == 0


def test_it_ends_when_its_parent_is_gone():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time;"
            "subprocess.Popen([sys.executable, '-m', 'simulator',"
            " f'--parent-pid={os.getpid()}', *sys.argv[1:]]); time.sleep(60)",
            *REQUIRED,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    ready = json.loads(parent.stdout.readline())
    parent.kill()
    parent.wait()

    def is_gone() -> bool:
        try:
            requests.get(ready["url"], timeout=1)
        except requests.ConnectionError:
            return True
        return False

    wait_for(is_gone)
    parent.stdout.close()


def test_options_may_come_from_the_environment():
    environment = {
        **os.environ,
        "SIMULATOR_ACCOUNT_SID": "AC1",
        "SIMULATOR_AUTH_TOKEN": AUTH_TOKEN,
        "SIMULATOR_WEBHOOK_URL": NOWHERE,
        "SIMULATOR_BASE_PATH": "/try/",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["page"].endswith("/try/")
    assert requests.get(ready["page"], timeout=5).status_code == 200
    process.terminate()
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def test_a_missing_option_is_named():
    ended = subprocess.run(
        [sys.executable, "-m", "simulator", *REQUIRED[:2]],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == 2
    assert "--webhook-url" in ended.stderr


def test_two_simulators_cannot_share_a_port():
    with run_simulator() as first:
        port = first.url.rpartition(":")[2]
        with pytest.raises(pytest.fail.Exception, match="ended with 1"):
            start_simulator(port=port)


def test_it_runs_inside_another_event_loop(tmp_path: Path):
    options = Options(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        webhook_url=NOWHERE,
        state=tmp_path / "simulator.sqlite3",
        status_step=0.01,
    )

    async def play() -> int:
        async with start(options) as running:
            answer = await asyncio.to_thread(create, running.url)
            assert running.page.endswith("/simulator/")
            assert running.smtp_port > 0
            return answer.status_code

    assert asyncio.run(play()) == 201
