"""One value for one mail, however often and to whichever recipient it is handed over."""

from __future__ import annotations

import hashlib
from email.message import Message

from webhooks.mail.addresses import addresses_in
from webhooks.mail.headers import Headers, one_line
from webhooks.mail.transfer import content_of
from webhooks.mail.walk import leaves


def fingerprint(message: Message) -> str:
    """SHA-256 over Message-ID, From, Date, To, Cc and what the parts hold.

    The envelope and the trace fields of relays differ between two copies of one mail and are left
    out; two mails that share a Message-ID differ in the rest. Without a Message-ID every field
    counts: two letters that only say "ok" are told apart by their traces alone.
    """
    headers = Headers(message)
    digest = hashlib.sha256()
    if not headers.get("Message-ID").strip():
        fields = "\n".join(f"{name}: {value}" for name, value in message.raw_items())
        digest.update(fields.encode("utf-8", "surrogateescape"))
    for field in ("Message-ID", "From", "Date"):
        digest.update(f"{one_line(headers.get(field))}\n".encode())
    for field in ("To", "Cc"):
        addresses = {address for value in headers.all(field) for address in addresses_in(value)}
        digest.update(f"{' '.join(sorted(addresses))}\n".encode())
    for leaf in leaves(message):
        if content := _content(leaf):
            digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def fingerprint_of_bytes(raw: bytes) -> str:
    """The value for a mail that cannot be parsed."""
    return hashlib.sha256(raw).hexdigest()


def _content(part: Message) -> bytes:
    """Relays change line ends and transfer encodings, not what they carry."""
    return content_of(part).replace(b"\r\n", b"\n").rstrip(b"\n")
