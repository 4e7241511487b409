"""What the door in takes, whatever brought it, and what it answers.

`language` of each is what the door finds the text to be written in.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from gateway.models import Business, CustomerMessage, HeldItem, Membership, MessageReply, Seal


class Outcome(models.TextChoices):
    """How the taking in of a message ended."""

    FILED = "filed", _("Filed under a conversation")
    RELAYED = "relayed", _("An owner's answer, on its way to the customer")
    DUPLICATE = "duplicate", _("Taken in before")
    HELD = "held", _("Stored; a person must settle it")
    AUTOMATIC = "automatic", _("Written by a machine; stored, never relayed")
    SPAM = "spam", _("Stored as spam")
    REFUSED = "refused", _("Refused, with the reason")
    NOTED = "noted", _("Nothing to file; what it changed is said beside")


@dataclass(frozen=True)
class InboundFile:
    """A file that came along: its bytes, or the address where the provider keeps them."""

    name: str
    content_type: str
    content: bytes = b""
    source_url: str = ""
    content_id: str = ""


@dataclass(frozen=True)
class InboundForm:
    """What a customer sent by the form or the REST call, or what a member took down of him.

    `taken_by` is that member; then `reply_by` is the channel on which he writes back, and
    `consent_source` how the customer agreed to that.
    """

    channel: ClassVar[Channel] = Channel.WEB

    business: Business
    sender_name: str
    sender_email: str
    sender_phone: str
    subject: str
    text: str
    recipient: Any = None
    sender: Any = None
    listing: models.Model | None = None
    reply_by: str = ""
    consent: str = ""
    consent_source: str = ""
    taken_by: Membership | None = None
    context: dict[str, Any] | None = None
    language: str = ""


@dataclass(frozen=True)
class InboundFollowUp:
    """What a customer wrote next on the page behind the signed link. `key` is one for one sent form."""

    channel: ClassVar[Channel] = Channel.WEB

    key: str
    message: CustomerMessage
    text: str
    files: tuple[InboundFile, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class InboundText:
    """An SMS, MMS or WhatsApp message. `key` is what makes it unique: provider, account and id.

    `received_at` is when the provider handed it over; None is now. `pressed` is what a button of ours
    sends back beside its words. `alias` is what the same request names its writer besides: a WhatsApp
    user's id where `from_address` is his number, or the number. `opt_out` is what the provider took it
    for: STOP, START, HELP, or nothing. `recovered_at` is when we asked the provider for it, who had not
    handed it over: then `received_at` is when it was sent.
    """

    key: str
    channel: Channel
    our_address: str
    from_address: str
    text: str
    from_name: str = ""
    alias: str = ""
    quoted_id: str = ""
    pressed: str = ""
    account: str = ""
    messaging_service: str = ""
    opt_out: str = ""
    files: tuple[InboundFile, ...] = ()
    event_id: uuid.UUID | None = None
    received_at: datetime | None = None
    recovered_at: datetime | None = None
    language: str = ""


@dataclass(frozen=True)
class InboundMail:
    """A mail, read. `recipients` in order of evidence: envelope, Delivered-To, X-Original-To, To, Cc.

    `fingerprint` is one value for one mail, however often and to whichever recipient it is handed over.
    `automatic` says why it counts as written by a machine, or is empty. `dmarc` is the provider's
    verdict (RFC 7489): pass, fail, or empty when there is none. `text` is what was newly written,
    `quoted` what was cut from it; `ours` are the lines of `text` that a mail of ours brought, between
    which it was answered. `encrypted` says that we cannot read it, `signed` that its writer's
    program has signed it. `received_at` is when it was handed over to us; None is now.
    """

    channel: ClassVar[Channel] = Channel.EMAIL

    fingerprint: str
    recipients: tuple[str, ...]
    from_address: str
    from_name: str = ""
    subject: str = ""
    text: str = ""
    quoted: str = ""
    ours: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    automatic: str = ""
    is_spam: bool = False
    dmarc: str = ""
    files: tuple[InboundFile, ...] = ()
    event_id: uuid.UUID | None = None
    unreadable: str = ""
    encrypted: bool = False
    signed: bool = False
    received_at: datetime | None = None
    language: str = ""

    @property
    def seal(self) -> str:
        """What its writer's program put around it."""
        if self.encrypted:
            return Seal.ENCRYPTED
        return Seal.SIGNED if self.signed else ""


@dataclass(frozen=True)
class Received:
    """How one inbound message ended, and what it became."""

    outcome: Outcome
    detail: str = ""
    message: CustomerMessage | None = None
    reply: MessageReply | None = None
    held: HeldItem | None = None

    @classmethod
    def filed(cls, written: CustomerMessage | MessageReply, automatic: str = "") -> Received:
        """What was filed: a new conversation or an addition; as spam where the conversation is."""
        reply = written if isinstance(written, MessageReply) else None
        message = written if isinstance(written, CustomerMessage) else written.message
        if automatic:
            return cls(Outcome.AUTOMATIC, automatic, message, reply)
        return cls(Outcome.SPAM if message.is_spam else Outcome.FILED, "", message, reply)
