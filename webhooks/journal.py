"""One insert a request: stored first, answered then."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files import File
from django.db import IntegrityError, transaction

from gateway.bell import work_waits
from webhooks.body import KEPT_IN_ROW, Body
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

    Raises DatabaseError or OSError when it could not be stored: then it must not be answered as taken.
    """
    event = _row(arrival)
    try:
        with transaction.atomic():  # a repeat must not spoil a transaction around us
            event.save(force_insert=True)
    except IntegrityError:
        _take_back(event)
        REPEATED.labels(arrival.kind.value, arrival.provider).inc()
        log.info("A repeated %s of %s was answered like the first", arrival.kind, arrival.provider)
        return False
    except BaseException:
        _take_back(event)
        raise
    ACCEPTED.labels(arrival.kind.value, arrival.provider).inc()
    work_waits("inbound")
    return True


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


def _take_back(event: InboundEvent) -> None:
    if event.body_file:
        event.body_file.delete(save=False)
