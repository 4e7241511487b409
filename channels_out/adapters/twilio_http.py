from collections.abc import Mapping
from typing import Any

from twilio.http.response import Response

from channels_out.adapters.twilio_codes import too_fast
from channels_out.adapters.web_client import WebClient

IN_FLIGHT = 500


class TwilioHttp:
    """The HTTP client under Twilio's official one, with the two names that it asks for: `is_async` and `request`."""

    is_async = True

    def __init__(self) -> None:
        self._client = WebClient(IN_FLIGHT)

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
        answer = await self._client.ask(
            method, uri, params=params, data=data, headers=headers, auth=auth
        )
        if answer.status == 429:  # RFC 6585 section 4: nothing was done
            raise too_fast(answer.text, answer.retry_after)
        return Response(answer.status, answer.text, answer.headers)

    async def close(self) -> None:
        """Close the connections of the running loop."""
        await self._client.close()
