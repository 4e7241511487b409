"""The parts of a parsed mail: what is to be read, and what is kept as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesParser

from webhooks.mail import charset, limits, parameters, tnef
from webhooks.mail.cms import signed_content
from webhooks.mail.flatten import flatten
from webhooks.mail.flowed import unflow
from webhooks.mail.headers import Headers, one_line
from webhooks.mail.hypertext import PAGE_END, text_of_html
from webhooks.mail.invitation import in_words
from webhooks.mail.names import display_name
from webhooks.mail.parsed import ParsedFile
from webhooks.mail.transfer import content_of

# Bytes. What is longer is no letter: it is handed on as a file.
MAX_TEXT = 1024 * 1024
MAX_CONTENT_ID = 255
_TYPE = re.compile(r"[a-z0-9][\w.+-]{0,60}/[a-z0-9][\w.+-]{0,60}", re.ASCII)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
_ENVELOPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SEALED = frozenset(("enveloped-data", "authenveloped-data"))  # RFC 8551 section 3.2.2
_PACKED = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_CALENDARS = frozenset(("text/calendar", "application/ics"))
MAX_EVENTS = 3
_HEADER = re.compile(rb"\s{0,20}[A-Za-z-]{1,40}:")
# Other forms of the same text for programs that ask for them.
_DUPLICATES = frozenset(("text/x-amp-html", "text/watch-html"))


@dataclass(frozen=True)
class Passage:
    """A piece of the letter, in one form or in both."""

    plain: str = ""
    html: str = ""


@dataclass
class Content:
    """What the walk found. `encrypted`: only the recipient's key opens the letter. `events` are calendars in words."""

    passages: list[Passage] = field(default_factory=list)
    files: list[ParsedFile] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    signed: bool = False
    encrypted: bool = False

    @property
    def plain(self) -> str:
        """The letter as text, unless all of it is HTML; passages in HTML between others are read."""
        if not any(passage.plain for passage in self.passages):
            return ""
        forms = (passage.plain or text_of_html(passage.html) for passage in self.passages)
        return "\n".join(form for form in forms if form)

    @property
    def html(self) -> str:
        """The letter as HTML, where the whole of it came in that form; its pages end with PAGE_END."""
        if all(passage.html for passage in self.passages):
            return _one_page(self.passages)
        return ""


def walk(message: Message) -> Content:
    """The letter and the files of a mail. The text of attached mails is never taken as the letter."""
    content = Content()
    _visit(message, content)
    return content


