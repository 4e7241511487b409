"""A raw mail as a person sees it: headers, text, HTML, attachments."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

# Long lines stay whole: folding a long Message-ID would turn it into an encoded word.
POLICY = SMTP.clone(max_line_length=998)
PREVIEW = 140  # characters


@dataclass(frozen=True)
class Part:
    """An attachment, or an inline picture with its Content-ID."""

    index: int
    name: str
    content_type: str
    content: bytes
    content_id: str = ""


def parse(raw: bytes) -> EmailMessage:
    """The mail as an object; broken mail gives what can be read of it."""
    return message_from_bytes(raw, _class=EmailMessage, policy=POLICY)


def text_of(message: EmailMessage) -> str:
    """The plain text part, or an empty string."""
    return _body(message, "plain")


def html_of(message: EmailMessage) -> str:
    """The HTML part, or an empty string."""
    return _body(message, "html")


def preview_of(message: EmailMessage) -> str:
    """The first words of the text."""
    return " ".join(text_of(message).split())[:PREVIEW]


def parts_of(message: EmailMessage) -> list[Part]:
    """Everything beside text and HTML bodies."""
    return [
        Part(
            index=index,
            name=part.get_filename() or f"part-{index}",
            content_type=part.get_content_type(),
            content=_content(part),
            content_id=str(part.get("Content-ID", "")).strip("<> "),
        )
        for index, part in enumerate(_attached(message))
    ]


def shown_html(message: EmailMessage, address_of_part: str) -> str:
    """The HTML part to show in a frame: inline pictures come from `address_of_part` + index."""
    body = html_of(message) or f"<pre>{html.escape(text_of(message))}</pre>"
    for part in parts_of(message):
        if part.content_id:
            body = body.replace(f"cid:{part.content_id}", f"{address_of_part}{part.index}")
    return f'<base target="_blank">{body}'


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that does not exist
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _attached(message: EmailMessage) -> Iterator[EmailMessage]:
    bodies = [id(message.get_body((kind,))) for kind in ("plain", "html")]
    for part in message.walk():
        if not part.is_multipart() and id(part) not in bodies and isinstance(part, EmailMessage):
            yield part


def _content(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
