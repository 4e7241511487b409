"""The proxy of compose.yaml, run by hand: nginx of this machine with the configuration in deploy/."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.operate.compose_file import ROOT, Service
from tests.product import free_ports
from tests.simulator_process import wait_for

# Debian keeps it where only root's PATH leads.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
START_SECONDS = 20.0


@dataclass
class Proxy:
    """A running proxy: its ports, and what it has written down."""

    folder: Path
    http: int
    https: int
    process: subprocess.Popen[bytes]
    service: Service = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def secure_url(self) -> str:
        return f"https://localhost:{self.https}"

    def log(self) -> str:
        """What would be on its standard output and its standard error."""
        return (self.folder / "access.log").read_text() + (self.folder / "error.log").read_text()

    def stop(self) -> int:
        """The signal and the time that the file grants; the exit code."""
        self.process.send_signal(getattr(signal, self.service.raw["stop_signal"]))
        return self.process.wait(self.service.grace)


@contextmanager
def run_proxy(service: Service, upstreams: Mapping[str, int]) -> Iterator[Proxy]:
    """The service's own command in front of what listens on these ports: `web` and `live`."""
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    http, https = free_ports(2)
    process = _start(service, folder, _places(service, folder, upstreams, http, https))
    proxy = Proxy(folder, http, https, process, service)
    try:
        wait_for(lambda: _listens(proxy), START_SECONDS)
        yield proxy
    finally:
        with suppress(ProcessLookupError):  # it was stopped
            os.killpg(process.pid, signal.SIGKILL)  # its workers would outlive it alone
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _places(
    service: Service, folder: Path, upstreams: Mapping[str, int], http: int, https: int
) -> dict[str, str]:
    """What stands here for what is in the container."""
    asked = {
        f"set ${name} {name}:{port};": f"set ${name} 127.0.0.1:{upstreams[name]};"
        for name, port in {"web": 8000, "live": 8001}.items()
    }
    return {
        **asked,
        "listen 8080": f"listen 127.0.0.1:{http}",
        "listen 8443": f"listen 127.0.0.1:{https}",
        "/dev/stdout": f"{folder}/access.log",
        "/etc/gateway": f"{folder}/deploy",
        "/etc/certificates": f"{folder}/certificates",
        "/run/nginx": f"{folder}/run",
        "/var/acme": f"{folder}/acme",
    }


def _start(service: Service, folder: Path, places: Mapping[str, str]) -> subprocess.Popen[bytes]:
    def here(text: str) -> str:
        for there, place in places.items():
            text = text.replace(there, place)
        return text

    for name in ("deploy", "run", "certificates", "acme/.well-known/acme-challenge"):
        (folder / name).mkdir(parents=True)
    for path in (ROOT / "deploy").glob("*.conf"):
        (folder / "deploy" / path.name).write_text(here(path.read_text()))
    _certify(folder / "certificates")
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    for path in [folder, *folder.rglob("*")] if nobody else []:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    words = [*service.raw["entrypoint"], *service.raw["command"]]
    assert words[0] == "nginx"
    with (folder / "error.log").open("wb") as log:
        return subprocess.Popen(
            [str(NGINX), *map(here, words[1:])],
            cwd=folder,
            user=nobody.pw_uid if nobody else None,
            group=nobody.pw_gid if nobody else None,
            extra_groups=[] if nobody else None,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def _certify(folder: Path) -> None:
    """A certificate for `localhost`, signed by itself."""
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        ["openssl", *options.split(), "-keyout", "privkey.pem", "-out", "fullchain.pem"],
        cwd=folder,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def _listens(proxy: Proxy) -> bool:
    assert proxy.process.poll() is None, proxy.log()
    try:
        socket.create_connection(("127.0.0.1", proxy.http), timeout=1).close()
    except OSError:
        return False
    return True
