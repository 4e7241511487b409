"""What a mail provider's search is asked with, and how its answers are read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from channels_out.adapters.web_client import Answer, WebClient
from channels_out.errors import NotSupported, SendError, TooFast, Uncertain
from channels_out.outgoing import Found, Outgoing, Standing

# A search is dearer to a provider than a mail, and most limit how many they answer at once.
IN_FLIGHT = 10

# A key that may only send, or a search that is not there, or not any more.
CANNOT_BE_ASKED = frozenset({401, 403, 404, 410})

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
LONGEST_DETAIL = 500  # characters of an answer that are told to staff


class MailSearch:
    """A provider's search for mails of ours, with the address and the keys of its Anymail backend.

    Raises NotSupported where it will not be asked by us, and any other SendError where it gave no answer that
    can be read: that is never "nothing there".
    """

    def __init__(self, backend: Any, client: WebClient) -> None:
        self._backend = backend
        self._client = client

    async def find(self, outgoing: Outgoing) -> list[Found]:
        """What it took of this attempt."""
        raise NotImplementedError

    async def standing_of(self, known_as: str) -> list[Standing]:
        """All that it says of one mail, oldest first; nothing where it has it no longer."""
        raise NotImplementedError

    async def _ask(
        self,
        path: str,
        params: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        url = urljoin(self._backend.api_url, path)
        return await self._client.ask("GET", url, params=params, headers=headers, auth=auth)


def read(answer: Answer) -> Any:
    """What a good answer holds; raises the SendError of any other."""
    if answer.status != 200:
        raise _refused(answer)
    with readable():
        return json.loads(answer.text)


@contextmanager
def readable() -> Iterator[None]:
    """Around whatever takes for granted what an answer holds: one that is odd is Uncertain."""
    try:
        yield
    except UNREADABLE as error:
        raise Uncertain(f"Unreadable answer: {error!r}") from error


def _refused(answer: Answer) -> SendError:
    code = str(answer.status)
    said = f"The search answers {code}: {answer.text[:LONGEST_DETAIL]}"
    if answer.status in CANNOT_BE_ASKED:
        return NotSupported(said, error_code=code)
    if answer.status == 429:
        return TooFast(said, error_code=code, retry_after=answer.retry_after)
    return Uncertain(said, error_code=code)
