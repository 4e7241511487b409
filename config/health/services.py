"""The services beside the database: each function raises where its service cannot be used."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from kombu import Connection
from redis import Redis

CONNECT_SECONDS = 1.0
# As much as the smallest piece that file systems give out, so that a full disk cannot take it.
PROBE = b"\0" * 4096


def ask_broker() -> None:
    """Opens a connection and a channel on it."""
    is_redis = settings.CELERY_BROKER_URL.startswith("redis")
    times = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), CONNECT_SECONDS)
    options = times if is_redis else {}
    with Connection(
        settings.CELERY_BROKER_URL, connect_timeout=CONNECT_SECONDS, transport_options=options
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        broker.channel()  # Redis is only spoken to by a channel


def ask_redis() -> None:
    """Pings it on a connection of its own: one that stands tells nothing of whether others can connect."""
    with Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
    ) as redis:
        redis.ping()


def try_storage() -> None:
    """Writes a small file where attachments go, and takes it away."""
    name = default_storage.save(f"health/{uuid.uuid4().hex}", ContentFile(PROBE))
    default_storage.delete(name)
