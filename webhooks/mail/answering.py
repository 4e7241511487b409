"""Whether a mail answers another one, by its header alone; what it quotes proves nothing."""

from __future__ import annotations

import re

from webhooks.mail import addresses
from webhooks.mail.headers import Headers
from webhooks.mail.subjects import folded, phrases

_ANSWER = re.compile(rf"\b(?:{phrases('answers')})(?:[\[(]\d{{1,3}}[\])])? ?:")
# The form of a reply address (`gateway.tokens`): its key, alone or beside what a mail system adds.
_SEPARATORS = re.compile(r"[+\-=.]")
_TOKEN = re.compile(r"[a-z2-7]{24}", re.IGNORECASE)


def answers_one(headers: Headers) -> bool:
    """Whether its fields (RFC 5322 section 3.6.4) or its subject say so."""
    is_below = "In-Reply-To" in headers or "References" in headers
    return is_below or bool(_ANSWER.search(folded(headers.text("Subject"))))


def goes_to_a_reply_address(headers: Headers) -> bool:
    """Whether one of its recipients looks like an address that we gave to somebody to answer to."""
    locals_ = (address.rpartition("@")[0] for address in addresses.recipients(headers))
    return any(_TOKEN.fullmatch(piece) for each in locals_ for piece in _SEPARATORS.split(each))
