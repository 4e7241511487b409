"""One raw mail as plain values. Runs in the child process; imports nothing of Django."""

from __future__ import annotations

from email import policy
from email.message import Message
from email.parser import BytesParser

from webhooks.mail import addresses, armour
from webhooks.mail.answering import answers_one, goes_to_a_reply_address
from webhooks.mail.automatic import reason_automatic
from webhooks.mail.fingerprint import fingerprint
from webhooks.mail.headers import Headers, one_line
from webhooks.mail.old_report import old_reports_in
from webhooks.mail.parsed import ParsedMail
from webhooks.mail.reply import Reply, newly_written
from webhooks.mail.report import reports_in
from webhooks.mail.walk import Content, walk

MAX_SUBJECT = 255
# What mail programs put before the subject of a mail that is passed on, in many languages. Not "vs":
# Danish and Norwegian programs pass on with it, and Finnish ones answer.
_FORWARD_PREFIXES = frozenset(
    (
        *("fwd", "fw", "wg", "tr", "rv", "enc", "doorst", "vb", "vl", "pd", "i", "tov", "trs"),
        *("\u8f6c\u53d1", "\u8f49\u5bc4", "\u03c0\u03c1\u03b8"),
    )
)


def parse(raw: bytes, stripped_text: str = "") -> ParsedMail:
    """Everything that the gateway wants to know of a mail.

    `stripped_text` is the provider's idea of what was newly written, or nothing.
    """
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    content, headers = walk(message), Headers(message)
    plain, is_signed = armour.without_signature(content.plain)
    content.signed |= is_signed
    reply = newly_written(plain, content.html, stripped_text, whole=_is_whole(headers))
    return _assemble(message, headers, content, reply)


def _is_whole(headers: Headers) -> bool:
    """Whether all of it is content: it passes a mail on, or answers none."""
    is_answer = answers_one(headers) or goes_to_a_reply_address(headers)
    return not is_answer or _is_forwarded(headers.text("Subject"))


def _is_forwarded(subject: str) -> bool:
    prefix, colon, _ = subject.replace("\uff1a", ":").partition(":")
    return bool(colon) and prefix.strip().lower() in _FORWARD_PREFIXES


def _assemble(message: Message, headers: Headers, content: Content, reply: Reply) -> ParsedMail:
    from_address, from_name = addresses.sender(headers)
    automatic = reason_automatic(headers, from_address, from_name)
    text, has_ciphertext = armour.without_ciphertext(reply.text)
    reports = reports_in(message) or (old_reports_in(message) if automatic else ())
    return ParsedMail(
        fingerprint=fingerprint(message),
        recipients=addresses.recipients(headers),
        from_address=from_address,
        from_name=from_name,
        subject=one_line(headers.text("Subject"), MAX_SUBJECT),
        text="\n\n".join(filter(None, (text, *content.events))),
        quoted=reply.quoted,
        ours=reply.ours,
        message_id=next(iter(addresses.ids_in(headers.all("Message-ID"))), ""),
        in_reply_to=addresses.ids_in(headers.all("In-Reply-To")),
        references=addresses.ids_in(headers.all("References")),
        automatic=automatic,
        encrypted=content.encrypted or has_ciphertext,
        signed=content.signed,
        files=tuple(content.files),
        reports=reports,
    )
