"""What a worker holds in memory of a delivery that it sends: plain values, as a thousand a second pass by.

A row of Django's costs as much to make as its message to send, and a frozen dataclass thrice as much as another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet

from channels_out.models import Delivery
from channels_out.models.sender import pace_of
from channels_out.outgoing import Outgoing


@dataclass(slots=True)
class From:
    """One of our numbers while its row is locked: as much of it as sending wants to know."""

    id: UUID
    channel: str
    address: str
    account: str
    messaging_service: str
    per_second: float | None
    is_active: bool
    next_at: datetime
    paused_at: datetime | None
    pace: float = field(init=False)
    """Messages a second it may send."""

    def __post_init__(self) -> None:
        self.pace = pace_of(self.channel, self.address, self.per_second)


@dataclass(slots=True)
class Due:
    """A delivery whose turn may have come: as much of its row as sending wants to know.

    `sender` is there once it is locked; without `sender_id` it is mail.
    """

    id: UUID
    channel: str
    sender_id: UUID | None
    to_address: str
    payload: dict[str, Any]
    purpose: str
    message_id: str
    attempts: int
    queued_at: datetime
    sent_at: datetime | None
    sender: From | None = None

    @classmethod
    def read(cls, deliveries: QuerySet[Delivery]) -> list[Self]:
        """These rows, as they are in the database."""
        return cls.of(deliveries.values_list(*COLUMNS))

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> list[Self]:
        """Of rows with these COLUMNS."""
        return [cls(*row) for row in rows]

    @property
    def cc(self) -> tuple[str, ...]:
        """The addresses that a mail is copied to."""
        return tuple(self.payload.get("cc", ()))


COLUMNS = [each.name for each in fields(Due)][:-1]
FROM_COLUMNS = [each.name for each in fields(From) if each.init]


@dataclass(slots=True)
class Claim:
    """One attempt that this worker and nobody else makes.

    `start_at` and `start_by` are of this machine's monotonic clock, in seconds; so long as `gap`
    its sender's next one waits after it.
    """

    delivery: Due
    outgoing: Outgoing
    lease_until: datetime
    start_at: float
    start_by: float
    gap: float

    @property
    def delivery_id(self) -> UUID:
        return self.delivery.id

    @property
    def attempt_id(self) -> UUID:
        return self.outgoing.attempt_id
