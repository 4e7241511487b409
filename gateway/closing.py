"""Learns what a member's mail program adds below his mails, and cuts it from what goes to customers.

It tells his private address and phone. Nothing is cut that he has not approved, nothing but the end of a mail,
and never all of it; what is cut is stored beside the answer, like what he quoted.
"""

from __future__ import annotations

import hashlib
import re

from gateway.models import ClosingBlock, ClosingState, Direction, Membership, MessageReply

LOOKED_AT = 5  # earlier mails of his
ALIKE = 2  # of them that must end like the new one
FEWEST, MOST = 2, 15  # lines that are not blank
MANY = 4  # lines of which it is worth asking, whatever they say
# Worth asking: an address, a link, a phone number. "Best regards, Ann" belongs to the letter.
_PRIVATE = re.compile(r"@|https?:|www\.|\d(?:[\s()./-]{0,3}\d){5}")


def without_closing(author: Membership, text: str, quoted: str) -> tuple[str, str]:
    """The text of a member's mail without the block that he has approved to cut, and all that was cut."""
    lines = _lines(text)
    approved = author.closing_blocks.filter(state=ClosingState.APPROVED)
    for block in sorted(approved, key=lambda block: -len(block.text)):
        start = _start_of_end(lines, _filled(_lines(block.text)))
        if start is not None:
            cut = "\n".join(lines[start:])
            return "\n".join(lines[:start]).rstrip(), "\n\n".join(filter(None, (cut, quoted)))
    return text, quoted


def learn_closing(author: Membership, text: str) -> None:
    """Suggests the block with which this mail and earlier ones of his end; once, and one at a time.

    Called before the mail is stored, in the caller's transaction.
    """
    lines = _lines(text)
    alike = sorted((_shared(lines, _lines(earlier)) for earlier in _earlier(author)), reverse=True)
    size = min(alike[ALIKE - 1], MOST) if len(alike) >= ALIKE else 0
    if size < FEWEST:
        return
    block = _filled(lines)[-size:]
    start = _start_of_end(lines, block)
    if start is None or not _is_worth_asking(block) or _was_asked(author, block):
        return
    ClosingBlock.objects.get_or_create(
        membership=author, digest=_digest(block), defaults={"text": "\n".join(lines[start:])}
    )


def _earlier(author: Membership) -> list[str]:
    mails = MessageReply.objects.filter(
        sender=author.user,
        message__business=author.business_id,
        direction=Direction.OUTBOUND,
        written_via="email",
    )
    return list(mails.order_by("-created_at").values_list("reply", flat=True)[:LOOKED_AT])


def _is_worth_asking(block: list[str]) -> bool:
    return len(block) >= MANY or any(_PRIVATE.search(line) for line in block)


def _was_asked(author: Membership, block: list[str]) -> bool:
    """Whether he is being asked, or has answered for a block of which this one is a longer or shorter form."""
    for known in author.closing_blocks.all():
        other = _filled(_lines(known.text))
        shorter = min(len(block), len(other))
        if known.state == ClosingState.SUGGESTED or block[-shorter:] == other[-shorter:]:
            return True
    return False


def _shared(lines: list[str], others: list[str]) -> int:
    """How many lines both end with; each must have more than that."""
    a, b = _filled(lines), _filled(others)
    size = 0
    while size < min(len(a), len(b)) - 1 and a[-1 - size] == b[-1 - size]:
        size += 1
    return size


def _start_of_end(lines: list[str], block: list[str]) -> int | None:
    """The line from which on there is nothing but the block; None where there is more, or nothing above."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    is_end = bool(block) and _filled(lines)[-len(block) :] == block
    return filled[-len(block)] if is_end and len(filled) > len(block) else None


def _lines(text: str) -> list[str]:
    return text.rstrip().split("\n")


def _filled(lines: list[str]) -> list[str]:
    """The lines as they are compared: no blank ones, no case, single blanks."""
    return [" ".join(line.split()).casefold() for line in lines if line.strip()]


def _digest(block: list[str]) -> str:
    return hashlib.sha256("\n".join(block).encode()).hexdigest()
