"""Keeps files in which a program tells a member's private address out of what goes to a customer."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from gateway.inbound.own_addresses import addresses_of_members
from gateway.models import Attachment, Membership

# Calendars, cards and mails: programs write addresses into them, and the first two to each mail.
_TYPES = frozenset(
    (
        *("text/calendar", "text/x-vcalendar", "application/ics"),
        *("text/vcard", "text/x-vcard", "text/directory", "message/rfc822"),
    )
)
_ENDINGS = (".ics", ".vcs", ".vcf", ".vcard", ".eml")
# Keys and signatures bear his address, and so does the whole mail as Outlook packs it.
_OF_THE_WRITER = frozenset(
    (
        *("application/pgp-keys", "application/pgp-signature"),
        *("application/pkcs7-signature", "application/x-pkcs7-signature"),
        *("application/ms-tnef", "application/vnd.ms-tnef"),
    )
)
# RFC 5322 section 2.2.3, RFC 5545 section 3.1, RFC 6350 section 3.2: anywhere within a word.
_FOLD = re.compile(rb"\r?\n[ \t]")
_BASE64 = re.compile(rb"^(?:[A-Za-z0-9+/]{4,}+={0,2}\r?\n?)++", re.MULTILINE)


def without_private(
    files: Iterable[Attachment], author: Membership, written_from: str
) -> tuple[list[Attachment], list[Attachment]]:
    """The files of a member's mail that may go to a customer, and those that tell a private address.

    `written_from` is the address that the mail came from.
    """
    usual = [file for file in files if file.content_type not in _OF_THE_WRITER]
    if not any(map(_may_tell, usual)):
        return usual, []
    addresses = _pattern([written_from, *addresses_of_members(author)])
    private = [file for file in usual if _may_tell(file) and _tells(addresses, file)]
    return [file for file in usual if file not in private], private


def why_kept_back(private: list[Attachment]) -> str:
    """What the people of the business read beside the answer of the files that stayed back; or nothing."""
    if not private:
        return ""
    names = ", ".join(file.name for file in private)
    note = _("Not sent along, because a private address of your business is in it: %(files)s.")
    return note % {"files": names}


def _may_tell(file: Attachment) -> bool:
    is_such = file.content_type in _TYPES or file.name.lower().endswith(_ENDINGS)
    return is_such and bool(file.file)


def _pattern(addresses: Iterable[str]) -> list[re.Pattern[bytes]]:
    """Each in small letters, with or without what may stand behind a plus (RFC 5233)."""
    halves = (address.lower().encode().partition(b"@") for address in {*addresses} if address)
    return [
        re.compile(re.escape(local) + rb"(?:\+[\w-]{1,40})?@" + re.escape(domain))
        for local, _at, domain in halves
    ]


def _tells(addresses: list[re.Pattern[bytes]], file: Attachment) -> bool:
    with file.file.open("rb") as stored:
        forms = [_FOLD.sub(b"", form).lower() for form in _forms(stored.read())]
    return any(address.search(form) for address in addresses for form in forms)


def _forms(data: bytes) -> Iterator[bytes]:
    """The bytes as they are, and with what they hold in the two transfer encodings (RFC 2045 section 6)."""
    yield data
    yield binascii.a2b_qp(data)
    for block in _BASE64.finditer(data):
        encoded = re.sub(rb"[\r\n=]", b"", block[0])
        yield binascii.a2b_base64(encoded[: len(encoded) // 4 * 4])
