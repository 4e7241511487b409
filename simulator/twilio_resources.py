"""Twilio's JSON for messages and media, and its dates."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from simulator.messages import Media, Message

API = "/2010-04-01"
PAGING = ("Page", "PageToken", "PageSize")
RFC_2822 = "%a, %d %b %Y %H:%M:%S +0000"


def message_json(message: Message, account_sid: str) -> dict[str, object]:
    """The Message resource."""
    uri = f"{API}/Accounts/{account_sid}/Messages/{message.sid}"
    from_pool = message.status == "accepted"
    return {
        "account_sid": account_sid,
        "api_version": API.removeprefix("/"),
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": None if message.sent is None else rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": None if from_pool else message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": str(message.num_media),
        "num_segments": "0" if from_pool else str(message.num_segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def media_json(media: Media, account_sid: str) -> dict[str, object]:
    """The Media resource."""
    uri = f"{API}/Accounts/{account_sid}/Messages/{media.message_sid}/Media/{media.sid}.json"
    return {
        "account_sid": account_sid,
        "content_type": media.content_type,
        "date_created": rfc2822(media.created),
        "date_updated": rfc2822(media.created),
        "parent_sid": media.message_sid,
        "sid": media.sid,
        "uri": uri,
    }


@dataclass(frozen=True)
class Page:
    """One page of a list: where it was asked for, its number and its size."""

    path: str
    query: Sequence[tuple[str, str]]
    number: int
    size: int

    def as_json(self, key: str, found: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The page; `found` holds one more than its size where another page follows."""
        shown = found[: self.size]
        follows = len(found) > self.size
        return {
            "end": self.number * self.size + max(len(shown) - 1, 0),
            "first_page_uri": self._uri(0),
            "next_page_uri": self._uri(self.number + 1, shown[-1]["sid"]) if follows else None,
            "page": self.number,
            "page_size": self.size,
            "previous_page_uri": None,
            "start": self.number * self.size,
            "uri": self._uri(self.number),
            key: shown,
        }

    def _uri(self, number: int, last_sid: object = None) -> str:
        kept = [(name, value) for name, value in self.query if name not in PAGING]
        token = [("PageToken", f"PA{last_sid}")] if last_sid else []
        paging = [("PageSize", self.size), ("Page", number), *token]
        return f"{self.path}?{urlencode([*kept, *paging])}"


def rfc2822(moment: float) -> str:
    """A date as the API writes it, in GMT."""
    return time.strftime(RFC_2822, time.gmtime(moment))


def date_bounds(text: str) -> tuple[float, float]:
    """First and last second that `YYYY-MM-DD` or an ISO 8601 date with time stands for.

    Raises ValueError for anything else.
    """
    start = datetime.fromisoformat(text)
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    length = timedelta(days=1) if len(text) == len("YYYY-MM-DD") else timedelta(seconds=1)
    return start.timestamp(), (start + length).timestamp() - 0.000001
