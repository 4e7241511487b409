"""Runs what compose.yaml says without containers: each command as a process, with the environment of its service.

What a container would give is given by hand: the image's source tree, which nobody may write, and its variables; a
user who is not root; hosts, ports and folders of this machine for those of the file.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.operate import image
from tests.operate.compose_file import Service, in_order
from tests.operate.proxy import NGINX, run_proxy
from tests.product import free_ports
from tests.servers import PostgreSQL, RabbitMQ, Redis, Server, own
from tests.simulator_process import Simulator, run_simulator, wait_for

SERVERS = {"database", "redis", "rabbitmq"}
# Seconds, many times what they take on a machine that has nothing else to do.
MIGRATE_SECONDS = 300.0
HEALTHY_SECONDS = 180.0


@dataclass
class ByHand:
    """A set-up from compose.yaml: its services, and where this machine has what the file names."""

    services: Mapping[str, Service]
    folder: Path
    as_nobody: Sequence[str]
    ports: Mapping[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    # Where the proxy listens, or where nginx is not installed the web server.
    public_url: str = ""
    world: Simulator = field(init=False)

    @property
    def source(self) -> Path:
        return self.folder / "app"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def run(self, service: str, command: str = "") -> subprocess.CompletedProcess[str]:
        """A command, or the service's own, to its end: `docker compose run`."""
        return subprocess.run(
            self._words(command or self.services[service].command),
            **self._surroundings(service),
            capture_output=True,
            text=True,
            timeout=MIGRATE_SECONDS,
            check=False,
        )

    def start(self, service: str) -> None:
        """Starts a service that goes on; what it says is in `log`."""
        with self._log_of(service).open("ab") as log:
            self.running[service] = subprocess.Popen(
                self._words(self.services[service].command),
                **self._surroundings(service),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_healthy(self, service: str) -> bool:
        """What the service's own health check says."""
        process = self.running[service]
        assert process.poll() is None, self.log(service)
        asked = subprocess.run(
            [*self.as_nobody, "/bin/sh", "-c", self.here(self.services[service].health)],
            **self._surroundings(service),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=HEALTHY_SECONDS,
            check=False,
        )
        return asked.returncode == 0

    def wait_until_healthy(self, service: str) -> None:
        wait_for(lambda: self.is_healthy(service), HEALTHY_SECONDS)

    def waited_for(self, service: str) -> set[str]:
        """In which ways others wait for it."""
        return {other.after[service] for other in self.services.values() if service in other.after}

    def stop(self, service: str) -> int:
        """SIGTERM; the exit code, within the time that the file grants."""
        process = self.running.pop(service)
        process.terminate()
        return process.wait(self.services[service].grace)

    def kill_all(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def log(self, service: str) -> str:
        return self._log_of(service).read_text()

    def here(self, text: str) -> str:
        """A text of the file with this machine's hosts, ports and folders."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def _words(self, command: str) -> list[str]:
        return [*self.as_nobody, *shlex.split(self.here(command))]

    def _surroundings(self, service: str) -> dict[str, object]:
        given = {
            name: self.here(value) for name, value in self.services[service].environment.items()
        }
        python = Path(sys.executable).parent
        of_a_container = {
            "PATH": f"{python}:{os.environ['PATH']}",
            "HOSTNAME": socket.gethostname(),
            "HOME": "/",
        }
        of_the_image = {**image.environment(), **of_a_container}
        return {
            "cwd": self.source,
            "env": {**of_the_image, **given},
        }

    def _log_of(self, service: str) -> Path:
        return self.folder / f"{service}.log"


@contextmanager
def by_hand(services: Mapping[str, Service]) -> Iterator[ByHand]:
    """A set-up with its servers running and its own services ready to be started; all ended at the end."""
    with ExitStack() as opened:
        folder = Path(tempfile.mkdtemp(prefix="by-hand-"))
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        ports = dict(zip(("web", "live"), free_ports(2), strict=True))
        folder.chmod(0o755)
        made = ByHand(services, folder, _as_nobody(), ports)
        opened.callback(made.kill_all)
        _furnish(made)
        made.places = {
            **_servers(opened, services),
            **_outside(opened, made),
            "0.0.0.0 8000": f"127.0.0.1 {ports['web']}",
            "0.0.0.0 8001": f"127.0.0.1 {ports['live']}",
            "probe 8000": f"probe {ports['web']}",
            "probe 8001": f"probe {ports['live']}",
            "/data": str(made.data),
        }
        yield made


def start_in_order(made: ByHand) -> None:
    """What `docker compose up` does: starts each service after those that it waits for, until all are healthy."""
    for service in in_order(made.services):
        if service.name in SERVERS or service.name == "proxy":
            continue
        if "service_completed_successfully" in made.waited_for(service.name):
            ended = made.run(service.name)
            assert ended.returncode == 0, ended.stdout + ended.stderr
        else:
            made.start(service.name)
    for name in made.running:
        made.wait_until_healthy(name)


def _servers(opened: ExitStack, services: Mapping[str, Service]) -> dict[str, str]:
    """Starts the servers that the file names; where each is."""
    database = opened.enter_context(own(_as_composed(PostgreSQL, services["database"])))
    redis = opened.enter_context(own(_as_composed(Redis, services["redis"])))
    found = {
        "gateway:postgres-password@database:5432/gateway": f"postgres@127.0.0.1:{database.port}/postgres",
        "redis:6379": f"127.0.0.1:{redis.port}",
    }
    if "rabbitmq" in services:
        broker = opened.enter_context(own(RabbitMQ))
        found["gateway:rabbitmq-password@rabbitmq:5672"] = f"guest:guest@127.0.0.1:{broker.port}"
    return found


def _as_composed(kind: type[Server], service: Service) -> type[Server]:
    """This kind of server with the options of the file's command as well; the later of two wins."""

    class Composed(kind):
        def command(self) -> Sequence[str]:
            return [*super().command(), *service.command.split()[1:]]

    return Composed


def _outside(opened: ExitStack, made: ByHand) -> dict[str, str]:
    """The address that the world uses, and the world: Twilio, the mail server, the mail provider."""
    if NGINX:
        proxy = opened.enter_context(run_proxy(made.services["proxy"], made.ports))
    made.public_url = proxy.url if NGINX else made.url("web")
    written = made.services["web"].environment
    made.world = opened.enter_context(
        run_simulator(
            webhook_url=made.public_url,
            account_sid=written["TWILIO_ACCOUNT_SID"],
            auth_token=written["TWILIO_AUTH_TOKEN"],
            mail_auth=written["ANYMAIL_WEBHOOK_SECRET"],
            reply_domain=written["REPLY_DOMAIN"],
        )
    )
    return {
        written["PUBLIC_URL"]: made.public_url,
        written["TWILIO_API_URL"]: made.world.url,
        written["EMAIL_URL"]: f"smtp://127.0.0.1:{made.world.smtp_port}",
    }


def _as_nobody() -> list[str]:
    """What stands before a command so that not root runs it; nothing where root is not who runs the test.

    Nobody may read everything where root can grant that: Python itself may be in a home folder.
    """
    nobody = pwd.getpwnam("nobody")
    as_nobody = [
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
    ]
    reading = [f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")]
    for before in ([*as_nobody, *reading], as_nobody) if os.geteuid() == 0 else ():
        tried = subprocess.run(
            [*before, sys.executable, "-c", "import django"], stderr=subprocess.DEVNULL, check=False
        )
        if tried.returncode == 0:
            return before
    return []


def _furnish(made: ByHand) -> None:
    made.source.mkdir()
    image.build(made.source)
    made.data.mkdir()
    if made.as_nobody:
        shutil.chown(made.data, "nobody")
