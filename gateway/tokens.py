"""Reply addresses, signed links and signed Message-IDs: derived from a participant, never stored.

A token is HMAC-SHA-256 over (purpose, participant, generation), cut to 120 bits and written as 24
lower-case base32 characters, because mail systems fold case. Only its hash is kept, to find it by.
Purposes are separate: a forwarded reply address opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass

from django.db import models

from channels_out.channel import Channel
from gateway.conf import mail_domain, reply_domain, token_key

TOKEN_BYTES = 15
SIGNATURE_LENGTH = 16  # base32 characters: 80 bits
# A forwarded or tagged address may carry more; mail systems use these separators.
_SEPARATORS = re.compile(r"[+\-=.]")
_TOKEN = re.compile(r"[a-z2-7]{24}")
_MESSAGE_ID = re.compile(
    r"<?([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([0-9a-f]{16})\.([a-z2-7]{16})@([^>\s]+)>?"
)


class Purpose(models.TextChoices):
    REPLY = "reply"
    READ = "read"
    WELCOME = "welcome"
    INVITATION = "invitation"


@dataclass(frozen=True)
class Signed:
    """Whom a Message-ID of ours was written to; it speaks for him while his generation is this one."""

    participant_id: uuid.UUID
    generation: int


def derive(purpose: Purpose, pk: uuid.UUID, generation: int) -> str:
    """The token of one participant, welcome mail or invitation, for one purpose."""
    return _sign(f"{purpose}:{pk}:{generation}", TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What a token is found by in the database."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def reply_address(participant_id: uuid.UUID, generation: int, channel: str = "") -> str:
    """The address that files under this participant's conversation whatever is sent to it.

    With a `channel` a member's answer goes out by that one.
    """
    return address_of(derive(Purpose.REPLY, participant_id, generation), channel)


def address_of(token: str, channel: str = "") -> str:
    """Where a mail for this token goes; a channel stands behind a plus (RFC 5233)."""
    return f"{token}+{channel}@{reply_domain()}" if channel else f"{token}@{reply_domain()}"


def tokens_in(address: str) -> list[str]:
    """The possible tokens of an address on the reply domain: the local part or a piece of it."""
    local, _, domain = address.strip().lower().rpartition("@")
    if domain != reply_domain().lower():
        return []
    return [piece for piece in _SEPARATORS.split(local) if _TOKEN.fullmatch(piece)]


def channel_in(address: str) -> str:
    """The channel that a reply address asks for, or nothing."""
    _, _, channel = address.strip().lower().rpartition("@")[0].partition("+")
    return channel if channel in Channel.values else ""


def message_id(participant_id: uuid.UUID, generation: int) -> str:
    """A fresh signed Message-ID (RFC 5322 section 3.6.4); an answer to it comes from this participant."""
    signed = f"{participant_id.hex}.{generation}.{secrets.token_hex(8)}"
    return f"<{signed}.{_message_signature(signed)}@{mail_domain()}>"


def signed_in(reference: str) -> Signed | None:
    """What a Message-ID of ours says of whom it was written to, or None when it is not truly ours."""
    match = _MESSAGE_ID.fullmatch(reference.strip().lower())
    if match is None or match[5] != mail_domain().lower():
        return None
    if not hmac.compare_digest(match[4], _message_signature(".".join(match.group(1, 2, 3)))):
        return None
    return Signed(uuid.UUID(match[1]), int(match[2]))


def _message_signature(signed: str) -> str:
    return _sign(f"message-id:{signed}", TOKEN_BYTES)[:SIGNATURE_LENGTH]


def _sign(text: str, length: int) -> str:
    digest = hmac.new(token_key(), text.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:length]).decode().lower()
