import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from twilio.base import values
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from twilio.rest.api.v2010.account.message.media import MediaInstance

from channels_out import conf
from channels_out.adapters.base import Adapter
from channels_out.adapters.twilio_codes import error_of
from channels_out.adapters.twilio_http import IN_FLIGHT, TwilioHttp
from channels_out.channel import Channel
from channels_out.errors import (
    CredentialsRefused,
    ProviderDown,
    SendError,
    Uncertain,
)
from channels_out.outgoing import Found, Heard, HeardFile, Outgoing, Rendered, Sent, Standing
from channels_out.state import State
from channels_out.statuses import TWILIO

WHATSAPP_PREFIX = "whatsapp:"

# How many of an address's latest messages are looked through for one in doubt.
LOOK_BACK = 100

# What a trial account's messages begin with:
# https://www.twilio.com/docs/usage/tutorials/how-to-use-your-free-trial-account
TRIAL_PREFIX = "Sent from your Twilio trial account - "

# The most that a page of Twilio's lists holds.
PAGE = 1000
INBOUND = "inbound"
# Parts of a long message are still on their way: it is listed whole a moment later.
INCOMPLETE = "receiving"
NOT_FOUND = 404

EPOCH = datetime.fromtimestamp(0, tz=UTC)


class TwilioMessages(Adapter):
    """SMS and WhatsApp through Twilio's Messages resource.

    https://www.twilio.com/docs/messaging/api/message-resource
    """

    at_once = IN_FLIGHT
    asks = "twilio"
    can_list = True

    def __init__(self) -> None:
        self._http = TwilioHttp()

    async def send(self, outgoing: Outgoing) -> Sent:
        messages = self._client(outgoing.account).messages
        try:
            message = await messages.create_async(**_parameters(outgoing))
        except (TwilioRestException, TwilioServiceException) as refusal:
            raise _refused(refusal) from refusal
        except (ValueError, TypeError, AttributeError) as unreadable:
            raise Uncertain(f"Unreadable answer: {unreadable}") from unreadable
        return _accepted(message)

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        messages = self._client(outgoing.account).messages
        with _answered():
            listed = await messages.list_async(
                to=_address(outgoing.channel, outgoing.to_address),
                from_=_address(outgoing.channel, outgoing.sender_address),
                limit=LOOK_BACK,
            )
        same = [_found(each) for each in listed if _says_the_same(each, outgoing.rendered)]
        return sorted(
            (found for found in same if found.provider_id and found.created_at >= since),
            key=lambda found: found.created_at,
        )

    async def received(
        self, channel: str, address: str, since: datetime, until: datetime | None = None
    ) -> list[Heard]:
        messages = self._client().messages
        with _answered():
            listed = await messages.list_async(
                to=_address(channel, address),
                date_sent_after=since.astimezone(UTC),
                date_sent_before=until.astimezone(UTC) if until else values.unset,
                page_size=PAGE,
            )
            # Newest first, and dated to the second: those of one second stay in order as well.
            heard = [_heard(each) for each in reversed(listed) if _is_whole(each)]
        return sorted(heard, key=lambda each: each.sent_at)

    async def files_of(self, heard: Heard) -> list[HeardFile]:
        media = self._client(heard.account).messages(heard.provider_id).media
        with _answered():
            try:
                listed = await media.list_async()
            except TwilioRestException as refusal:
                if refusal.status == NOT_FOUND:
                    return []
                raise
            return [_heard_file(each) for each in listed]

    async def standing_of(self, known_as: str, account: str) -> list[Standing]:
        context = self._client(account).messages(known_as)
        with _answered():
            try:
                message = await context.fetch_async()
            except TwilioRestException as refusal:
                if refusal.status == NOT_FOUND:
                    return []
                raise
            return [_standing(message)]

    async def close(self) -> None:
        await self._http.close()

    def _client(self, account: str = "") -> Client:
        tokens = conf.twilio_auth_tokens()
        if not (conf.twilio_account_sid() and tokens):
            raise CredentialsRefused("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
        return _client(
            self._http,
            conf.twilio_account_sid(),
            tokens[0],
            account,
            conf.twilio_api_url(),
        )


@cache
def _client(http: TwilioHttp, user: str, token: str, account: str, api_url: str) -> Client:
    client = Client(user, token, account_sid=account or None, http_client=http)
    client.api.base_url = api_url
    return client


def _parameters(outgoing: Outgoing) -> dict[str, Any]:
    rendered = outgoing.rendered
    parameters: dict[str, Any] = {
        "to": _address(outgoing.channel, outgoing.to_address),
        "from_": _address(outgoing.channel, outgoing.sender_address),
        "status_callback": outgoing.status_callback,
    }
    if outgoing.messaging_service:
        parameters["messaging_service_sid"] = outgoing.messaging_service
    if rendered.content_sid:
        # A template replaces the text: https://www.twilio.com/docs/api/errors/63016
        parameters["content_sid"] = rendered.content_sid
        parameters["content_variables"] = json.dumps(dict(rendered.content_variables))
        return parameters
    if rendered.text:
        parameters["body"] = rendered.text
    if rendered.media_urls:
        parameters["media_url"] = list(rendered.media_urls)
    return parameters


def _address(channel: str, address: str) -> str:
    return f"{WHATSAPP_PREFIX}{address}" if channel == Channel.WHATSAPP else address


def _accepted(message: MessageInstance) -> Sent:
    if not message.sid:
        raise Uncertain("The answer names no message.")
    status = TWILIO.get(str(message.status), State.SENT)
    error = error_of(str(message.error_code or "")) if status == State.FAILED else None
    return Sent("twilio", message.sid, status, message.account_sid or "", error)


@contextmanager
def _answered() -> Iterator[None]:
    """Around a question: a refusal or an answer that cannot be read becomes a SendError."""
    try:
        yield
    except (TwilioRestException, TwilioServiceException) as refusal:
        raise _refused(refusal) from refusal
    except TwilioException as refusal:
        raise _refused_list(refusal) from refusal
    except (ValueError, TypeError, AttributeError, KeyError) as unreadable:
        raise Uncertain(f"Unreadable answer: {unreadable}") from unreadable


def _refused_list(refusal: TwilioException) -> SendError:
    """The official client's lists name no status; they have the whole answer beside their words."""
    answer = refusal.args[-1]
    if not isinstance(answer, Response):
        return Uncertain(str(refusal))
    return _refused(TwilioRestException(answer.status_code, "", answer.text))


def _refused(refusal: TwilioRestException | TwilioServiceException) -> SendError:
    """What an answer outside 2xx means. A 5xx may follow a message that was taken."""
    status, code, detail = int(refusal.status), str(refusal.code or ""), str(refusal)
    if status >= 500 or status == 408:
        return Uncertain(detail, error_code=code)
    if status < 400:
        return ProviderDown(f"{detail}: check TWILIO_API_URL", error_code=code)
    if status == 401:
        return CredentialsRefused(detail, error_code=code)
    return error_of(code, detail)


def _found(message: MessageInstance) -> Found:
    return Found(
        provider="twilio",
        provider_id=message.sid or "",
        status=TWILIO.get(str(message.status), State.SENT),
        created_at=message.date_created or EPOCH,
        account=message.account_sid or "",
        error_code=str(message.error_code or ""),
    )


def _is_whole(message: MessageInstance) -> bool:
    return str(message.direction) == INBOUND and str(message.status) != INCOMPLETE


def _heard(message: MessageInstance) -> Heard:
    return Heard(
        provider_id=message.sid or "",
        account=message.account_sid or "",
        from_address=(message.from_ or "").removeprefix(WHATSAPP_PREFIX),
        to_address=(message.to or "").removeprefix(WHATSAPP_PREFIX),
        text=message.body or "",
        sent_at=message.date_sent or message.date_created or EPOCH,
        messaging_service=message.messaging_service_sid or "",
        files=int(message.num_media or 0),
    )


def _heard_file(media: MediaInstance) -> HeardFile:
    path = (media.uri or "").removesuffix(".json")
    return HeardFile(f"{conf.twilio_api_url()}{path}", media.content_type or "")


def _standing(message: MessageInstance) -> Standing:
    return Standing(
        word=str(message.status),
        error_code=str(message.error_code or ""),
        at=message.date_updated or message.date_sent or EPOCH,
    )


def _says_the_same(message: MessageInstance, rendered: Rendered) -> bool:
    """Whether this may be ours; what a template became is not known here."""
    if rendered.content_sid:
        return True
    body, ours = (message.body or "").strip(), rendered.text.strip()
    if not ours:
        media = str(message.num_media or 0)
        return body in ("", TRIAL_PREFIX.strip()) and media == str(len(rendered.media_urls))
    return body in (ours, f"{TRIAL_PREFIX}{ours}")
