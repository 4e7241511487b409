"""Runs the product's own commands in processes of their own, under an environment that names every variable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parents[2]
SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended, and all that it said."""

    code: int
    said: str


def bare(data_dir: Path, **variables: str) -> dict[str, str]:
    """An environment without anything of this machine's but the search path."""
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "DATA_DIR": str(data_dir),
        "PYTHONWARNINGS": "error",
        **variables,
    }


def manage(environment: dict[str, str], *arguments: str, folder: Path = BASE_DIR) -> Ended:
    """`manage.py` with these arguments, started in `folder`."""
    return run([str(BASE_DIR / "manage.py"), *arguments], environment, folder)


def settings(environment: dict[str, str], *names: str, simulate: bool = False) -> Any:
    """The named settings (dotted below ENVIRONMENT) as the product has them under this environment.

    `simulate` gives what `manage.py run` reads. Paths and dataclasses come as text.
    """
    ended = run(["-c", READ, json.dumps([simulate, names])], environment, BASE_DIR)
    assert ended.code == 0, ended.said
    values = json.loads(ended.said)
    return values if len(names) > 1 else values[0]


READ = """
import json, operator, sys
from config import environment, settings

simulate, names = json.loads(sys.argv[1])
if simulate:
    settings.ENVIRONMENT = environment.read_environment(simulate=True)
found = [operator.attrgetter(name)(settings) for name in names]
sys.stdout.write(json.dumps(found, default=str))
"""


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> Ended:
    """Python with these arguments in a folder, under that environment alone."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout)
