"""The gateway's apps in a project that was there before them, by the lines of the documentation and no others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = Path(__file__).resolve().parent
PROJECT = PROJECTS / "project"
GUIDE = ROOT / "docs" / "install-into-a-django-project.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Runs a command in the shop whose people have a UUID for a key; gives what it says."""
    return run_in_shop("people", tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def numbered_shop(tmp_path_factory):
    """The same where people have a number for a key."""
    return run_in_shop("people_by_number", tmp_path_factory.mktemp("people_by_number"))


def run_in_shop(people, data):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "SHOP_PEOPLE": people,
        "SHOP_DATA": str(data),
        "TOKEN_KEY": "key-of-the-shop",
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "token-of-the-shop",
        "ANYMAIL_WEBHOOK_SECRET": "provider:secret",
    }

    def run(*command: str) -> str:
        ended = subprocess.run(
            [sys.executable, *command],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    return run


def test_its_tables_are_made_from_nothing(shop):
    said = shop("manage.py", "migrate")
    for migration in ("gateway.0001_initial", "shop.0001_initial", "gateway.0002_conversations"):
        assert f"Applying {migration}... OK" in said
    assert said.index("shop.0001_initial") < said.index("gateway.0002_conversations")


def test_it_lacks_no_migration_and_the_checks_have_nothing_to_say(shop):
    said = shop(
        "manage.py", "makemigrations", "--check", "--dry-run"
    )  # checks first, and says what it finds
    assert said == "No changes detected\n"


@pytest.mark.parametrize("project", ["shop", "numbered_shop"])
def test_its_people_and_customers_talk_through_its_own_routes(request, project):
    run = request.getfixturevalue(project)
    said = run("-m", "pytest", "-p", "no:cacheprovider", "--color=no")
    assert re.search(r"^=+ \d+ passed in ", said, re.MULTILINE), said


def test_it_is_ready_for_customers(shop):
    said = shop("manage.py", "check", "--deploy")
    assert re.findall(r"\((?!security)\S+\)", said) == [], said


def test_the_guides_two_lines_are_all_that_a_laptop_has():
    settings = (PROJECTS / "laptop" / "laptop" / "settings.py").read_text()
    _, _, ours = settings.partition("# Messaging gateway\n")
    block = ours.partition("\n\n")[0]
    assert len(block.splitlines()) == 2
    assert f"```python\n{block}\n```" in GUIDE.read_text()


def test_they_have_the_lines_of_the_guide():
    files = ["\n".join(_lines(path.read_text())) for path in PROJECTS.glob("*/**/*.py")]
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        documented = "\n".join(_lines(dedent(block)))
        assert any(documented in file for file in files), f"nowhere in the project:\n{block}"


def _lines(text: str) -> list[str]:
    """The lines without their indentation: the project has some of them inside a function."""
    return [line.strip() for line in text.splitlines() if line.strip()]
