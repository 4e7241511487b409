from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import urllib.error
import urllib.request
from http.client import HTTPException
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from channels_out.loopback import is_loopback
from config.demo import (
    DEMO_EMAIL,
    DEMO_PASSWORD,
    DEMO_SLUG,
    demo_login_works,
    demo_numbers,
    seed_demo,
)
from config.environment import BASE_DIR, Environment, Simulator, read_environment
from config.metrics.folder import add_up_the_dead
from config.supervisor import DidNotStart, Program, Supervisor

READY_SECONDS = 60.0
# Past any proxy that the environment names: it could not reach this machine's own port.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Command(BaseCommand):
    help = (
        "Runs web, worker and simulator in the foreground, on one machine, until Ctrl-C or SIGTERM."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        environment = read_environment(simulate=True)
        _check_port(environment)
        call_command("migrate", verbosity=0)
        call_command("catch_up", stdout=StringIO())
        add_up_the_dead(environment.data_dir / "metrics")
        # Static files are served from the packages; whitenoise warns where this folder is missing.
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        self._settle_demo(environment)
        supervisor = Supervisor(programs(environment), BASE_DIR)
        try:
            with supervisor.running():
                if supervisor.wait_until(lambda: _answers(environment), READY_SECONDS):
                    self.stdout.write(_welcome(environment))
                    self.stdout.flush()
                supervisor.watch()
        except DidNotStart as error:
            raise CommandError(str(error)) from error

    def _settle_demo(self, environment: Environment) -> None:
        if is_loopback(environment.public_url):
            seed_demo()
        elif demo_login_works():
            raise CommandError(
                f"The demo login {DEMO_EMAIL} still has its known password and PUBLIC_URL is public. "
                f"Give it another one first: manage.py changepassword {DEMO_EMAIL}"
            )


def _check_port(environment: Environment) -> None:
    """Raises CommandError where nobody could listen on HOST and PORT."""
    place = f"{environment.host}:{environment.port}"
    error = _refusal(environment.listen_on, environment.port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise CommandError(
            f"{place} is taken by another program; stop it or choose another PORT"
        ) from error
    raise CommandError(
        f"Cannot listen on {place}: {error.strerror}; choose another HOST or PORT"
    ) from error


def _refusal(address: str, port: int) -> OSError | None:
    """Why nobody could listen there; None where one could."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        # Else the closed connections of a former run would keep the port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error
    return None


def programs(environment: Environment) -> list[Program]:
    """The processes of a set-up, each once, in the order in which they start."""
    python = sys.executable
    web = [python, "-m", "config.web", environment.listen_on, str(environment.port)]
    if environment.simulator is None:
        return [Program("web server", web), *_workers(environment, {})]
    places = _simulator_places(environment.simulator)
    return [
        Program(
            "simulator", [python, "-m", "simulator"], _simulated(environment) | places, quiet=True
        ),
        Program("web server", web, places),
        *_workers(environment, places),
    ]


def _workers(environment: Environment, places: dict[str, str]) -> list[Program]:
    """The embedded loop, or Celery where there is a broker."""
    if not environment.celery_broker_url:
        worker = [sys.executable, "manage.py", "worker", "--alone"]
        return [Program("worker", worker, places)]
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config.celery_app"]
    schedule = str(environment.data_dir / "beat")
    return [
        Program("worker", [*celery, "worker", "--loglevel", "warning"], places),
        Program(
            "clock", [*celery, "beat", "--loglevel", "warning", "--schedule", schedule], places
        ),
    ]


def _simulator_places(simulator: Simulator) -> dict[str, str]:
    """What tells the others where the simulator is: the configured ports, or free ones where those are taken."""
    return {
        "SIMULATOR": "on",
        "SIMULATOR_PORT": str(_free_port(simulator.port)),
        "SIMULATOR_SMTP_PORT": str(_free_port(simulator.smtp_port)),
    }


def _free_port(wanted: int) -> int:
    if _refusal("127.0.0.1", wanted) is None:
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        "SIMULATOR_BUSINESS_NUMBERS": ",".join(demo_numbers()),
        "SIMULATOR_BUSINESS_MAIL": f"{DEMO_SLUG}@{environment.reply_domain}",
        "SIMULATOR_OWNER_MAIL": DEMO_EMAIL,
    }


def _answers(environment: Environment) -> bool:
    try:
        with DIRECT.open(f"http://{_own(environment)}:{environment.port}/livez", timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, HTTPException):  # what listens there may be another program, and no web server
        return False


def _own(environment: Environment) -> str:
    """HOST as this machine reaches it, for a URL."""
    address = ipaddress.ip_address(environment.listen_on)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return str(address) if address.version == 4 else f"[{address}]"


def _welcome(environment: Environment) -> str:
    url = environment.public_url
    lines = ["", f"Messaging gateway  {url}/", f"  REST            {url}/api/docs/"]
    if environment.simulator:
        lines.append(f"  Simulator       {url}/simulator/")
    if is_loopback(url):
        lines.append(f"  Demo login      {DEMO_EMAIL} / {DEMO_PASSWORD}")
        if environment.host != "localhost" and not is_loopback(f"http://{environment.host}"):
            lines.append("  Whoever reaches this port from elsewhere can use these, too.")
    if environment.simulator:
        lines += [
            "",
            "Try it: open the simulator, write an SMS or a WhatsApp message to the shop from the customer's",
            "phone, and answer it in the dashboard, or by replying to the mail in the owner's mailbox.",
        ]
    return "\n".join(
        [*lines, "", f"Data is kept in {environment.data_dir}. Ctrl-C stops everything."]
    )
