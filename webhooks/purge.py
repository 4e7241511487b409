"""Raw bodies are kept for a named time; their rows stay, so that a repeat is still known as one."""

from __future__ import annotations

from datetime import datetime, timedelta

from webhooks.models import EventState, InboundEvent, InboundEventQuerySet

# Long enough to find a fault of ours and process again what it spoiled.
BODIES_KEPT = timedelta(days=90)


def old_bodies(now: datetime) -> InboundEventQuerySet:
    """Events whose raw body is no longer needed: processed long ago, and nothing of them waits for a person."""
    processed = InboundEvent.objects.with_body().filter(state=EventState.DONE)
    return processed.filter(received_at__lt=now - BODIES_KEPT).exclude(held__settlement="")


def forget_bodies(now: datetime) -> int:
    """Deletes those bodies; how many. Raises what the storage raises; run again, it goes on where it stopped."""
    in_storage = list(old_bodies(now).exclude(body_file="").defer("body"))
    for event in in_storage:
        event.body_file.delete(save=False)
        InboundEvent.objects.filter(pk=event.pk).update(body_file="")
    return len(in_storage) + old_bodies(now).filter(body_file="").update(body=b"")
