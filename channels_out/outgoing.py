"""What passes between the outbox and an adapter."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from channels_out.errors import SendError
from channels_out.state import State

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StoredFile:
    """A file in Django's default storage; `name` is what the reader sees."""

    name: str
    content_type: str
    path: str


@dataclass(slots=True)
class Rendered:
    """One message, ready to be sent.

    `from_header` and `reply_to` are whole header values; `envelope_from` is the address bounces
    go to (RFC 5321 section 4.5.5), by default the address in `from_header`. `cc` are the plain
    addresses, in lower case, that a mail is copied to, for all its readers to see. `media_urls` are
    public URLs for MMS and WhatsApp; `content_sid` and `content_variables` name an approved
    WhatsApp template, which then replaces `text`.
    """

    text: str
    subject: str = ""
    html: str = ""
    headers: Pairs = ()
    from_header: str = ""
    reply_to: str = ""
    cc: tuple[str, ...] = ()
    envelope_from: str = ""
    attachments: tuple[StoredFile, ...] = ()
    media_urls: tuple[str, ...] = ()
    content_sid: str = ""
    content_variables: Pairs = ()

    def to_payload(self) -> dict[str, Any]:
        """This message as JSON for `Delivery.payload`, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """The message that `to_payload` wrote."""
        fields: dict[str, Any] = {"text": ""}
        for name, value in payload.items():
            fields[name] = _READ[name](value) if name in _READ else value
        return cls(**fields)


def _pairs(value: list[list[str]]) -> Pairs:
    return tuple((key, said) for key, said in value)


def _files(value: list[dict[str, str]]) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(**file) for file in value)


# What JSON has no type for.
_READ: dict[str, Callable[[Any], Any]] = {
    "headers": _pairs,
    "content_variables": _pairs,
    "attachments": _files,
    "cc": tuple,
    "media_urls": tuple,
}


@dataclass(slots=True)
class Outgoing:
    """One attempt to send one message to one address, as an adapter gets it.

    Addresses are plain ("+15550100"), without a transport's prefix. `attempt_id` is in
    `status_callback`, so that a report finds us before our own commit.
    """

    attempt_id: UUID
    channel: str
    sender_address: str
    account: str
    messaging_service: str
    to_address: str
    rendered: Rendered
    status_callback: str
    message_id: str


@dataclass(frozen=True)
class Sent:
    """The provider's yes: who took it, under which id, how far it is, and why it ended if it did.

    `refused` are the addresses of copies that it would not write to, each with one of `COPY_FAILED`.
    """

    provider: str
    provider_id: str
    status: State = State.SENT
    account: str = ""
    error: SendError | None = None
    refused: Pairs = ()

    @property
    def is_plain(self) -> bool:
        """Whether it says that the message is on its way, and no more."""
        return self.status == State.SENT and self.error is None and not self.refused


@dataclass(frozen=True)
class Found:
    """A message the provider holds that may be ours."""

    provider: str
    provider_id: str
    status: State
    created_at: datetime
    account: str = ""
    error_code: str = ""


@dataclass(frozen=True)
class Heard:
    """A message that somebody sent to one of our numbers, as far as the provider's list tells.

    Addresses are plain. `files` says how many came along, `sent_at` is the provider's time.
    """

    provider_id: str
    account: str
    from_address: str
    to_address: str
    text: str
    sent_at: datetime
    messaging_service: str = ""
    files: int = 0


@dataclass(frozen=True)
class HeardFile:
    """A file of such a message: where the provider keeps it, and what it says that it is."""

    url: str
    content_type: str


@dataclass(frozen=True)
class Standing:
    """How far the provider says that one of our messages is: its word, by the tables of `statuses`, and since when.

    Of a mail, `recipient` is whom it is about, and `posted` the JSON that its webhook would have posted.
    """

    word: str
    error_code: str
    at: datetime
    recipient: str = ""
    posted: Mapping[str, Any] = field(default_factory=dict)
