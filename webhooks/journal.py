"""One row a request: stored first, answered then."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files import File

from webhooks.body import KEPT_IN_ROW, Body
from webhooks.group_commit import store
from webhooks.metrics import ACCEPTED, REPEATED
from webhooks.models import InboundEvent, Kind
from webhooks.text import clean

LONGEST_KEY = 200  # characters, the width of the column
LONGEST_LANE = 255
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A verified request. `key` is what makes it the same as another of its kind and provider, `lane`
    names what must be taken in in the order it came.
    """

    kind: Kind
    provider: str
    key: str
    path: str
    content_type: str
    body: Body
    account: str = ""
    lane: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def record(arrival: Arrival) -> bool:
    """Stores the request durably; False when it was stored before.

    Raises django.db.Error or OSError when it could not be stored: then it must not be answered as taken.
    """
    is_first = store(_row(arrival))
    (ACCEPTED if is_first else REPEATED).labels(arrival.kind.value, arrival.provider).inc()
    if not is_first:
        log.info("A repeated %s of %s was answered like the first", arrival.kind, arrival.provider)
    return is_first


def _row(arrival: Arrival) -> InboundEvent:
    event = InboundEvent(
        kind=arrival.kind,
        provider=arrival.provider,
        account=clean(arrival.account)[:64],
        unique_key=_unique_key(arrival),
        lane=clean(arrival.lane)[:LONGEST_LANE],
        path=clean(arrival.path),
        headers={name: clean(value) for name, value in arrival.headers.items()},
        content_type=clean(arrival.content_type)[:255],
        size=arrival.body.size,
    )
    if arrival.body.size <= KEPT_IN_ROW:
        event.body = arrival.body.read()
    else:
        arrival.body.file.seek(0)
        event.body_file.save("body", File(arrival.body.file), save=False)
    return event


def _unique_key(arrival: Arrival) -> str:
    key = clean(f"{arrival.kind}:{arrival.provider}:{arrival.key}")
    if len(key) <= LONGEST_KEY:
        return key
    return f"{arrival.kind}:{arrival.provider}:{hashlib.sha256(key.encode()).hexdigest()}"
