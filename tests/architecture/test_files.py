"""What no file of the repository holds."""

from __future__ import annotations

import ast
import re

from tests.architecture.repository import name_of, parsed, python, tracked

MAX_LINES = 400
# Folders of somebody's own machine: homes, mounts, scratch space.
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(home|root|Users|work|farm|mnt|tmp|private)/\w")
REGISTRY = re.compile(
    r"\b(pypi|pythonhosted|npmjs|crates)\.(org|com|io)\b|^--(extra-)?index-url", re.M
)
BINARY = (".jpg", ".png", ".ico", ".gif", ".pdf", ".eml", ".mo", ".woff2")


def test_no_file_names_a_folder_of_one_machine():
    assert _holding(MACHINE_PATH) == []


def test_no_file_names_a_package_registry():
    assert _holding(REGISTRY) == []


def test_nothing_is_printed():
    wrong = [
        f"{name_of(path)}:{call.lineno}"
        for path in python()
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "print"
    ]
    assert wrong == []


def test_no_file_is_longer_than_can_be_read():
    written = [*python(), *tracked(".html", ".js", ".md")]
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in written}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def _holding(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name_of(path)}: {found[0]}"
        for path in tracked()
        if not path.name.endswith(BINARY)
        for found in pattern.finditer(path.read_text(errors="replace"))
    ]
