"""News that travels upward. Each is sent inside the transaction that records it.

`deliveries_changed`: sender=Delivery, changes (a list of `Change`, one a delivery, sorted by its
id). Sent once a transaction, after the rows are written, so a receiver may lock, sum up and write
for all of them at once; what it raises undoes the whole batch.
`deliveries_due`: sender=Delivery. Something may be sent now.
`address_bounced`: sender=Delivery, delivery, address, reason (a mail that came back for good).
`address_unwanted`: sender=Delivery, delivery, address, reason ("complained" or "unsubscribed"): its
reader wants no more mail, so none is sent there once the transaction is over.
`copy_failed`: sender=Delivery, delivery, address, reason (one of `statuses.COPY_FAILED`). A mail did not
reach somebody on copy, or he wants no more; of whom it is for, it says nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.dispatch import Signal

from channels_out.state import State


@dataclass(slots=True)
class Change:
    """How a delivery now stands, and the state in which the transaction found it.

    `waits_for_a_person`: nobody can be asked whether it went out.
    """

    delivery_id: UUID
    channel: str
    purpose: str
    state: State
    previous_state: State
    provider: str
    provider_id: str
    queued_at: datetime
    sent_at: datetime | None
    waits_for_a_person: bool


deliveries_changed = Signal()
deliveries_due = Signal()
address_bounced = Signal()
address_unwanted = Signal()
copy_failed = Signal()
