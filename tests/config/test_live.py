"""The live stream's process says what it lacks."""

from __future__ import annotations

from pathlib import Path

from tests.config.bare import BASE_DIR, bare, run


def refusal(environment: dict[str, str]) -> list[str]:
    """The lines with which it ends."""
    ended = run(["-m", "config.live", "127.0.0.1", "0"], environment, BASE_DIR)
    assert ended.code == 1
    return ended.said.splitlines()


def test_what_is_not_set_is_named_with_what_to_write(tmp_path: Path) -> None:
    first, *complaints = refusal(bare(tmp_path))
    assert first == "The live stream cannot start."
    assert [line.split()[1] for line in complaints] == ["LIVE_URL", "REDIS_URL"]
    assert "/live/" in complaints[0]
    assert "redis://host:6379/0" in complaints[1]


def test_only_what_is_not_set_is_named(tmp_path: Path) -> None:
    [_, complaint] = refusal(bare(tmp_path, LIVE_URL="/live/"))
    assert "REDIS_URL" in complaint


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    [_, complaint] = refusal(bare(tmp_path, LIVE_URL="live"))
    assert "write a path of this origin such as /live/" in complaint