def leaves(message: Message) -> Iterator[Message]:
    """Every part that holds bytes, those of attached mails as well."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart():
            waiting.extend(reversed(children(part)))
        else:
            yield part


def children(part: Message) -> list[Message]:
    """The parts of a part, or the mails attached in it."""
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Message)]
        if isinstance(payload, list)
        else []
    )


def _visit(part: Message, content: Content) -> None:
    content_type, details = parameters.parse(Headers(part).get("Content-Type"))
    # The parts of a digest are mails, where they do not say otherwise (RFC 2046 section 5.1.5).
    content_type = content_type or part.get_default_type()
    if not part.is_multipart():
        _visit_leaf(part, content_type, details, content)
    elif not content_type.startswith("multipart/"):
        _keep_attached(part, content_type, content)
    elif content_type == "multipart/alternative":
        _visit_alternatives(part, content)
    else:
        content.encrypted |= content_type == "multipart/encrypted"
        content.signed |= content_type == "multipart/signed"
        for child in children(part):
            _visit(child, content)


def _visit_alternatives(part: Message, content: Content) -> None:
    """One letter in several forms; parts of one form may be spread around pictures."""
    inner = Content(files=content.files, events=content.events)
    for child in children(part):
        _visit(child, inner)
    content.signed |= inner.signed
    content.encrypted |= inner.encrypted
    plain = "\n".join(passage.plain for passage in inner.passages if passage.plain)
    html = _one_page(inner.passages)
    if plain or html:
        content.passages.append(Passage(plain, html))


def _one_page(passages: list[Passage]) -> str:
    """All passages in HTML, none of which reaches into the next."""
    return PAGE_END.join(passage.html for passage in passages if passage.html)


def _visit_leaf(
    part: Message, content_type: str, details: dict[str, str], content: Content
) -> None:
    headers = Headers(part)
    disposition, placed = parameters.parse(headers.get("Content-Disposition"))
    name = placed.get("filename") or details.get("name", "")
    data = content_of(part)
    first = not content.passages and not content.files
    letter = disposition != "attachment" and (not name or first) and len(data) <= MAX_TEXT
    if content_type == "text/html" and letter:
        _add(content, Passage(html=_html(data, details)))
    elif content_type in {"text/plain", "text"} and letter:
        _add(content, Passage(plain=_plain(data, details)))
    elif _is_envelope(content_type, name, details) and _opened(data, content):
        content.signed = True
    elif content_type not in _DUPLICATES and (data or name):
        content.files.append(_file(headers, content_type, name, data, len(content.files) + 1))
        if content_type in _CALENDARS or name.lower().endswith(".ics"):
            _tell(in_words(data, details.get("method", "")), content)
        elif content_type in _PACKED or name.lower() == "winmail.dat":
            _unpack(data, content)


def _is_envelope(content_type: str, name: str, details: dict[str, str]) -> bool:
    """Whether it is the letter in its envelope, not a document in one (`invoice.xml.p7m`), which is a file."""
    sealed = details.get("smime-type", "").lower() in _SEALED
    return name.lower() == "smime.p7m" or (content_type in _ENVELOPES and (sealed or not name))


def _opened(envelope: bytes, content: Content) -> bool:
    """Reads the mail in an envelope that is only signed; False where it is sealed, or holds no mail."""
    inside = signed_content(envelope)
    if inside is None or limits.exceeded(inside):
        content.encrypted = True
        return False
    if not _HEADER.match(inside):
        return False
    _visit(BytesParser(policy=policy.compat32).parsebytes(inside), content)
    return True


def _tell(words: str, content: Content) -> None:
    if words and words not in content.events and len(content.events) < MAX_EVENTS:
        content.events.append(words)


def _unpack(data: bytes, content: Content) -> None:
    """Adds what Outlook packed; its letter only where the mail has none besides."""
    packed = tnef.unpack(data)
    if not content.passages and max(len(packed.plain), len(packed.html)) <= MAX_TEXT:
        _add(content, Passage(packed.plain, packed.html))
    for file in packed.files:
        kind = file.content_type.lower()
        known = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
        name = display_name(file.name, len(content.files) + 1, known)
        content_id = file.content_id.strip("<> \t")[:MAX_CONTENT_ID]
        content.files.append(ParsedFile(name, known, file.content, content_id))


def _add(content: Content, passage: Passage) -> None:
    if passage.plain.strip() or passage.html.strip():
        content.passages.append(passage)


def _plain(data: bytes, details: dict[str, str]) -> str:
    text = charset.decode(data, details.get("charset", ""))
    if details.get("format", "").lower() == "flowed":
        return unflow(text, details.get("delsp", "").lower() == "yes")
    return text


def _html(data: bytes, details: dict[str, str]) -> str:
    declared = details.get("charset", "")
    if not declared and (meta := _META_CHARSET.search(data, 0, 2_000)):
        declared = meta[1].decode("ascii")
    return charset.decode(data, declared)


def _keep_attached(part: Message, content_type: str, content: Content) -> None:
    attached = children(part)
    data = b"".join(flatten(child) for child in attached)
    headers = Headers(part)
    name = _given_name(headers)
    if not name and content_type == "message/rfc822" and attached:
        subject = one_line(Headers(attached[0]).text("Subject"), 100)
        name = f"{subject}.eml".replace("/", "-") if subject else ""
    content.files.append(_file(headers, content_type, name, data, len(content.files) + 1))


def _given_name(headers: Headers) -> str:
    _, details = parameters.parse(headers.get("Content-Type"))
    _, placed = parameters.parse(headers.get("Content-Disposition"))
    return placed.get("filename") or details.get("name", "")


def _file(headers: Headers, content_type: str, name: str, data: bytes, number: int) -> ParsedFile:
    known = content_type if _TYPE.fullmatch(content_type) else "application/octet-stream"
    content_id = headers.get("Content-ID").strip("<> \t")[:MAX_CONTENT_ID]
    return ParsedFile(display_name(name, number, known), known, data, content_id)
