"""Imports point one way: config -> webhooks -> gateway -> channels_out; the simulator stands alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.repository import ROOT, name_of, parsed, python

MAY_IMPORT = {
    "config": {"webhooks", "gateway", "channels_out"},
    "webhooks": {"gateway", "channels_out"},
    "gateway": {"channels_out"},
    "channels_out": set(),
    "simulator": set(),
}
OURS = {*MAY_IMPORT, "tests"}
# A package by the label under which Django knows it.
LABELS = {"gateway_webhooks": "webhooks", "accounts": "config"}
LOADERS = {
    "import_module",
    "__import__",
    "import_string",
    "get_model",
    "get_app_config",
    "find_spec",
}
DOTTED = re.compile(r"[a-z_]+(\.\w+)+")


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_knows_only_those_to_its_right(package):
    allowed = {package, *MAY_IMPORT[package]}
    wrong = [
        f"{name_of(path)}:{line} knows {known}"
        for path in python(package)
        for known, line in named_in(parsed(path))
        if known in OURS - allowed
    ]
    assert wrong == []


def test_the_simulator_speaks_public_protocols_without_our_framework():
    wrong = [
        f"{name_of(path)}:{line} knows {known}"
        for path in python("simulator")
        for known, line in named_in(parsed(path))
        if known in {"django", "rest_framework", "anymail", "twilio"}
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("import gateway.models", "gateway"),
        ("from gateway.models import Business", "gateway"),
        ("def late():\n    from gateway import states", "gateway"),
        ("if TYPE_CHECKING:\n    import gateway", "gateway"),
        ("import_module('gateway.states')", "gateway"),
        ("importlib.import_module(name='gateway')", "gateway"),
        ("apps.get_model('gateway', 'Business')", "gateway"),
        ("apps.get_model('gateway_webhooks.InboundEvent')", "webhooks"),
        ("models.ForeignKey('gateway.Business', on_delete=CASCADE)", "gateway"),
        ("PATHS = {'sms': 'gateway.outbound.answer.post_reply'}", "gateway"),
    ],
)
def test_every_way_to_name_a_package_is_seen(code, known):
    assert known in {name for name, _ in named_in(ast.parse(code))}


@pytest.mark.parametrize("code", ['"""gateway.states"""', "FILE = 'simulator.sqlite3'"])
def test_what_a_docstring_tells_and_a_file_is_called_is_no_import(code):
    assert list(named_in(ast.parse(code))) == []


def named_in(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The top-level packages that a file names, with the line: by import, by loader, by dotted path."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _package(alias.name), node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield _package(node.module), node.lineno
        elif isinstance(node, ast.Call) and _called(node) in LOADERS:
            for text in _texts(node):
                yield _package(text), node.lineno
        elif isinstance(node, ast.Constant) and id(node) not in docstrings and _is_dotted(node):
            yield _package(str(node.value)), node.lineno


def _package(name: str) -> str:
    first = name.partition(".")[0]
    return LABELS.get(first, first)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _texts(call: ast.Call) -> list[str]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return [
        argument.value
        for argument in given
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _is_dotted(node: ast.Constant) -> bool:
    """Whether it is a path to a module of ours, or names a model as Django does (`gateway.Business`)."""
    if not isinstance(node.value, str) or not DOTTED.fullmatch(node.value):
        return False
    package, second = node.value.split(".")[:2]
    module = ROOT / _package(package) / second
    return second[0].isupper() or module.is_dir() or module.with_suffix(".py").exists()
