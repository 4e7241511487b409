"""How mail programs write: what they put around an answer, in text, HTML and headers."""

import html
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr, parsedate_to_datetime

from simulator.attachments import Attachment
from simulator.mail_reading import POLICY, html_of, text_of


class MailError(ValueError):
    """A mail that cannot be written; the text says what to do."""


@dataclass(frozen=True)
class Draft:
    """What a person wants to send. `headers` are added, or replace the program's own."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    cc: tuple[str, ...] = ()
    html: str = ""
    style: str = "plain"
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Quoted:
    """The mail that is answered, as programs quote it."""

    name: str
    address: str
    to: str
    subject: str
    date: datetime
    text: str
    html: str

    @property
    def lines(self) -> str:
        """The text with a mark before each line."""
        return "\n".join(f"> {line}".rstrip() for line in self.text.rstrip().splitlines())


@dataclass(frozen=True)
class Style:
    """One mail program: its headers, its ids, and how it quotes."""

    headers: Mapping[str, str]
    new_id: Callable[[], str]
    quote_text: Callable[[str, Quoted], str]
    quote_html: Callable[[str, Quoted], str] | None


def compose(draft: Draft) -> EmailMessage:
    """A new mail. Raises MailError."""
    return _built(draft, draft.text, draft.html)


def answer(original: EmailMessage, draft: Draft) -> EmailMessage:
    """An answer to a mail: to its Reply-To, in its thread, quoting it. Raises MailError."""
    style, quoted = _style(draft.style), _quoted(original)
    written = draft.html or _paragraphs(draft.text)
    rich = style.quote_html(written, quoted) if style.quote_html else ""
    message = _built(draft, style.quote_text(draft.text, quoted), rich)
    _thread(message, original)
    return message


def answered_address(original: EmailMessage) -> str:
    """Where an answer goes."""
    return str(original.get("Reply-To") or original.get("From", ""))


def answer_subject(original: EmailMessage) -> str:
    """The subject with one `Re:` before it."""
    subject = str(original.get("Subject", ""))
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _style(name: str) -> Style:
    style = STYLES.get(name)
    if style is None:
        raise MailError(f"There is no mail program {name!r}; choose one of {', '.join(STYLES)}.")
    return style


def _built(draft: Draft, text: str, rich: str) -> EmailMessage:
    style = _style(draft.style)
    message = EmailMessage(policy=POLICY)
    own = {
        "From": draft.sender,
        "To": ", ".join(draft.to),
        "Cc": ", ".join(draft.cc),
        "Subject": draft.subject,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": style.new_id(),
        **style.headers,
    }
    replaced = {name.lower() for name in draft.headers}
    for name, value in own.items():
        if value and name.lower() not in replaced:
            _put(message, name, value)
    for name, value in draft.headers.items():
        _put(message, name, value)
    message.set_content(text.rstrip("\n") + "\n")
    if rich:
        message.add_alternative(rich, subtype="html")
    for attachment in draft.attachments:
        _attach(message, attachment)
    return message


def _put(message: EmailMessage, name: str, value: str) -> None:
    try:
        message[name] = value
    except ValueError as error:
        raise MailError(f"The header {name} cannot hold {value!r}: {error}") from error


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.content_type.partition("/")
    message.add_attachment(
        attachment.content,
        maintype=main or "application",
        subtype=sub or "octet-stream",
        filename=attachment.name,
    )


def _thread(message: EmailMessage, original: EmailMessage) -> None:
    """In-Reply-To and References (RFC 5322, section 3.6.4)."""
    identifier = str(original.get("Message-ID", "")).strip()
    if not identifier:
        return
    earlier = original.get("References") or original.get("In-Reply-To") or ""
    for name, value in (
        ("In-Reply-To", identifier),
        ("References", " ".join([*str(earlier).split(), identifier])),
    ):
        if name not in message:
            message[name] = value


def _quoted(original: EmailMessage) -> Quoted:
    name, address = parseaddr(str(original.get("From", "")))
    text = text_of(original)
    return Quoted(
        name=name or address,
        address=address,
        to=str(original.get("To", "")),
        subject=str(original.get("Subject", "")),
        date=_date(original),
        text=text,
        html=html_of(original) or _paragraphs(text),
    )


def _date(original: EmailMessage) -> datetime:
    try:
        return parsedate_to_datetime(str(original["Date"]))
    except ValueError:  # no date, or none that can be read
        return datetime.now(UTC)


def _paragraphs(text: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.splitlines())


def _gmail_text(text: str, quoted: Quoted) -> str:
    return f"{text}\n\n{_gmail_line(quoted)}\n\n{quoted.lines}\n"


def _gmail_line(quoted: Quoted) -> str:
    date = f"{quoted.date:%a, %b} {quoted.date.day}, {quoted.date:%Y at %-I:%M\u202f%p}"
    return f"On {date} {quoted.name} <{quoted.address}> wrote:"


def _gmail_html(written: str, quoted: Quoted) -> str:
    line = html.escape(_gmail_line(quoted))
    return (
        f'<div dir="ltr">{written}</div><br>'
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{line}'
        '<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
        f'border-left:1px solid rgb(204,204,204);padding-left:1ex">{quoted.html}</blockquote></div>'
    )


def _outlook_text(text: str, quoted: Quoted) -> str:
    head = (
        f"From: {quoted.name} <{quoted.address}>\n"
        f"Sent: {quoted.date:%A, %B} {quoted.date.day}, {quoted.date:%Y %-I:%M %p}\n"
        f"To: {quoted.to}\nSubject: {quoted.subject}"
    )
    return f"{text}\n\n________________________________\n{head}\n\n{quoted.text}\n"


def _outlook_html(written: str, quoted: Quoted) -> str:
    sent = f"{quoted.date:%A, %B} {quoted.date.day}, {quoted.date:%Y %-I:%M %p}"
    rows = (
        ("From", f"{quoted.name} &lt;{quoted.address}&gt;"),
        ("Sent", sent),
        ("To", html.escape(quoted.to)),
        ("Subject", html.escape(quoted.subject)),
    )
    head = "<br>".join(f"<b>{name}:</b> {value}" for name, value in rows)
    return (
        f'<html><body dir="ltr"><div class="elementToProof">{written}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{head}</font>'
        f"<div>&nbsp;</div></div><div>{quoted.html}</div></body></html>"
    )


def _apple_text(text: str, quoted: Quoted) -> str:
    return f"{text}\n\n{_apple_line(quoted)}\n> \n{quoted.lines}\n"


def _apple_line(quoted: Quoted) -> str:
    date = f"{quoted.date.day} {quoted.date:%b %Y, at %H:%M}"
    return f"On {date}, {quoted.name} <{quoted.address}> wrote:"


def _apple_html(written: str, quoted: Quoted) -> str:
    line = html.escape(_apple_line(quoted))
    return (
        '<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">'
        f'{written}<br><div><br><blockquote type="cite"><div>{line}</div>'
        f'<br class="Apple-interchange-newline"><div>{quoted.html}</div>'
        "</blockquote></div><br></body></html>"
    )


def _plain_text(text: str, quoted: Quoted) -> str:
    line = f"On {quoted.date:%a, %b %d, %Y at %H:%M:%S %z}, {quoted.name} wrote:"
    return f"{text}\n\n{line}\n{quoted.lines}\n"


STYLES = {
    "gmail": Style(
        headers={},
        new_id=lambda: f"<CA{secrets.token_urlsafe(36)}@mail.gmail.com>",
        quote_text=_gmail_text,
        quote_html=_gmail_html,
    ),
    "outlook": Style(
        headers={"Accept-Language": "en-US", "Content-Language": "en-US"},
        new_id=lambda: f"<{secrets.token_hex(12).upper()}@AM9PR01MB0001.prod.outlook.com>",
        quote_text=_outlook_text,
        quote_html=_outlook_html,
    ),
    "apple": Style(
        headers={"X-Mailer": "Apple Mail (2.3826.700.81)"},
        new_id=lambda: f"<{secrets.token_hex(16).upper()}@mail.simulator>",
        quote_text=_apple_text,
        quote_html=_apple_html,
    ),
    "plain": Style(
        headers={"User-Agent": "Mutt/2.2.12"},
        new_id=lambda: f"<{secrets.token_urlsafe(12)}@mail.simulator>",
        quote_text=_plain_text,
        quote_html=None,
    ),
}
