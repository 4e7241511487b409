"""No stream holds a database connection: a process with a single one serves many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from gateway.models import Membership
from tests.factories import make_message
from tests.gateway.live.conftest import sign_in
from tests.gateway.live.one_connection import NAME
from tests.live_process import LiveProcess, own_live
from tests.redis_server import RedisServer

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("news"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no pool"),
]


@pytest.fixture
def live(redis: RedisServer) -> Iterator[LiveProcess]:
    """A process whose pool has one connection."""
    with own_live(redis.url, settings=f"{__package__}.one_connection") as process:
        yield process


def connections() -> list[str]:
    """What each connection of that process is doing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM pg_stat_activity WHERE application_name = %s", [NAME])
        return [state for (state,) in cursor.fetchall()]


def test_a_dozen_streams_leave_the_only_connection_free(
    live: LiveProcess, ann: Membership, ben: Membership
) -> None:
    session = sign_in(ann)
    pages = [live.open_soon(session) for _ in range(12)]
    assert connections() == ["idle"]
    bens = live.open(sign_in(ben))
    assert bens.status == 200
    make_message(ann)
    for page in pages:
        page.wait_for_looks(1)
    make_message(ben)
    bens.wait_for_looks(1)
