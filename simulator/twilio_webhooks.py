"""The parameters of Twilio's webhooks: status callbacks and incoming messages.

Sources: Twilio docs, "Track outbound message status", "Twilio's request to your incoming message
webhook URL", and the WhatsApp parts of both.
"""

import json
import time
from collections.abc import Sequence

from simulator.addresses import E164, bare, full
from simulator.messages import Media, Message

API_VERSION = "2010-04-01"
CHANNEL_INSTALL = "XE" + "0" * 32
UNWRITTEN_TYPES = {"image", "audio", "video"}


def status_params(message: Message, account_sid: str) -> dict[str, str]:
    """The parameters that tell about the status a message is in now."""
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "To": message.recipient,
        "From": message.sender,
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
    }
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if message.error_code is not None:
        params["ErrorCode"] = str(message.error_code)
    if message.channel == "whatsapp":
        return params | _whatsapp_status(message)
    if message.status in ("delivered", "undelivered"):
        params["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime(message.updated))
    return params


def inbound_params(
    message: Message,
    account_sid: str,
    media: Sequence[tuple[str, str]],
    quoted: Message | None,
) -> dict[str, str]:
    """The parameters of an incoming message; `media` are (URL, content type)."""
    params = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": "US",
        "To": message.recipient,
        "ToZip": "",
        "NumSegments": str(message.num_segments),
        "MessageSid": message.sid,
        "AccountSid": account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    for number, (url, content_type) in enumerate(media):
        params[f"MediaUrl{number}"] = url
        params[f"MediaContentType{number}"] = content_type
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if message.extras.opt_out_type:
        params["OptOutType"] = message.extras.opt_out_type
    if message.channel == "whatsapp":
        return _without_places(params) | _whatsapp_inbound(message, quoted)
    return params


def message_type(message: Message, media: Sequence[Media]) -> str:
    """What WhatsApp calls this kind of message."""
    if message.extras.pressed:
        return "interactive" if message.extras.pressed.in_list else "button"
    if message.extras.location:
        return "location"
    if not media:
        return "text"
    content_type = media[0].content_type
    if content_type == "text/vcard":
        return "contacts"
    family = content_type.partition("/")[0]
    return family if family in UNWRITTEN_TYPES else "document"


def _whatsapp_status(message: Message) -> dict[str, str]:
    params = {
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": CHANNEL_INSTALL,
        "ChannelToAddress": bare(message.recipient),
        "StructuredMessage": "false",
    }
    if message.status in ("delivered", "read"):
        params["EventType"] = message.status.upper()
    return params


def _without_places(params: dict[str, str]) -> dict[str, str]:
    """WhatsApp knows no city or country."""
    places = ("City", "State", "Zip", "Country")
    return {name: value for name, value in params.items() if not name.endswith(places)}


def _whatsapp_inbound(message: Message, quoted: Message | None) -> dict[str, str]:
    extras = message.extras
    user = bare(message.sender)
    has_number = bool(E164.fullmatch(user))
    identity = {"WaId": user.removeprefix("+")} if has_number else {}
    if user_id := extras.user_id or ("" if has_number else user):
        identity["ExternalUserId"] = full("whatsapp", user_id)
    context = {"ProfileName": extras.profile_name, **identity}
    params = {
        "ProfileName": extras.profile_name,
        **identity,
        "MessageType": extras.message_type,
        "ReferralNumMedia": "0",
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}),
    }
    if quoted is not None:
        params["OriginalRepliedMessageSid"] = quoted.sid
        params["OriginalRepliedMessageSender"] = quoted.sender
    if extras.pressed:
        names = (
            ("ListTitle", "ListId") if extras.pressed.in_list else ("ButtonText", "ButtonPayload")
        )
        params |= dict(zip(names, (extras.pressed.text, extras.pressed.payload), strict=True))
    if extras.location:
        params |= _location(message)
    return params


def _location(message: Message) -> dict[str, str]:
    place = message.extras.location
    if place is None:
        return {}
    params = {"Latitude": str(place.latitude), "Longitude": str(place.longitude)}
    if place.address:
        params["Address"] = place.address
    if place.label:
        params["Label"] = place.label
    return params
