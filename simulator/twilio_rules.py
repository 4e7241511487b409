"""What the provider checks before it accepts a message."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from simulator.addresses import can_receive, can_send, channel_of
from simulator.consent import Consent
from simulator.messages import NO_EXTRAS, Extras, Media, Message, Messages, new_sid
from simulator.segments import count_segments
from simulator.settings import Settings
from simulator.templates import OF_THE_ACCOUNT
from simulator.twilio_errors import refuse

MAX_BODY = 1600
MAX_MEDIA = 10
UNFIT = re.compile(r"[\n\r\t]| {5,}")
POOL_NUMBER = "+15005550006"  # what a messaging service sends from while no number is listed
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}

Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Account:
    """What the rules look up: the messages so far, consent, and the settings in force."""

    sid: str
    messages: Messages
    consent: Consent
    settings: Settings


def accept(form: Form, account: Account) -> tuple[Message, tuple[Media, ...]]:
    """The message that a create asks for, not yet recorded, or raises RefusalError."""
    recipient = _recipient(form)
    service_sid = _value(form, "MessagingServiceSid") or None
    sender = _sender(form, recipient, service_sid, account)
    if account.consent.is_blocked(sender, recipient):
        raise refuse(21610)
    body, extras = _content(form, account.settings)
    media_urls = _media_urls(form)
    if not body and not media_urls:
        raise refuse(21602)
    message = _message(sender, recipient, body, service_sid, len(media_urls), extras, form)
    return message, tuple(_media(message.sid, url) for url in media_urls)


def _value(form: Form, name: str) -> str:
    values = form.get(name)
    return values[0] if values else ""


def _recipient(form: Form) -> str:
    recipient = _value(form, "To")
    if not recipient:
        raise refuse(21604)
    if recipient in MAGIC_TO:
        raise refuse(MAGIC_TO[recipient], recipient)
    if not can_receive(recipient):
        raise refuse(21211, recipient)
    return recipient


def _sender(form: Form, recipient: str, service_sid: str | None, account: Account) -> str:
    sender = _value(form, "From")
    if not sender and service_sid:
        return _from_pool(service_sid, recipient, account)
    if not sender:
        raise refuse(21603)
    if sender in MAGIC_FROM:
        raise refuse(MAGIC_FROM[sender], sender)
    if not can_send(sender):
        raise refuse(21212, sender)
    if channel_of(sender) != channel_of(recipient):
        raise refuse(21910)
    if sender == recipient:
        raise refuse(21266, sender)
    _check_owned(sender, account.settings)
    return sender


def _check_owned(sender: str, settings: Settings) -> None:
    if not settings.numbers or sender in settings.numbers or sender == POOL_NUMBER:
        return
    raise refuse(63007 if channel_of(sender) == "whatsapp" else 21660, sender)


def _from_pool(service_sid: str, recipient: str, account: Account) -> str:
    """A messaging service keeps to the sender that the recipient knows."""
    known = account.messages.last_sender_to(recipient, service_sid)
    if known:
        return known
    channel = channel_of(recipient)
    fitting = [number for number in account.settings.numbers if channel_of(number) == channel]
    if fitting:
        return fitting[0]
    return f"whatsapp:{POOL_NUMBER}" if channel == "whatsapp" else POOL_NUMBER


def _content(form: Form, settings: Settings) -> tuple[str, Extras]:
    content_sid = _value(form, "ContentSid")
    if content_sid:
        return _from_template(content_sid, _value(form, "ContentVariables"), settings)
    body = _value(form, "Body")
    if len(body) > MAX_BODY:
        raise refuse(21617)
    return body, NO_EXTRAS


def _from_template(content_sid: str, variables: str, settings: Settings) -> tuple[str, Extras]:
    try:
        given = json.loads(variables or "{}")
    except ValueError as error:
        raise refuse(21656) from error
    if not isinstance(given, dict):
        raise refuse(21656)
    values = {str(name): str(value) for name, value in given.items()}
    for value in values.values():
        _check_variable(value)
    template = settings.templates.get(content_sid) or OF_THE_ACCOUNT.get(content_sid)
    if template is None:
        return "\n".join(values.values()) or content_sid, Extras(content_sid=content_sid)
    extras = Extras(content_sid=content_sid, buttons=template.render_buttons(values))
    return template.render(values), extras


def _check_variable(value: str) -> None:
    """Source: Twilio docs, errors 21656 and 21658."""
    if not value or UNFIT.search(value):
        raise refuse(21656)
    if len(value) > MAX_BODY:
        raise refuse(21658)


def _media_urls(form: Form) -> Sequence[str]:
    urls = form.get("MediaUrl", ())
    if len(urls) > MAX_MEDIA:
        raise refuse(21623)
    for url in urls:
        if not is_web_address(url):
            raise refuse(21620, url)
    return urls


def is_web_address(url: str) -> bool:
    """Whether the provider could call it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _message(
    sender: str,
    recipient: str,
    body: str,
    service_sid: str | None,
    num_media: int,
    extras: Extras,
    form: Form,
) -> Message:
    callback = _value(form, "StatusCallback")
    if callback and not is_web_address(callback):
        raise refuse(21609, callback)
    now = time.time()
    return Message(
        sid=new_sid("MM" if num_media else "SM"),
        direction="outbound-api",
        sender=sender,
        recipient=recipient,
        body=body,
        # A messaging service accepts first and queues once it has chosen the sender.
        status="accepted" if service_sid else "queued",
        created=now,
        updated=now,
        service_sid=service_sid,
        num_segments=count_segments(body) if channel_of(recipient) == "sms" else 1,
        num_media=num_media,
        callback=callback or None,
        extras=extras,
    )


def _media(message_sid: str, url: str) -> Media:
    name = urlsplit(url).path.rpartition("/")[2] or "file"
    return Media(
        sid=new_sid("ME"),
        message_sid=message_sid,
        name=name,
        content_type="application/octet-stream",
        content=None,
        source_url=url,
    )
