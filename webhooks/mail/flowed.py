"""Text of `format=flowed` with its soft line breaks undone (RFC 3676 section 4)."""

from __future__ import annotations


def unflow(text: str, delete_space: bool = False) -> str:
    """One line per paragraph; quote marks stay, the line that opens a signature ends a paragraph."""
    out: list[str] = []
    open_depth = -1  # quote depth of the paragraph that the next line may continue
    for line in text.split("\n"):
        depth, content = _split(line)
        if open_depth == depth and content != "-- ":
            out[-1] += content
        else:
            out.append(">" * depth + (" " if depth else "") + content)
        soft = content.endswith(" ") and content != "-- "
        open_depth = depth if soft else -1
        if soft and delete_space:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _split(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")
