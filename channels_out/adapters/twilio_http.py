from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import aiohttp
from twilio.http.response import Response

from channels_out.adapters.twilio_codes import too_fast
from channels_out.errors import ProviderDown, Uncertain

# Twilio answers in about 100 ms; what takes longer than this is in doubt anyway.
ANSWER_WITHIN = 15.0  # seconds
CONNECT_WITHIN = 5.0  # seconds
IN_FLIGHT = 500


class TwilioHttp:
    """The HTTP client under Twilio's official one: with a timeout and without any retry.

    It has the two names that the official client asks for, `is_async` and `request`.

    It tells apart what the official one does not: no connection (nothing was sent: ProviderDown)
    and a request that went out without an answer (Uncertain).
    """

    is_async = True

    def __init__(self) -> None:
        self._sessions: WeakKeyDictionary[AbstractEventLoop, aiohttp.ClientSession]
        self._sessions = WeakKeyDictionary()

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One HTTP request; raises ProviderDown, TooFast or Uncertain."""
        try:
            async with self._session().request(
                method,
                uri,
                params=params,
                data=urlencode(data, doseq=True) if data else None,
                headers=_signed(headers or {}, auth),
                allow_redirects=allow_redirects,
            ) as answer:
                return await _read(answer)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ProviderDown(f"No connection: {error}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Uncertain(f"No answer: {error!r}") from error

    async def close(self) -> None:
        """Close the connections of the running loop."""
        session = self._sessions.pop(get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self) -> aiohttp.ClientSession:
        loop = get_running_loop()
        if loop not in self._sessions:
            self._sessions[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=IN_FLIGHT),
                timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN, sock_connect=CONNECT_WITHIN),
            )
        return self._sessions[loop]


def _signed(headers: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, str]:
    authorization = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
    return {**headers, **authorization}


async def _read(answer: aiohttp.ClientResponse) -> Response:
    body = await answer.read()
    text = body.decode(errors="replace")
    if answer.status == 429:  # RFC 6585 section 4: nothing was done
        raise too_fast(text, _seconds(answer.headers.get("Retry-After", "")))
    return Response(answer.status, text, answer.headers)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0.0
