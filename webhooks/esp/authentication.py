"""What the server that took a mail in says of its sender: the verdict on DMARC, and nothing else.

A failed SPF is what forwarding looks like, and a broken DKIM signature what a mailing list leaves; only
DMARC says that the domain in From did not send the mail. Providers that report SPF and DKIM alone
(Mailgun, SendGrid, Postmark) therefore give no verdict, unless their server writes the header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from webhooks.conf import authserv_ids

# Amazon SES tells its verdict beside the mail.
AMAZON = {"PASS": "pass", "FAIL": "fail"}
LONGEST = 8192  # characters of one header that are looked at
# Strings and comments may hold whatever the sender likes, his own "dmarc=pass" too.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_RESULT = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*(pass|fail)\b", re.IGNORECASE)


def dmarc_in(headers: Iterable[str]) -> str:
    """The verdict in a mail's Authentication-Results headers, from the top (RFC 8601): pass, fail, or empty.

    With AUTHSERV_ID set, those count that a server of that name wrote. Whoever sends may write the name
    as well, where the server does not take that away (section 5): so one "fail" outweighs any "pass".
    Without it nothing tells who wrote the topmost header; a "pass" there says nothing, and a "fail"
    harms nobody but its writer.
    """
    found = [*map(_read, headers)]
    ours = authserv_ids()
    if not ours:
        return "fail" if found and "fail" in found[0][1] else ""
    verdicts = [verdict for name, said in found if name in ours for verdict in said]
    return next((each for each in ("fail", "pass") if each in verdicts), "")


def _read(header: str) -> tuple[str, list[str]]:
    """Who says so, and his verdicts on DMARC."""
    name, *results = _bare(header[:LONGEST]).split(";")
    words = name.split()  # a version may follow the name
    verdicts = [match[1].lower() for match in map(_RESULT.match, results) if match]
    return (words[0].lower() if words else "", verdicts)


def _bare(header: str) -> str:
    """Without strings and comments (RFC 5322 sections 3.2.2 and 3.2.4).

    What is opened and never closed stays: a sender who smuggles one in hides nothing that follows.
    """
    kept: list[str] = []
    at, ends = 0, dict(_END)
    while at < len(header):
        char = header[at]
        end = ends[char](header, at) if char in ends else None
        if end is None:
            ends.pop(char, None)  # or each of thousands would be looked for to the end
            kept.append(char)
        at = end or at + 1
    return "".join(kept)


def _end_of_string(text: str, at: int) -> int | None:
    found = _STRING.match(text, at)
    return found.end() if found else None


def _end_of_comment(text: str, at: int) -> int | None:
    depth = 0
    for found in _IN_COMMENT.finditer(text, at):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return None


_END: dict[str, Callable[[str, int], int | None]] = {'"': _end_of_string, "(": _end_of_comment}
