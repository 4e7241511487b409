"""The documentation names every setting and command, with the defaults of the code, and its links lead somewhere."""

from __future__ import annotations

import ast
import re

import pytest
from django.conf import global_settings

from tests.architecture.repository import ROOT, name_of, parsed, python, table_rows, tracked
from tests.operate.compose_file import example, own_variables

SETTINGS = ROOT / "docs" / "settings.md"
PAGES = [
    path for path in tracked(".md") if path.parent == ROOT or path.is_relative_to(ROOT / "docs")
]
OTHERS_SETTINGS = {*dir(global_settings), "ANYMAIL"}
READERS = ("config/environment.py", "config/env_file.py")
CONSTANT = re.compile(r"[A-Z][A-Z_]+[A-Z]")


def read_variables() -> set[str]:
    """The variables that the product reads."""
    return {
        call.args[0].value
        for name in READERS
        for call in ast.walk(parsed(ROOT / name))
        if isinstance(call, ast.Call) and _begins_with_a_name(call.args)
    }


def django_settings() -> dict[str, object]:
    """The settings that the apps read from a host project, with their defaults."""
    return {
        call.args[-2].value: ast.literal_eval(call.args[-1])
        for package in ("webhooks", "gateway", "channels_out")
        for call in ast.walk(parsed(ROOT / package / "conf.py"))
        if isinstance(call, ast.Call) and _begins_with_a_name(call.args[-2:])
    }


def test_every_variable_is_in_the_example_file():
    assert set(example()) == read_variables() | own_variables()


def test_every_variable_is_documented_with_the_default_of_the_example_file():
    documented = table_rows(SETTINGS, "The environment of the product")
    assert set(documented) == read_variables()
    given = {name: value for name, value in example().items() if value and name in documented}
    assert {name: documented[name][1].strip("`") for name in given} == given


def test_every_setting_of_a_host_project_is_documented_with_its_default():
    documented = table_rows(SETTINGS, "Django settings of a host project")
    read = django_settings()
    assert set(documented) == set(read)
    literal = {name: row[1].strip("`") for name, row in documented.items() if name != "TOKEN_KEY"}
    assert {name: ast.literal_eval(text) for name, text in literal.items()} == {
        name: read[name] for name in literal
    }


def test_no_other_file_of_an_app_reads_a_setting_of_ours():
    wrong = [
        f"{name_of(path)}:{node.lineno} reads {name}"
        for package in ("webhooks", "gateway", "channels_out")
        for path in python(package)
        if path.name != "conf.py"
        for node in ast.walk(parsed(path))
        if (name := _setting_of(node)) and name not in OTHERS_SETTINGS
    ]
    assert wrong == []


def commands() -> list[str]:
    """The names of our management commands."""
    return sorted(
        path.stem
        for path in python()
        if path.parent.name == "commands" and not path.name.startswith("_")
    )


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command):
    assert any(f"manage.py {command}" in page.read_text() for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_local_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [link for link in links if not re.match(r"[a-z]+:|#", link)]
    dead = [link for link in local if not (page.parent / link.partition("#")[0]).exists()]
    assert dead == []


def test_decisions_are_numbered_without_a_gap():
    pages = sorted(path for path in PAGES if path.parent.name == "decisions")
    numbers = [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [page.name.partition("-")[0] for page in pages] == numbers
    titles = [page.read_text().partition(":")[0] for page in pages]
    assert titles == [f"# {number}" for number in numbers]


def _setting_of(node: ast.AST) -> str:
    """The name in `settings.NAME` and in `getattr(settings, "NAME", ...)`, else nothing."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "settings":
        return node.attr
    if isinstance(node, ast.Call) and ast.unparse(node).startswith("getattr(settings,"):
        return str(ast.literal_eval(node.args[1]))
    return ""


def _begins_with_a_name(arguments: list[ast.expr]) -> bool:
    if not arguments or not isinstance(arguments[0], ast.Constant):
        return False
    return isinstance(arguments[0].value, str) and bool(CONSTANT.fullmatch(arguments[0].value))
