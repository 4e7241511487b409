"""The Dockerfile by a simple reading, and the source tree that an image made by it holds."""

from __future__ import annotations

import fnmatch
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.repository import ROOT, name_of, tracked

_COPY = re.compile(r"(?P<from>--from=\S+ )?(?P<source>\S+) (?P<to>\S+)")


@dataclass(frozen=True)
class Instruction:
    """One instruction, such as `COPY` and `manage.py ./`."""

    word: str
    text: str


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, from its FROM on."""
    found: list[list[Instruction]] = []
    for instruction in _instructions():
        if instruction.word == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def texts(stage: list[Instruction], word: str) -> list[str]:
    """What stands behind each such instruction of a stage."""
    return [instruction.text for instruction in stage if instruction.word == word]


def environment() -> dict[str, str]:
    """What the image sets for every process."""
    [text] = texts(stages()[-1], "ENV")
    return dict(pair.split("=", 1) for pair in text.split())


def copied() -> list[str]:
    """The paths of the repository that are copied into the image."""
    copies = [_COPY.fullmatch(text) for stage in stages() for text in texts(stage, "COPY")]
    assert None not in copies
    return [copy["source"] for copy in copies if copy and not copy["from"]]


def let_in(path: str) -> bool:
    """Whether .dockerignore lets a file of the repository through to the builder; the last rule that fits decides."""
    lets = True
    for rule in _rules():
        pattern = rule.removeprefix("!")
        parts = Path(path).parts
        heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        anywhere = pattern.removeprefix("**/")
        if any(fnmatch.fnmatchcase(head, pattern) for head in heads) or (
            anywhere != pattern and any(fnmatch.fnmatchcase(part, anywhere) for part in parts)
        ):
            lets = rule.startswith("!")
    return lets


def build(folder: Path) -> None:
    """Makes the image's source tree below a folder: what is copied and let in, and nobody may write."""
    wanted = copied()
    for path in tracked():
        name = name_of(path)
        if let_in(name) and any(name == one or name.startswith(f"{one}/") for one in wanted):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def _rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _instructions() -> Iterator[Instruction]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield Instruction(word, re.sub(r"\s+", " ", rest.strip()))
