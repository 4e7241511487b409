from __future__ import annotations

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.demo import DEMO_EMAIL, DEMO_PASSWORD, seed_demo
from config.environment import Environment, Simulator, is_loopback, read_environment
from config.supervisor import Child, Supervisor

READY_SECONDS = 60.0


class Command(BaseCommand):
    help = (
        "Runs web, worker and simulator in the foreground, on one machine, until Ctrl-C or SIGTERM."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        environment = read_environment(simulate=True)
        if not _is_free(environment.host, environment.port):
            raise CommandError(
                f"{environment.host}:{environment.port} is taken by another program; "
                "stop it or choose another PORT"
            )
        call_command("migrate", verbosity=0)
        if is_loopback(environment.public_url):
            seed_demo()
        supervisor = Supervisor(_children(environment))
        supervisor.start()
        if _wait_until_ready(environment, supervisor):
            self.stdout.write(_welcome(environment))
            self.stdout.flush()
        supervisor.watch()


def _children(environment: Environment) -> list[Child]:
    manage = [sys.executable, "manage.py"]
    web = [sys.executable, "-m", "config.web", environment.host, str(environment.port)]
    if environment.simulator is None:
        return [Child("web server", web), Child("worker", [*manage, "worker"])]
    ports = _simulator_ports(environment.simulator)
    return [
        Child(
            "simulator",
            [sys.executable, "-m", "simulator"],
            _simulated(environment) | ports,
            quiet=True,
        ),
        Child("web server", web, ports),
        Child("worker", [*manage, "worker"], ports),
    ]


def _simulator_ports(simulator: Simulator) -> dict[str, str]:
    """What tells the others where the simulator is: the configured ports, or free ones where those are taken."""
    return {
        "SIMULATOR": "on",
        "SIMULATOR_PORT": str(_free_port(simulator.port)),
        "SIMULATOR_SMTP_PORT": str(_free_port(simulator.smtp_port)),
    }


def _simulated(environment: Environment) -> dict[str, str]:
    """What the simulator must know of the gateway to speak to it as a provider does."""
    return {
        "SIMULATOR_ACCOUNT_SID": environment.twilio.account_sid,
        "SIMULATOR_AUTH_TOKEN": environment.twilio.auth_tokens[0],
        "SIMULATOR_WEBHOOK_URL": environment.public_url,
        "SIMULATOR_MAIL_AUTH": environment.anymail_webhook_secret,
        "SIMULATOR_REPLY_DOMAIN": environment.reply_domain,
        "SIMULATOR_STATE": str(environment.data_dir / "simulator.sqlite3"),
        "SIMULATOR_PARENT_PID": str(os.getpid()),
    }


def _free_port(wanted: int) -> int:
    if _is_free("127.0.0.1", wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _wait_until_ready(environment: Environment, supervisor: Supervisor) -> bool:
    host = "127.0.0.1" if environment.host in {"0.0.0.0", "::"} else environment.host  # noqa: S104
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.stopping.wait(0.1) and time.monotonic() < deadline:
        if _answers(f"http://{host}:{environment.port}/livez"):
            return True
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310
            return True
    except (urllib.error.URLError, OSError):
        return False


def _welcome(environment: Environment) -> str:
    url = environment.public_url
    lines = ["", f"Messaging gateway  {url}/", f"  REST            {url}/api/docs/"]
    if environment.simulator:
        lines.append(f"  Simulator       {url}/simulator/")
    if is_loopback(environment.public_url):
        lines.append(f"  Demo login      {DEMO_EMAIL} / {DEMO_PASSWORD}")
    if environment.simulator:
        lines += [
            "",
            "Try it: open the simulator, write an SMS or a WhatsApp message to the shop from the customer's",
            "phone, and answer it in the dashboard, or by replying to the mail in the owner's mailbox.",
        ]
    return "\n".join(
        [
            *lines,
            "",
            f"Data is kept in {os.path.relpath(environment.data_dir)}. Ctrl-C stops everything.",
        ]
    )
