"""The customer's telephone: what it writes reaches the gateway as Twilio's webhook."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.addresses import bare, can_receive, full
from simulator.attachments import Attachment
from simulator.carrier import Carrier
from simulator.consent import ANSWERS, Consent, keyword_of
from simulator.faults import Faults
from simulator.messages import Button, Extras, Location, Media, Message, Messages, new_sid
from simulator.poster import Answer, Poster
from simulator.segments import count_segments
from simulator.settings import SettingsStore
from simulator.twilio_webhooks import inbound_params, message_type

INBOUND_PATH = "/webhooks/twilio/inbound/"
DROPPED = Answer(None, "Not posted: the switch inbound_drop is on.")


class TextError(ValueError):
    """Something a telephone cannot send; the text says what to do."""


@dataclass(frozen=True)
class Text:
    """What a customer writes on the phone; addresses without the channel's prefix."""

    channel: str
    sender: str
    recipient: str
    body: str = ""
    media: tuple[Attachment, ...] = ()
    profile_name: str = ""
    quoted_sid: str = ""
    location: Location | None = None
    pressed: Button | None = None
    user_id: str = ""


@dataclass(frozen=True)
class Sent:
    """One message that left the phone, and what the gateway said to it."""

    sid: str
    answer: Answer


@dataclass(frozen=True)
class Phone:
    """Every telephone there is. `webhook` is the gateway's base, `media_url` our own."""

    messages: Messages
    consent: Consent
    faults: Faults
    poster: Poster
    carrier: Carrier
    settings: SettingsStore
    account_sid: str
    webhook: str
    media_url: str

    async def write(self, text: Text) -> Sequence[Sent]:
        """Send a text. WhatsApp carries one file a message: an album goes out in parallel.

        Raises TextError.
        """
        written = [self._record(part) for part in _parts(_checked(text))]
        answers = await asyncio.gather(*(self.post(message) for message in written))
        return [Sent(*one) for one in zip((m.sid for m in written), answers, strict=True)]

    async def post(self, message: Message) -> Answer:
        """Post an inbound message to the gateway (again), and remember what it said."""
        if self.faults.strikes("inbound_drop"):
            self.messages.set_webhook(message.sid, "dropped", None)
            return DROPPED
        delay = self.faults.take("inbound_delay")
        if delay:
            await asyncio.sleep(delay["ms"] / 1000)
        answer = await self._post(message)
        state = "accepted" if answer.accepted else "refused"
        self.messages.set_webhook(message.sid, state, answer.status)
        return answer

    def read(self, number: str, business: str) -> int:
        """Open a WhatsApp chat: what arrived in it is read now. How many messages that were."""
        unread = [
            message
            for message in self.messages.of_address(number, business)
            if message.recipient == number
            and message.channel == "whatsapp"
            and message.status == "delivered"
        ]
        self.carrier.read(unread)
        return len(unread)

    def _record(self, text: Text) -> Message:
        sid = new_sid("MM" if text.media else "SM")
        media = [_media(sid, one) for one in text.media]
        message = _message(sid, text, self.consent.service_of(full(text.channel, text.recipient)))
        keyword = keyword_of(message.body)
        extras = replace(
            message.extras,
            message_type=message_type(message, media),
            opt_out_type=keyword if self.settings.current.advanced_opt_out else "",
        )
        message = replace(message, extras=extras)
        self.messages.add(message, media)
        if keyword:
            self._obey(keyword, message)
        return message

    def _obey(self, keyword: str, message: Message) -> None:
        """Block or unblock as the provider does, and confirm it as the provider does."""
        was_blocked = self.consent.is_blocked(message.recipient, message.sender)
        self.consent.apply(keyword, message.recipient, message.sender)
        # START and YES are confirmed only to somebody who was blocked.
        if message.channel == "sms" and (keyword != "START" or was_blocked):
            self.messages.add(_provider_answer(message, ANSWERS[keyword]))

    async def _post(self, message: Message) -> Answer:
        quoted = self.messages.get(message.extras.quoted_sid)
        media = [
            (f"{self.media_url}/Messages/{message.sid}/Media/{one.sid}", one.content_type)
            for one in self.messages.media_of(message.sid)
        ]
        params = inbound_params(message, self.account_sid, media, quoted)
        url = self.webhook + INBOUND_PATH
        request = self.poster.signed_form("inbound", message.sid, url, params)
        return await self.poster.send_as(request, self.faults.take("inbound_duplicate"))


def _checked(text: Text) -> Text:
    sender, recipient = full(text.channel, text.sender), full(text.channel, text.recipient)
    if not can_receive(sender):
        raise TextError(f"{text.sender!r} is no number: write it like +15550001111.")
    if not recipient.removeprefix("whatsapp:"):
        raise TextError("Name the business number to write to.")
    if not (text.body or text.media or text.location or text.pressed):
        raise TextError("Write something, or add a picture, a place, a contact or a button.")
    if text.channel == "sms" and (text.location or text.pressed or text.quoted_sid):
        raise TextError("SMS knows no places, buttons and quotes: use WhatsApp.")
    return text


def _parts(text: Text) -> Sequence[Text]:
    if text.channel == "sms" or len(text.media) < 2:
        return [text]
    first, *others = text.media
    return [
        replace(text, media=(first,)),
        *(replace(text, body="", media=(one,)) for one in others),
    ]


def _media(message_sid: str, attachment: Attachment) -> Media:
    return Media(
        sid=new_sid("ME"),
        message_sid=message_sid,
        name=attachment.name,
        content_type=attachment.content_type,
        content=attachment.content,
    )


def _message(sid: str, text: Text, service_sid: str | None) -> Message:
    now = time.time()
    is_sms = text.channel == "sms"
    # A pressed button arrives as its words, too.
    body = text.body or (text.pressed.text if text.pressed else "")
    return Message(
        sid=sid,
        direction="inbound",
        sender=full(text.channel, text.sender),
        recipient=full(text.channel, text.recipient),
        body=body,
        status="received",
        created=now,
        updated=now,
        sent=now,
        service_sid=service_sid,
        num_segments=count_segments(body) if is_sms else 1,
        num_media=len(text.media),
        extras=Extras(
            profile_name=""
            if is_sms
            else text.profile_name or f"Customer {bare(text.sender)[-4:]}",
            quoted_sid=text.quoted_sid,
            location=text.location,
            pressed=text.pressed,
            user_id=text.user_id,
        ),
    )


def _provider_answer(message: Message, body: str) -> Message:
    """What the provider itself answers to a keyword; the gateway never hears of it."""
    now = time.time()
    return Message(
        sid=new_sid("SM"),
        direction="outbound-reply",
        sender=message.recipient,
        recipient=message.sender,
        body=body,
        status="delivered",
        created=now,
        updated=now,
        sent=now,
        num_segments=count_segments(body),
    )
