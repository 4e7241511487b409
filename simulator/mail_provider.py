"""Mail under way: into mailboxes here, or to the gateway as an inbound mail provider posts it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, getaddresses

from simulator.background import Background
from simulator.faults import Faults
from simulator.mail_clients import MailError
from simulator.mail_reading import parse, preview_of
from simulator.mails import ACCEPTED, INBOX, REFUSED, SENT, WAITING, Letter, Mails
from simulator.poster import Answer, Poster, Request

MIME_PATH = "/webhooks/email/mime/"
HOST = "mx.simulator"
RETRIES = 4
VERDICTS = ("pass", "fail", "none")


@dataclass(frozen=True)
class Posted:
    """One mail that was sent: its number in the sender's mailbox, and the gateway's answer.

    `answer` is None where no recipient is the gateway's.
    """

    number: int
    message_id: str
    answer: Answer | None


@dataclass(frozen=True)
class MailProvider:
    """Carries mail. `webhook` is the gateway's base; mail to `reply_domain` goes there."""

    mails: Mails
    faults: Faults
    poster: Poster
    background: Background
    webhook: str
    reply_domain: str

    async def send(
        self, message: EmailMessage, sender: str, recipients: Sequence[str], verdict: str = "pass"
    ) -> Posted:
        """Send what a person wrote; `verdict` is what SPF, DKIM and DMARC say of it.

        Raises MailError.
        """
        envelope = tuple(recipients) or envelope_of(message)
        if not envelope:
            raise MailError("Name at least one recipient.")
        if verdict not in VERDICTS:
            raise MailError(f"The verdict {verdict!r} is none of {', '.join(VERDICTS)}.")
        ours = [address for address in envelope if self.is_ours(address)]
        raw = message.as_bytes()
        letter = letter_of(raw, sender, sender, envelope, SENT, WAITING if ours else ACCEPTED)
        number = self.mails.add(letter)
        self.deliver(raw, sender, [address for address in envelope if not self.is_ours(address)])
        answer = None
        if ours:
            answer = await self._post(number, _stamped(raw, sender, verdict), ours)
        return Posted(number, letter.message_id, answer)

    def is_ours(self, address: str) -> bool:
        """Whether mail to this address belongs to the gateway."""
        return address.lower().rpartition("@")[2] == self.reply_domain.lower()

    def deliver(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Put a mail into the mailboxes of people."""
        for recipient in recipients:
            self.mails.add(letter_of(raw, recipient, sender, tuple(recipients), INBOX))

    def go_around(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Mail that the gateway itself sent to its own domain comes back in."""
        request = self._request(sender, _stamped(raw, sender, "pass"), recipients)
        self.background.start(self._post_until_taken(request))

    async def send_again(self, letter: Letter) -> Answer:
        """Post a sent mail once more, by hand."""
        ours = [address for address in letter.recipients if self.is_ours(address)]
        return await self._post(letter.id, _stamped(letter.raw, letter.sender, "pass"), ours)

    def carry_on(self) -> None:
        """Take up the mail that an earlier process still had to post."""
        for letter in self.mails.waiting():
            self.background.start(self.send_again(letter))

    async def _post(self, number: int, raw: bytes, recipients: Sequence[str]) -> Answer:
        request = self._request(f"mail {number}", raw, recipients)
        answer = await self._first_try(request)
        self._record(number, answer, final=not answer.worth_a_retry)
        if answer.worth_a_retry:
            self.background.start(self._retry(number, request, answer))
        return answer

    async def _first_try(self, request: Request) -> Answer:
        return await self.poster.send_as(request, self.faults.take("mail_duplicate"))

    async def _retry(self, number: int, request: Request, answer: Answer) -> None:
        self._record(number, await self.poster.send_again(request, answer, RETRIES), final=True)

    async def _post_until_taken(self, request: Request) -> None:
        await self.poster.send_again(request, await self._first_try(request), RETRIES)

    def _record(self, number: int, answer: Answer, *, final: bool) -> None:
        state = ACCEPTED if answer.accepted else REFUSED if final else WAITING
        self.mails.set_state(number, state, answer.status)

    def _request(self, subject: str, raw: bytes, recipients: Sequence[str]) -> Request:
        return self.poster.mail(subject, self.webhook + MIME_PATH, recipients, raw)


def envelope_of(message: EmailMessage) -> tuple[str, ...]:
    """The recipients that the headers name, each once."""
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
    found = (address for _, address in getaddresses(fields) if "@" in address)
    return tuple(dict.fromkeys(found))


def letter_of(
    raw: bytes,
    mailbox: str,
    sender: str,
    recipients: tuple[str, ...],
    folder: str,
    state: str = "delivered",
) -> Letter:
    """A raw mail as it lies in one mailbox."""
    message = parse(raw)
    return Letter(
        mailbox=mailbox.lower(),
        folder=folder,
        sender=sender,
        author=str(message.get("From", "")),
        recipients=recipients,
        subject=str(message.get("Subject", "")),
        message_id=str(message.get("Message-ID", "")).strip(),
        preview=preview_of(message),
        raw=raw,
        at=time.time(),
        unread=folder == INBOX,
        state=state,
    )


def _stamped(raw: bytes, sender: str, verdict: str) -> bytes:
    """What the receiving server writes on top (RFC 5321, section 4.4; RFC 8601)."""
    domain = sender.rpartition("@")[2]
    lines = [f"Return-Path: <{sender}>"]
    if verdict != "none":
        lines.append(
            f"Authentication-Results: {HOST}; spf={verdict} smtp.mailfrom={domain};"
            f" dkim={verdict} header.d={domain}; dmarc={verdict} header.from={domain}"
        )
    lines.append(f"Received: from mail.{domain} by {HOST} with ESMTPS; {formatdate()}")
    return "".join(f"{line}\r\n" for line in lines).encode() + raw
