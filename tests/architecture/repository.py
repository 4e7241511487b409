"""The files of the repository, as git keeps them."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked(*endings: str) -> list[Path]:
    """Every file that git tracks, or those whose name ends in one of `endings`."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.name.endswith(endings or "") and path.is_file()]


def python(package: str = "") -> list[Path]:
    """The Python files of one package, or all of them; migrations, which Django writes, are left out."""
    return [
        path
        for path in tracked(".py")
        if path.is_relative_to(ROOT / package) and path.parent.name != "migrations"
    ]


def name_of(path: Path) -> str:
    """How the repository calls a file."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text())


def table_rows(path: Path, heading: str) -> dict[str, list[str]]:
    """The cells of a Markdown table below a heading, by the name in the first one."""
    _, _, below = path.read_text().partition(f"\n## {heading}\n")
    section = below.partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    names = [row[0].strip(" `") for row in rows]
    assert len(names) == len(set(names)), (
        f"{name_of(path)} has two rows of one name: {sorted(names)}"
    )
    cells = ([re.sub(r"\s+", " ", cell.strip()) for cell in row] for row in rows)
    return dict(zip(names, cells, strict=True))
