"""One row a request: stored first, answered then."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files import File

from channels_out.among import Among
from webhooks.body import KEPT_IN_ROW, Body
from webhooks.group_commit import store
from webhooks.metrics import ACCEPTED, RECOVERED, REPEATED
from webhooks.models import InboundEvent, Kind
from webhooks.text import clean

LONGEST_KEY = 200  # characters, the width of the column
LONGEST_LANE = 255
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A verified request. `key` is what makes it the same as another of its kind and provider, `lane`
    names what must be taken in in the order it came. `recovered_at` says that we asked for it, and
    `happened_at` is when it happened at the provider then.
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
    happened_at: datetime | None = None
    recovered_at: datetime | None = None


def record(arrival: Arrival) -> bool:
    """Stores the request durably; False when it was stored before.

    Raises django.db.Error or OSError when it could not be stored: then it must not be answered as taken.
    """
    is_first = store(_row(arrival))
    (ACCEPTED if is_first else REPEATED).labels(arrival.kind.value, arrival.provider).inc()
    if is_first and arrival.recovered_at:
        RECOVERED.labels(arrival.kind.value, arrival.provider).inc()
    if not is_first:
        log.info("A repeated %s of %s was answered like the first", arrival.kind, arrival.provider)
    return is_first


def unknown(kind: Kind, provider: str, keys: Iterable[str]) -> set[str]:
    """Those of these keys under which nothing is stored yet."""
    unique = {unique_key(kind, provider, key): key for key in keys}
    rows = InboundEvent.objects.filter(Among("unique_key", unique))
    stored = set(rows.values_list("unique_key", flat=True))
    return {key for row_key, key in unique.items() if row_key not in stored}


def unique_key(kind: Kind, provider: str, key: str) -> str:
    """What the column holds for a request that `key` makes the same as another of its kind and provider."""
    whole = clean(f"{kind}:{provider}:{key}")
    if len(whole) <= LONGEST_KEY:
        return whole
    return f"{kind}:{provider}:{hashlib.sha256(whole.encode()).hexdigest()}"


def _row(arrival: Arrival) -> InboundEvent:
    event = InboundEvent(
        kind=arrival.kind,
        provider=arrival.provider,
        account=clean(arrival.account)[:64],
        unique_key=unique_key(arrival.kind, arrival.provider, arrival.key),
        lane=clean(arrival.lane)[:LONGEST_LANE],
        path=clean(arrival.path),
        headers={name: clean(value) for name, value in arrival.headers.items()},
        content_type=clean(arrival.content_type)[:255],
        size=arrival.body.size,
        recovered_at=arrival.recovered_at,
    )
    if arrival.happened_at:
        event.received_at = arrival.happened_at
    if arrival.body.size <= KEPT_IN_ROW:
        event.body = arrival.body.read()
    else:
        arrival.body.file.seek(0)
        event.body_file.save("body", File(arrival.body.file), save=False)
    return event
