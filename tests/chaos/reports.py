"""What the provider reports of the messages that it took: signed, late, repeated and in any order."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from twilio.request_validator import RequestValidator

from tests.chaos.fates import Fate

LATEST = 3.0  # seconds between two reports of one message
AT_ONCE = 16
ASK_AGAIN = 0.3  # seconds
# How long an answer waits for reports that are to come before it.
OVERTAKE = 0.2  # seconds


@dataclass
class Taken:
    """One message that was taken, in the order of `number`, and the words that we were told of it so far."""

    number: int
    provider: str
    provider_id: str
    attempt: str
    to: str
    sender: str
    body: str
    message_id: str
    words: tuple[str, ...]
    code: str
    came: str
    said: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Twilio's word for where it is now."""
        return self.words[-1] if self.words else "sent"


@dataclass
class Gateway:
    """Whom reports go to."""

    tracking: str = ""
    mail_auth: tuple[str, str] = ("", "")
    account: str = ""
    auth_token: str = ""


class Reporter:
    """Posts reports to the gateway until it has taken each of them."""

    def __init__(self, seed: int) -> None:
        self.gateway = Gateway()
        self.posted = 0
        self._dice = random.Random(f"{seed} reports")
        self._tasks = set[asyncio.Task[None]]()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    @property
    def waiting(self) -> int:
        """Of how many messages reports are still to come."""
        return len(self._tasks)

    async def report(self, fate: Fate, taken: Taken, callback: str = "") -> None:
        """Begins to post all of them: some before the answer, the others late. `callback` is a text's."""
        task = asyncio.create_task(self._post_all(fate, taken, callback))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if fate.reports_first:
            await asyncio.wait({task}, timeout=OVERTAKE)

    async def _post_all(self, fate: Fate, taken: Taken, callback: str) -> None:
        for word in fate.reports:
            if not fate.reports_first:
                await asyncio.sleep(self._dice.uniform(0, LATEST))
            async with self._at_once:
                while not await self._post(taken, word, callback):
                    await asyncio.sleep(ASK_AGAIN)
            self.posted += 1
            taken.said.append(word)

    async def _post(self, taken: Taken, word: str, callback: str) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        url, options = callback, self._of_text(taken, word, callback)
        if not callback:
            url, options = self.gateway.tracking, self._of_mail(taken, word)
        try:
            async with self._session.post(url, **options) as answer:
                return answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _of_text(self, taken: Taken, word: str, callback: str) -> dict[str, Any]:
        params = {
            "MessageSid": taken.provider_id,
            "AccountSid": self.gateway.account,
            "MessageStatus": word,
            "To": taken.to,
            "From": taken.sender,
        }
        if word in ("undelivered", "failed"):
            params["ErrorCode"] = taken.code
        validator = RequestValidator(self.gateway.auth_token)
        signature = validator.compute_signature(callback, params)
        return {"data": params, "headers": {"X-Twilio-Signature": signature}}

    def _of_mail(self, taken: Taken, word: str) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        report = {
            "RecordType": word,
            "MessageID": taken.provider_id,
            "Metadata": {"attempt_id": taken.attempt},
        }
        if word == "Bounce":
            more = {"ID": taken.number, "Type": "HardBounce", "Email": taken.to, "BouncedAt": now}
        else:
            more = {"Recipient": taken.to, "DeliveredAt": now}
        auth = aiohttp.encode_basic_auth(*self.gateway.mail_auth)
        return {"json": report | more, "headers": {"Authorization": auth}}
