"""What becomes of an accepted message: its statuses, one after another, and their callbacks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from simulator.background import Background
from simulator.faults import Faults
from simulator.messages import MOVING, Message, Messages
from simulator.poster import Poster
from simulator.twilio_webhooks import status_params

RETRIES = 3
MAX_MEDIA_BYTES = 16 * 1024 * 1024  # WhatsApp's and Twilio's limit for one medium
OUTSIDE_WINDOW = 63016
INVALID_CONTENT = 63021
LONGEST_TEMPLATE = 1024  # with its places filled
MEDIA_NOT_FETCHED = {"sms": 11200, "whatsapp": 63019}

Step = tuple[str, int | None]


@dataclass(frozen=True)
class Carrier:
    """Moves messages to the phone and tells the gateway. `step` is seconds between statuses."""

    messages: Messages
    faults: Faults
    poster: Poster
    background: Background
    account_sid: str
    step: float

    async def carry(self, message: Message) -> None:
        """Begin to deliver a message that was just recorded; most of it happens later."""
        if self.faults.strikes("callback_inside"):
            await self._move(message, pause=0)
        else:
            self.background.start(self._move(message, self.step))

    def carry_on(self) -> None:
        """Take up what an earlier process left half delivered."""
        for message in self.messages.moving():
            self.background.start(self._move(message, self.step))

    def read(self, messages: Sequence[Message]) -> None:
        """The customer looks at these WhatsApp messages."""
        for message in messages:
            read = self.messages.set_status(message, "read", message.error_code)
            self.background.start(self._call_back(read))

    async def _move(self, message: Message, pause: float) -> None:
        shuffled = self.faults.strikes("callback_shuffle")
        passed: list[Message] = []
        async for status, error_code in self._way(message):
            message = self.messages.set_status(message, status, error_code)
            passed.append(message)
            if not shuffled:
                await self._call_back(message)
            await asyncio.sleep(pause)
        for earlier in reversed(passed if shuffled else ()):
            await self._call_back(earlier)

    async def _way(self, message: Message) -> AsyncIterator[Step]:
        """The statuses ahead of a message, each decided when its turn comes."""
        passed = MOVING.index(message.status)
        if passed <= MOVING.index("queued"):
            yield "queued", None
        failed = self.faults.take("final_failed")
        if failed:
            yield "failed", failed["code"]
        elif not self._may_write(message):
            yield "undelivered", OUTSIDE_WINDOW
        elif message.extras.content_sid and len(message.body) > LONGEST_TEMPLATE:
            yield "undelivered", INVALID_CONTENT
        else:
            if passed < MOVING.index("sent"):
                yield "sent", None
            yield await self._arrival(message)

    async def _arrival(self, message: Message) -> Step:
        undelivered = self.faults.take("final_undelivered")
        if undelivered:
            return "undelivered", undelivered["code"]
        if not await self._fetch_media(message):
            return "undelivered", MEDIA_NOT_FETCHED[message.channel]
        return "delivered", None

    def _may_write(self, message: Message) -> bool:
        """WhatsApp carries free text for 24 hours after the customer wrote; templates always."""
        if message.channel == "sms" or message.extras.content_sid:
            return True
        return self.messages.window_is_open(message.sender, message.recipient)

    async def _fetch_media(self, message: Message) -> bool:
        if not message.num_media:
            return True
        for media in self.messages.media_of(message.sid):
            if media.content is None and media.source_url:
                fetched = await self.poster.fetch(media.source_url, MAX_MEDIA_BYTES)
                if fetched is None:
                    return False
                self.messages.fill_media(media.sid, *fetched)
        return True

    async def _call_back(self, message: Message) -> None:
        if message.callback is None or self.faults.strikes("callback_drop"):
            return
        delay = self.faults.take("callback_delay")
        if delay:
            await asyncio.sleep(delay["ms"] / 1000)
        params = status_params(message, self.account_sid)
        request = self.poster.signed_form("callback", message.sid, message.callback, params)
        answer = await self.poster.send_as(request, self.faults.take("callback_duplicate"))
        if answer.worth_a_retry:
            self.background.start(self.poster.send_again(request, answer, RETRIES))
