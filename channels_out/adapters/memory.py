from collections import deque
from datetime import datetime
from uuid import uuid4

from django.utils import timezone

from channels_out.adapters.base import Adapter
from channels_out.errors import SendError, Uncertain
from channels_out.outgoing import Found, Outgoing, Sent, Standing
from channels_out.state import State


class Memory(Adapter):
    """Keeps what it is given in `accepted`: for trials and tests without any provider.

    `answers` are given in turn before the usual yes; `loses_answers` accepts a message and then
    answers that it does not know, as a broken line does.
    """

    asks = "memory"

    def __init__(self) -> None:
        self.accepted: list[tuple[Outgoing, Found]] = []
        self.answers: deque[SendError] = deque()
        self.loses_answers = False

    async def send(self, outgoing: Outgoing) -> Sent:
        if self.answers:
            raise self.answers.popleft()
        found = Found("memory", uuid4().hex, State.SENT, timezone.now(), outgoing.account)
        self.accepted.append((outgoing, found))
        if self.loses_answers:
            raise Uncertain("The answer got lost.")
        return Sent(found.provider, found.provider_id, found.status, found.account)

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        return [
            found
            for earlier, found in self.accepted
            if found.created_at >= since and _same_message(earlier, outgoing)
        ]

    async def standing_of(self, known_as: str, account: str) -> list[Standing]:
        return []

    def clear(self) -> None:
        """Forget everything."""
        self.accepted.clear()
        self.answers.clear()
        self.loses_answers = False


def _same_message(one: Outgoing, other: Outgoing) -> bool:
    return (one.to_address, one.sender_address, one.rendered) == (
        other.to_address,
        other.sender_address,
        other.rendered,
    )
