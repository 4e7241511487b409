"""Raw bodies are kept for a named time; their rows stay, so that a repeat is still known as one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage

from webhooks.models import (
    BODIES,
    EventState,
    InboundEvent,
    InboundEventQuerySet,
    body_path,
)

# Long enough to find a fault of ours and process again what it spoiled.
BODIES_KEPT = timedelta(days=90)
# Longer than any COMMIT hangs: a row that is not there by then will not come.
ORPHANS_KEPT = timedelta(days=1)
# A UUID of version 7; whatever else a host keeps there is none of ours.
_OURS = re.compile(r"[0-9a-f]{12}7[0-9a-f]{19}")


def old_bodies(now: datetime) -> InboundEventQuerySet:
    """Events whose raw body is no longer needed: processed long ago, and nothing of them waits for a person."""
    processed = InboundEvent.objects.with_body().filter(state=EventState.DONE)
    return processed.filter(received_at__lt=now - BODIES_KEPT).exclude(held__settlement="")


def orphans(now: datetime) -> list[str]:
    """Names in the storage of bodies that no event has: a process died, or COMMIT failed after it was in doubt.

    None where the storage cannot list what it holds.
    """
    try:
        folders, _ = default_storage.listdir(BODIES)
    except (FileNotFoundError, NotImplementedError):
        return []
    return [name for folder in folders for name in _orphans_in(folder, now)]


def forget_bodies(now: datetime) -> int:
    """Deletes both; how many. Raises what the storage raises; run again, it goes on where it stopped."""
    lost = orphans(now)
    for name in lost:
        default_storage.delete(name)
    in_storage = list(old_bodies(now).exclude(body_file="").defer("body"))
    for event in in_storage:
        event.body_file.delete(save=False)
        InboundEvent.objects.filter(pk=event.pk).update(body_file="")
    in_rows = old_bodies(now).filter(body_file="").update(body=b"")
    return len(lost) + len(in_storage) + in_rows


def _orphans_in(folder: str, now: datetime) -> list[str]:
    _, names = default_storage.listdir(f"{BODIES}/{folder}")
    events = [InboundEvent(id=UUID(name)) for name in names if _is_ours(folder, name)]
    old = {each.id: body_path(each, "") for each in events if _made_at(each) < now - ORPHANS_KEPT}
    kept = set(InboundEvent.objects.filter(pk__in=old).values_list("pk", flat=True))
    return [path for pk, path in old.items() if pk not in kept]


def _is_ours(folder: str, name: str) -> bool:
    return _OURS.fullmatch(name) is not None and name.startswith(folder)


def _made_at(event: InboundEvent) -> datetime:
    """When an id was made: a UUID of version 7 begins with milliseconds (RFC 9562 section 5.7)."""
    return datetime.fromtimestamp((event.id.int >> 80) / 1000, UTC)
