import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.dateparse import parse_datetime

from channels_out.adapters.mail_search import MailSearch, read, readable
from channels_out.adapters.web_client import Answer
from channels_out.errors import NotSupported
from channels_out.outgoing import Found, Outgoing, Standing
from channels_out.state import State

# The most that a page of its lists holds.
PAGE = 500

# "This message was not found": https://postmarkapp.com/developer/api/overview#error-codes
NOT_FOUND = 701

BOUNCED = "Bounced"

# For each of its words for what happened to a message: the kind of webhook that tells of it, where that has the
# time, and our word.
TOLD = {
    "Delivered": ("Delivery", "DeliveredAt", "delivered"),
    "Opened": ("Open", "ReceivedAt", "opened"),
    "LinkClicked": ("Click", "ReceivedAt", "clicked"),
}


class PostmarkMessages(MailSearch):
    """Postmark's messages by the attempt in their metadata, and what happened to each.

    https://postmarkapp.com/developer/api/messages-api
    """

    async def find(self, outgoing: Outgoing) -> list[Found]:
        if self._backend.generate_message_id:
            raise NotSupported(
                "What went through Postmark's bulk API is known by an id of Anymail's."
            )
        attempt = str(outgoing.attempt_id)
        listed = read(await self._list("messages/outbound", metadata_attempt_id=attempt))
        with readable():
            messages = listed["Messages"]
            return [_found(each) for each in messages if each["Metadata"]["attempt_id"] == attempt]

    async def standing_of(self, known_as: str) -> list[Standing]:
        answer = await self._get(f"messages/outbound/{quote(known_as, safe='')}/details")
        if _says_not_found(answer):
            return []
        message = read(answer)
        with readable():
            events = list(message["MessageEvents"])
            standings = list(_standings(message, events))
        if any(each.get("Type") == BOUNCED for each in events):
            standings += await self._bounces(message)
        return sorted(standings, key=lambda each: each.at)

    async def _bounces(self, message: dict[str, Any]) -> list[Standing]:
        """Of a bounce the message tells the server's words only; what kind it is stands here.

        https://postmarkapp.com/developer/api/bounce-api
        """
        listed = read(await self._list("bounces", messageID=message["MessageID"]))
        with readable():
            return [_bounce(message, each) for each in listed["Bounces"]]

    async def _list(self, path: str, **filters: str) -> Answer:
        # Without it only the stream "outbound" is looked through.
        stream = self._backend.message_stream
        of_ours = {"messagestream": stream} if stream else {}
        return await self._get(path, {"count": PAGE, "offset": 0, **filters, **of_ours})

    async def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        token = self._backend.server_token
        headers = {"Accept": "application/json", "X-Postmark-Server-Token": token}
        return await self._ask(path, params or {}, headers=headers)


def _says_not_found(answer: Answer) -> bool:
    if answer.status != 422:
        return False
    with readable():
        return bool(json.loads(answer.text)["ErrorCode"] == NOT_FOUND)


def _found(message: dict[str, Any]) -> Found:
    name = message["MessageID"]
    if not (name and isinstance(name, str)):
        raise ValueError(f"No id: {name!r}")
    return Found("postmark", name, State.SENT, _at(message["ReceivedAt"]))


def _standings(message: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[Standing]:
    for event in events:
        if event["Type"] not in TOLD:
            continue
        record, time, word = TOLD[event["Type"]]
        posted = {
            "RecordType": record,
            "MessageID": message["MessageID"],
            "Metadata": message["Metadata"],
            "Recipient": event["Recipient"],
            time: event["ReceivedAt"],
            "Details": (event.get("Details") or {}).get("DeliveryMessage", ""),
        }
        yield Standing(word, "", _at(event["ReceivedAt"]), event["Recipient"], posted)


def _bounce(message: dict[str, Any], bounce: dict[str, Any]) -> Standing:
    posted = {**bounce, "RecordType": "Bounce", "Metadata": message["Metadata"]}
    return Standing("bounced", "", _at(bounce["BouncedAt"]), bounce["Email"], posted)


def _at(written: str) -> datetime:
    at = parse_datetime(written)
    if at is None or at.tzinfo is None:
        raise ValueError(f"No time: {written}")
    return at
