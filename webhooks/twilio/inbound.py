"""A journalled message of Twilio's becomes the domain's.

Source: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator

from channels_out.channel import Channel
from gateway.inbound.messages import InboundFile, InboundText
from gateway.inbound.receive import receive
from webhooks.models import InboundEvent
from webhooks.outcome import Ended, Outcome
from webhooks.text import clean
from webhooks.twilio.form import Form, read_form, word

WHATSAPP = "whatsapp:"
MEDIA = re.compile(r"MediaUrl(\d{1,3})")


def take_in(event: InboundEvent) -> Ended:
    """Hands the message to the door in."""
    form = read_form(event.read_body(), event.content_type)
    if not (_sid(form) and word(form, "From")):
        return Ended(Outcome.UNMATCHED, "It names no message or no writer.")
    return Ended.of(receive(text_of(form, event))[0])


def text_of(form: Form, event: InboundEvent) -> InboundText:
    """The message in these parameters. An address without a phone number is as good as any."""
    account, writer, ours = word(form, "AccountSid"), word(form, "From"), word(form, "To")
    is_whatsapp = writer.startswith(WHATSAPP) or ours.startswith(WHATSAPP)
    return InboundText(
        key=f"twilio:{account}:{_sid(form)}",
        channel=Channel.WHATSAPP if is_whatsapp else Channel.SMS,
        our_address=ours.removeprefix(WHATSAPP),
        from_address=writer.removeprefix(WHATSAPP),
        alias=_alias(form) if is_whatsapp else "",
        text="\n".join(_lines(form)),
        from_name=word(form, "ProfileName"),
        quoted_id=word(form, "OriginalRepliedMessageSid"),
        pressed=word(form, "ButtonPayload", "ListId"),
        account=account,
        messaging_service=word(form, "MessagingServiceSid"),
        # Advanced Opt-Out, whose keywords each account chooses for itself:
        # https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
        opt_out=word(form, "OptOutType").upper(),
        files=tuple(_files(form)),
        event_id=event.id,
        received_at=event.received_at,
        recovered_at=event.recovered_at,
    )


def _alias(form: Form) -> str:
    """Whichever of the WhatsApp user's number and his id is not in From: both name him for certain."""
    user_id = word(form, "ExternalUserId", "ExternalUserIdentifier").removeprefix(WHATSAPP)
    number = word(form, "WaId")
    if not word(form, "From").removeprefix(WHATSAPP).startswith("+"):
        return f"+{number}" if number.isdecimal() else ""
    return user_id


def _sid(form: Form) -> str:
    return word(form, "MessageSid", "SmsMessageSid", "SmsSid")


def _lines(form: Form) -> Iterator[str]:
    """What the customer said, pressed or chose, and the place he sent."""
    body = clean(form.get("Body"))
    if body.strip():
        yield body
    for pressed in (word(form, "ButtonText", "ButtonPayload"), word(form, "ListTitle", "ListId")):
        if pressed and pressed not in body:
            yield pressed
    if word(form, "Latitude") and word(form, "Longitude"):
        yield _place(form)


def _place(form: Form) -> str:
    where = f"{word(form, 'Latitude')},{word(form, 'Longitude')}"
    named = [word(form, "Label"), word(form, "Address")]
    return "Location: " + ", ".join(filter(None, [*named, f"https://maps.google.com/?q={where}"]))


def _files(form: Form) -> Iterator[InboundFile]:
    """The media that are there: NumMedia may say otherwise."""
    numbers = sorted(int(found[1]) for name in form if (found := MEDIA.fullmatch(name)))
    for position, number in enumerate(numbers, start=1):
        url = word(form, f"MediaUrl{number}")
        content_type = word(form, f"MediaContentType{number}").lower()
        if url:
            yield InboundFile(_name(content_type, position), content_type, source_url=url)


def _name(content_type: str, position: int) -> str:
    """Twilio gives no names: `image-1.jpg`, `contact-1.vcf`."""
    family = "contact" if "vcard" in content_type else content_type.partition("/")[0] or "file"
    extension = ".vcf" if family == "contact" else mimetypes.guess_extension(content_type) or ""
    return f"{family}-{position}{extension}"
