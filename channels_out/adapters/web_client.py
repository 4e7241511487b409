from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import aiohttp

from channels_out.errors import ProviderDown, Uncertain

# Providers answer in about 100 ms; what takes longer than this is in doubt anyway.
ANSWER_WITHIN = 15.0  # seconds
CONNECT_WITHIN = 5.0  # seconds


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def retry_after(self) -> float:
        """For how many seconds we are asked to wait; 0 where nothing is said, or a date."""
        seconds = self.headers.get("Retry-After", "")
        return float(seconds) if seconds.isdecimal() else 0.0


class WebClient:
    """Requests over HTTP, with a time limit and without any retry.

    It tells apart what most clients do not: no connection (nothing was sent: ProviderDown) and a
    request that went out without an answer (Uncertain).
    """

    def __init__(self, in_flight: int) -> None:
        self._in_flight = in_flight
        self._sessions: WeakKeyDictionary[AbstractEventLoop, aiohttp.ClientSession]
        self._sessions = WeakKeyDictionary()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """One HTTP request, whatever is answered; raises ProviderDown or Uncertain."""
        try:
            async with self._session().request(
                method,
                url,
                params=params,
                data=urlencode(data, doseq=True) if data else None,
                headers=_signed(headers or {}, auth),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
                return Answer(answer.status, body.decode(errors="replace"), answer.headers)
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
                connector=aiohttp.TCPConnector(limit=self._in_flight),
                timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN, sock_connect=CONNECT_WITHIN),
            )
        return self._sessions[loop]


def _signed(headers: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, str]:
    authorization = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
    return {**headers, **authorization}
