"""Text of `format=flowed` with its soft line breaks undone (RFC 3676 section 4)."""

from __future__ import annotations


def unflow(text: str, delete_space: bool = False) -> str:
    """One line per paragraph; quote marks stay, the line that opens a signature ends a paragraph."""
    paragraphs: list[list[str]] = []  # in pieces: one string that grows would be copied each time
    open_depth = -1  # quote depth of the paragraph that the next line may continue
    for line in text.split("\n"):
        depth, content = _split(line)
        soft = content.endswith(" ") and content != "-- "
        piece = content[:-1] if soft and delete_space else content
        if open_depth == depth and content != "-- ":
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * depth + (" " if depth else ""), piece])
        open_depth = depth if soft else -1
    return "\n".join(map("".join, paragraphs))


def _split(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")
