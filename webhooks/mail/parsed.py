"""What the parsing process hands back: plain values, without Django."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ParsedFile:
    """A part that is kept as a file. `name` is safe to show, `content_id` is without its brackets."""

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""


@dataclass(frozen=True)
class Report:
    """What became of a mail for one recipient (RFC 3464 section 2.3), as a mail server reports it.

    `action` is failed, delayed, delivered, relayed or expanded; `status` a code like 5.1.1 (RFC 3463).
    The mail is known by its `message_id`, or by `reference`, the last of its References, where our
    id also travels when a provider replaced the other.
    """

    recipient: str
    action: str
    status: str
    message_id: str
    reference: str = ""


@dataclass(frozen=True)
class ParsedMail:
    """One mail, parsed. `recipients` are those of its header fields, in order of evidence.

    `text` is what was newly written and `quoted` what was cut from it; `ours` are the lines of `text`
    that a mail of ours brought. `automatic` says why it counts as written by a machine. `unreadable` says
    why its content could not be read; `encrypted` that only the right key opens it, `signed` that it is,
    which nobody checks. `reports` are those of a delivery report.
    """

    fingerprint: str = ""
    recipients: tuple[str, ...] = ()
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    text: str = ""
    quoted: str = ""
    ours: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    automatic: str = ""
    unreadable: str = ""
    encrypted: bool = False
    signed: bool = False
    files: tuple[ParsedFile, ...] = ()
    reports: tuple[Report, ...] = ()
