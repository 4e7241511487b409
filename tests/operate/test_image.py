"""The Dockerfile by a reading, and the source tree that it makes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.architecture.repository import ROOT, name_of, tracked
from tests.config.bare import bare, settings
from tests.operate import image

BUILD, FINAL = image.stages()


def test_it_begins_with_the_slim_python_that_the_project_asks_for():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    version = wanted.removeprefix(">=")
    base = f"python:{version}-slim-bookworm"
    assert image.texts(BUILD, "FROM") == [f"{base} AS build"]
    assert image.texts(FINAL, "FROM") == [base]


def test_it_installs_what_requirements_txt_pins_by_hash():
    [install] = [text for text in image.texts(BUILD, "RUN") if "pip install" in text]
    assert install.startswith("/opt/venv/bin/pip install ")
    assert install.endswith("--require-hashes -r requirements.txt")
    assert not [text for text in image.texts(FINAL, "RUN") if "pip" in text]


def test_it_takes_the_installed_and_the_source_from_the_stage_that_made_them():
    assert image.texts(FINAL, "COPY") == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
    ]
    assert image.environment()["PATH"] == "/opt/venv/bin:$PATH"


def test_it_runs_as_a_number_that_is_not_root_and_owns_its_data():
    [user] = image.texts(FINAL, "USER")
    [made] = image.texts(FINAL, "RUN")
    number, _, group = user.partition(":")
    assert number.isdigit()
    assert int(number) > 0
    assert f"--owner={number} --group={group}" in made
    assert made.endswith(image.environment()["DATA_DIR"])
    assert image.texts(FINAL, "VOLUME") == [image.environment()["DATA_DIR"]]


def test_its_health_check_asks_the_port_that_it_serves():
    [command] = image.texts(FINAL, "CMD")
    [check] = image.texts(FINAL, "HEALTHCHECK")
    [port] = image.texts(FINAL, "EXPOSE")
    assert command == f'["python", "-m", "config.web", "0.0.0.0", "{port}"]'
    assert check.endswith(f'CMD ["python", "-m", "config.probe", "{port}", "/livez"]')


@pytest.mark.parametrize("path", image.copied())
def test_what_is_copied_exists_and_reaches_the_builder(path):
    assert (ROOT / path).exists()
    assert image.let_in(path)


def test_only_the_product_reaches_the_builder():
    sent = {name_of(path).partition("/")[0] for path in tracked() if image.let_in(name_of(path))}
    assert sent == {path.rstrip("/") for path in image.copied()}


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "var/secrets.json",
        "tests/conftest.py",
        "docs/operate.md",
        "config/__pycache__/web.pyc",
    ],
)
def test_nothing_secret_and_nothing_idle_reaches_the_builder(path):
    assert not image.let_in(path)


def test_nothing_is_set_in_it_but_how_python_runs_and_where_data_is():
    assert image.environment().keys() == {
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
        "DATA_DIR",
    }
    assert not [text for stage in image.stages() for text in image.texts(stage, "ARG")]


def test_its_source_tree_is_whole(tmp_path):
    """Every route, template and static file of the product is there, without tests, docs and simulator."""
    tree, data = tmp_path / "app", tmp_path / "data"
    tree.mkdir()
    image.build(tree)
    environment = bare(data, PUBLIC_URL="https://gateway.example.com", PYTHONDONTWRITEBYTECODE="1")
    checked = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    kept = {name_of(path) for path in tracked() if path.suffix in {".html", ".css", ".js", ".svg"}}
    ours = {name for name in kept if re.match("(config|gateway|webhooks|channels_out)/", name)}
    assert {name for name in ours if not (tree / name).is_file()} == set()


def test_static_files_need_no_step_of_their_own(tmp_path):
    """They are served from the packages; the image holds no second copy, and a volume none of an older version."""
    assert settings(bare(tmp_path), "WHITENOISE_USE_FINDERS") is True
