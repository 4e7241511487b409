"""The queue: enqueue, claim, deliver and record status, in one place."""

from channels_out.outbox.by_hand import NotPossible, cancel, retry, settle
from channels_out.outbox.deliver import drain
from channels_out.outbox.doubts import (
    expire_leases,
    give_up_leases,
    resolve_doubts,
    tick,
)
from channels_out.outbox.enqueue import enqueue, hasten
from channels_out.outbox.pace import resume
from channels_out.outbox.status import StatusOutcome, StatusReport, record_status

__all__ = [
    "NotPossible",
    "StatusOutcome",
    "StatusReport",
    "cancel",
    "drain",
    "enqueue",
    "expire_leases",
    "give_up_leases",
    "hasten",
    "record_status",
    "resolve_doubts",
    "resume",
    "retry",
    "settle",
    "tick",
]
