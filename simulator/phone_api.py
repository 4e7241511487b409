"""The page's API for telephones."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from aiohttp import web

from simulator.addresses import bare, full
from simulator.attachments import contact_card
from simulator.fields import Fields, answered, not_found
from simulator.messages import MAX_PAGE, Button, Location, Media, Message
from simulator.page_files import file_response
from simulator.phone import Sent, Text, TextError
from simulator.poster import Answer
from simulator.world import World

CHANNELS = ("sms", "whatsapp")
SEEN = 2000  # messages that suggestions are taken from


class PhoneApi:
    """Reading and writing texts as the customer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._base = world.options.base_path

    def routes(self) -> list[web.RouteDef]:
        """Everything that is served."""
        api = f"{self._base}/api"
        return [
            web.get(f"{api}/phone/numbers", answered(self._numbers)),
            web.get(f"{api}/phone/messages", answered(self._messages)),
            web.post(f"{api}/phone/send", answered(self._send)),
            web.post(f"{api}/phone/resend", answered(self._resend)),
            web.post(f"{api}/phone/read", answered(self._read)),
            web.get(f"{api}/media/{{sid}}", answered(self._media)),
        ]

    async def _numbers(self, request: web.Request) -> web.StreamResponse:
        """Numbers seen so far, the last used first, as (customer, business, channel)."""
        return web.json_response({"pairs": self._pairs()})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        """The newest messages, oldest first: of every phone, or of `?number=`."""
        given = request.query.get("limit", "")
        limit = int(given) if given.isdecimal() else MAX_PAGE
        found = self._found(request, limit)
        shown = sorted(found, key=lambda message: message.seq)[-limit:]
        return web.json_response({"messages": [self._as_json(message) for message in shown]})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        sent = await self._world.phone.write(_text(await Fields.of(request)))
        return web.json_response(_sent_json(sent))

    async def _resend(self, request: web.Request) -> web.StreamResponse:
        sid = (await Fields.of(request)).text("sid")
        message = self._world.messages.get(sid)
        if message is None or message.direction != "inbound":
            return not_found(f"text {sid} that a phone sent")
        return web.json_response(_sent_json([Sent(sid, await self._world.phone.post(message))]))

    async def _read(self, request: web.Request) -> web.StreamResponse:
        fields = await Fields.of(request)
        number, business = full("whatsapp", fields.text("number")), fields.text("with")
        count = self._world.phone.read(number, full("whatsapp", business))
        return web.json_response({"read": count})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        media = self._world.messages.media(request.match_info["sid"])
        if media is None or media.content is None:
            return not_found("such picture or file")
        return file_response(media.name, media.content_type, media.content)

    def _found(self, request: web.Request, limit: int) -> list[Message]:
        number, other = request.query.get("number", ""), request.query.get("with", "")
        if not number:
            return self._world.messages.newest(limit)
        channels = [request.query["channel"]] if "channel" in request.query else CHANNELS
        return [
            message
            for channel in channels
            for message in self._world.messages.of_address(
                full(channel, number), full(channel, other) if other else "", limit
            )
        ]

    def _pairs(self) -> list[dict[str, str]]:
        pairs = dict.fromkeys(_pair(message) for message in self._world.messages.newest(SEEN))
        return [
            {"customer": bare(customer), "business": bare(business), "channel": channel}
            for customer, business, channel in pairs
        ]

    def _as_json(self, message: Message) -> dict[str, object]:
        extras = message.extras
        quoted = self._world.messages.get(extras.quoted_sid) if extras.quoted_sid else None
        media = self._world.messages.all_media_of(message.sid) if message.num_media else []
        return {
            "sid": message.sid,
            "channel": message.channel,
            "direction": message.direction,
            "from": bare(message.sender),
            "to": bare(message.recipient),
            "body": message.body,
            "status": message.status,
            "error_code": message.error_code,
            "created": datetime.fromtimestamp(message.created, UTC).isoformat(),
            "num_segments": message.num_segments,
            "media": [self._media_json(one) for one in media],
            "location": extras.location and asdict(extras.location),
            "button": extras.pressed and asdict(extras.pressed),
            "buttons": [asdict(button) for button in extras.buttons],
            "content_sid": extras.content_sid,
            "profile_name": extras.profile_name,
            "quote": quoted and {"sid": quoted.sid, "body": quoted.body},
            "webhook": {"state": message.webhook_state, "status": message.webhook_status},
            "deleted": message.deleted,
        }

    def _media_json(self, media: Media) -> dict[str, object]:
        return {
            "sid": media.sid,
            "name": media.name,
            "content_type": media.content_type,
            "source_url": media.source_url,
            "url": f"{self._base}/api/media/{media.sid}" if media.content is not None else None,
        }


def answer_json(answer: Answer) -> dict[str, object]:
    """What the gateway said, for the page."""
    return {"status": answer.status, "body": answer.body, "accepted": answer.accepted}


def _pair(message: Message) -> tuple[str, str, str]:
    if message.direction == "inbound":
        return message.sender, message.recipient, message.channel
    return message.recipient, message.sender, message.channel


def _sent_json(sent: Sequence[Sent]) -> dict[str, object]:
    return {
        "sid": sent[0].sid,
        "webhook": answer_json(sent[0].answer),
        "all": [{"sid": one.sid, "webhook": answer_json(one.answer)} for one in sent],
    }


def _text(fields: Fields) -> Text:
    channel = fields.text("channel", "sms")
    if channel not in CHANNELS:
        raise TextError(f"There is no channel {channel!r}; choose sms or whatsapp.")
    contact, location = fields.part("contact"), fields.part("location")
    pressed, media = fields.part("button"), fields.attachments("media")
    if contact is not None:
        name, number = contact.text("name"), contact.text("phone", "")
        media = (*media, contact_card(name, number, contact.text("email", "")))
    return Text(
        channel=channel,
        sender=bare(fields.text("from")),
        recipient=bare(fields.text("to")),
        body=fields.text("body", ""),
        media=media,
        profile_name=fields.text("profile_name", ""),
        quoted_sid=fields.text("quote_sid", ""),
        location=None if location is None else _location(location),
        pressed=None if pressed is None else _button(pressed),
        user_id=fields.text("user_id", ""),
    )


def _button(fields: Fields) -> Button:
    return Button(fields.text("text"), fields.text("payload", ""), fields.flag("in_list"))


def _location(fields: Fields) -> Location:
    return Location(
        latitude=fields.number("latitude"),
        longitude=fields.number("longitude"),
        address=fields.text("address", ""),
        label=fields.text("label", ""),
    )
