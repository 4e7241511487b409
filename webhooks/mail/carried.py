"""A mail for the door in, with what it carries for the outbox. Needs Django, unlike the parser."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.inbound.messages import InboundMail
from webhooks.mail.parsed import Report


@dataclass(frozen=True)
class ReadMail(InboundMail):
    """A mail, read. `reports` say what became of mails that we sent."""

    reports: tuple[Report, ...] = ()
