"""Reads one mail whole, whatever a provider delivered, without ever raising on odd input."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.message import Message
from typing import TYPE_CHECKING
from uuid import UUID

from webhooks.mail import limits
from webhooks.mail.addresses import addresses_in, distinct
from webhooks.mail.automatic import NULL_PATH, is_null_path
from webhooks.mail.fingerprint import fingerprint_of_bytes
from webhooks.mail.flatten import flatten
from webhooks.mail.parsed import ParsedFile, ParsedMail
from webhooks.mail.sandbox import ParsingFailed, Sandbox

if TYPE_CHECKING:
    from webhooks.mail.carried import ReadMail

ORIGINAL = "original mail.eml"

logger = logging.getLogger(__name__)
_sandbox = Sandbox()


def read_mail(
    source: bytes | Message,
    *,
    envelope_recipients: Sequence[str] = (),
    envelope_sender: str = "",
    stripped_text: str = "",
    is_spam: bool = False,
    dmarc: str = "",
    event_id: UUID | None = None,
    received_at: datetime | None = None,
) -> ReadMail:
    """The mail as the door in takes it; never raises on what a stranger sent, only ParserMissing.

    `source` is the raw mail (RFC 5322), or the message that a provider's view built of parsed
    fields. `stripped_text` is the provider's own idea of what was newly written, `dmarc` its verdict
    (pass, fail or nothing), `received_at` when it came in. What cannot be read comes back with the
    reason in `unreadable`, with the header fields that could be read, with a fingerprint of its
    bytes, and, like what is encrypted, whole as its last file, for a program that reads more.
    """
    raw = source if isinstance(source, bytes) else flatten(source)
    parsed = _parse(raw, stripped_text)
    recipients = [*_cleaned(envelope_recipients), *parsed.recipients]
    automatic = parsed.automatic or (NULL_PATH if is_null_path(envelope_sender) else "")
    # Imported here: the child process imports this package, too, and runs without Django.
    from gateway.inbound.messages import InboundFile
    from webhooks.mail.carried import ReadMail

    found = replace(parsed, recipients=distinct(recipients), automatic=automatic)
    is_whole = not (parsed.unreadable or parsed.encrypted)
    original = () if is_whole else (ParsedFile(ORIGINAL, "message/rfc822", raw),)
    files = tuple(InboundFile(**vars(file)) for file in (*parsed.files, *original))
    return ReadMail(
        **{**vars(found), "files": files},
        is_spam=is_spam,
        dmarc=dmarc,
        event_id=event_id,
        received_at=received_at,
    )


def _parse(raw: bytes, stripped_text: str) -> ParsedMail:
    if reason := limits.exceeded(raw):
        return _unreadable(raw, reason)
    try:
        return _sandbox.parse(raw, stripped_text)
    except ParsingFailed as failure:
        return _unreadable(raw, str(failure))


def _unreadable(raw: bytes, reason: str) -> ParsedMail:
    """What is left of a mail that may not or cannot be parsed: the beginning of its header."""
    logger.warning("A mail of %d bytes could not be read: %s", len(raw), reason)
    try:
        head = _sandbox.parse(limits.head_of(raw) + b"\n\n")
    except ParsingFailed:
        head = ParsedMail()
    return replace(
        head, fingerprint=fingerprint_of_bytes(raw), unreadable=reason, text="", quoted="", files=()
    )


def _cleaned(envelope: Sequence[str]) -> list[str]:
    return [address for value in envelope for address in addresses_in(value)]
