"""What every table of the gateway shares."""

from __future__ import annotations

import uuid

from django.db import models
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUID that sorts by time (RFC 9562 section 5.7), so that indexes grow at one end."""
    return uuid7()


class Row(models.Model):
    """A row with a time-sorted id and the time it was made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
