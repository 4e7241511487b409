"""Reads `.env` into the process environment, which wins."""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

import environ

# What django-environ takes; it only logs any other line, secrets and all.
_LINE = re.compile(r"\s*|#.*|(export )?[A-Za-z_0-9]+=.*")


def load(base: Path) -> list[str]:
    """Reads the file that ENV_FILE names (from `base` where relative; empty: none), else `base/.env`.

    Returns what must be mended in it, one sentence each, without the values.
    """
    named = os.environ.get("ENV_FILE")
    path = base / (".env" if named is None else named)
    if named == "" or (named is None and not path.exists()):
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return [f"{path} cannot be read ({_reason(error)}); mend it or set ENV_FILE to another"]
    wrong = [number for number, line in enumerate(lines, 1) if not _LINE.fullmatch(line)]
    if not wrong:
        environ.Env.read_env(StringIO("\n".join(lines)))
    return [
        f"line {number} of {path} is not of the form NAME=value; mend it or begin it with #"
        for number in wrong
    ]


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"
