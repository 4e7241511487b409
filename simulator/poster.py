"""Requests from the outside world to the gateway: signed or authenticated, timed and logged."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, encode_basic_auth
from yarl import URL

from simulator.call_log import Call, CallLog

TIMEOUT = 15.0  # seconds; Twilio gives a webhook no longer
CONNECTIONS = 200
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    """What the gateway said; no status: it could not be reached in time."""

    status: int | None
    body: str

    @property
    def accepted(self) -> bool:
        """Whether it was a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def worth_a_retry(self) -> bool:
        """Whether the failure may pass: a 5xx, or no answer at all."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True)
class Request:
    """One request to make: `subject` is the message or mail it is about."""

    kind: str
    subject: str
    url: str
    data: bytes
    headers: Mapping[str, str]
    shown: str
    attempt: int = 1


def sign(url: str, params: Mapping[str, str], token: str) -> str:
    """`X-Twilio-Signature`: HMAC-SHA1 over the URL and the sorted parameters, in base64.

    Source: Twilio docs, "Webhooks security".
    """
    text = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class Poster:
    """Posts to the gateway and writes every try into the log."""

    def __init__(self, log: CallLog, token: str, mail_auth: str, retry_step: float) -> None:
        """Must be made inside a running event loop; `retry_step` is seconds to the first retry."""
        self._log = log
        self._retry_step = retry_step
        self._token = token
        user, _, password = mail_auth.partition(":")
        self._mail_auth = encode_basic_auth(user, password) if mail_auth else ""
        self._session = ClientSession(
            timeout=ClientTimeout(total=TIMEOUT),
            connector=TCPConnector(limit=CONNECTIONS),
        )

    def signed_form(self, kind: str, subject: str, url: str, params: Mapping[str, str]) -> Request:
        """A webhook of the text provider."""
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": sign(url, params, self._token),
            "I-Twilio-Idempotency-Token": hashlib.sha256(
                f"{subject}{params.get('MessageStatus', '')}".encode()
            ).hexdigest()[:36],
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        data = urlencode(params).encode()
        return Request(kind, subject, url, data, headers, data.decode())

    def mail(self, subject: str, url: str, recipients: Sequence[str], raw: bytes) -> Request:
        """An inbound mail with its envelope in the query."""
        query = urlencode([("recipient", recipient) for recipient in recipients])
        headers = {"Content-Type": "message/rfc822", "User-Agent": "simulator-mail/1"}
        if self._mail_auth:
            headers["Authorization"] = self._mail_auth
        shown = raw.decode("utf-8", "replace")
        return Request("mail", subject, f"{url}?{query}", raw, headers, shown)

    async def send(self, request: Request) -> Answer:
        """Make one request; never raises for what the gateway or the network does."""
        started = time.time()
        answer = await self._try(request)
        self._log.add(
            Call(
                at=started,
                direction="to_gateway",
                kind=request.kind,
                subject=request.subject,
                method="POST",
                url=request.url,
                request=request.shown,
                status=answer.status,
                response=answer.body,
                attempt=request.attempt,
                milliseconds=int((time.time() - started) * 1000),
            )
        )
        return answer

    async def send_as(self, request: Request, duplicate: Mapping[str, int] | None) -> Answer:
        """`send`, as often as a switch for duplicates says; the first answer."""
        if duplicate is None:
            return await self.send(request)
        times = max(duplicate["times"], 1)
        if duplicate["together"]:
            answers = await asyncio.gather(*(self.send(request) for _ in range(times)))
        else:
            answers = [await self.send(request) for _ in range(times)]
        return answers[0]

    async def send_again(self, request: Request, answer: Answer, times: int) -> Answer:
        """Send again, each time waiting longer, while the failure may pass; the last answer."""
        for attempt in range(1, times + 1):
            if not answer.worth_a_retry:
                break
            await asyncio.sleep(self._retry_step * 4 ** (attempt - 1))
            answer = await self.send(replace(request, attempt=attempt + 1))
        return answer

    async def fetch(self, url: str, limit: int) -> tuple[bytes, str] | None:
        """The content and type of a medium that a message points to, or None."""
        try:
            async with self._session.get(URL(url, encoded=True)) as response:
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > limit:
                        return None
                return (bytes(content), response.content_type) if response.ok else None
        except (ClientError, TimeoutError):
            return None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _try(self, request: Request) -> Answer:
        # The signature covers the URL as written: aiohttp must not normalise it.
        url = URL(request.url, encoded=True)
        try:
            async with self._session.post(
                url, data=request.data, headers=request.headers, allow_redirects=False
            ) as response:
                return Answer(response.status, await response.text(errors="replace"))
        except (ClientError, TimeoutError) as error:
            return Answer(None, f"{type(error).__name__}: {error}")
