"""A page that is open on the stream is told to look again, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import redis as redis_client
import requests
from django.contrib.sessions.models import Session
from django.test import override_settings

from gateway.live.channel import channel, publish
from gateway.live.streams import MOST_OF_ONE
from gateway.models import Membership
from tests.factories import make_message
from tests.gateway.live.conftest import sign_in
from tests.live_process import LiveProcess
from tests.servers import Redis

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("news"),
]

RINGS = 1000
FEW = 20  # a reader that needs a whole millisecond for each ring would make ten pieces of news


def test_a_message_filed_in_another_process_reaches_an_open_page(
    live: LiveProcess, ann: Membership
) -> None:
    page = live.open_soon(sign_in(ann))
    make_message(ann)
    page.wait_for_looks(1)


def test_every_window_and_every_member_of_the_business_is_told(
    live: LiveProcess, ann: Membership
) -> None:
    session = sign_in(ann)
    pages = [live.open_soon(session), live.open(session), live.open(sign_in(ann))]
    make_message(ann)
    for page in pages:
        page.wait_for_looks(1)


def test_news_of_another_business_is_not_told(
    live: LiveProcess, ann: Membership, ben: Membership
) -> None:
    anns, bens = live.open_soon(sign_in(ann)), live.open(sign_in(ben))
    make_message(ben)
    bens.wait_for_looks(1)
    make_message(ben)
    bens.wait_for_looks(2)
    make_message(ann)
    anns.wait_for_looks(1)
    make_message(ben)
    bens.wait_for_looks(3)
    assert anns.looks == 1


def test_another_site_on_the_same_redis_rings_nobody_here(
    live: LiveProcess, redis: Redis, ann: Membership, ben: Membership, settings: Any
) -> None:
    anns, bens = live.open_soon(sign_in(ann)), live.open(sign_in(ben))
    settings.REDIS_URL = f"{redis.url}/1"
    with override_settings(PUBLIC_URL="https://staging.gateway.test"):
        publish([str(ann.business_id)])
    publish([str(ben.business_id)])
    bens.wait_for_looks(1)
    assert anns.looks == 0


def test_a_thousand_rings_come_as_few_looks(
    live: LiveProcess, redis: Redis, ann: Membership, ben: Membership
) -> None:
    anns, bens = live.open_soon(sign_in(ann)), live.open(sign_in(ben))
    with redis_client.Redis.from_url(redis.url) as client, client.pipeline() as rings:
        for _ in range(RINGS):
            rings.publish(channel(), str(ann.business_id))
        rings.publish(channel(), str(ben.business_id))
        rings.execute()
    bens.wait_for_looks(1)
    anns.wait_for_looks(1)
    assert anns.looks <= FEW


def test_what_is_no_business_does_no_harm(live: LiveProcess, redis: Redis, ann: Membership) -> None:
    page = live.open_soon(sign_in(ann))
    with redis_client.Redis.from_url(redis.url) as client:
        for odd in (b"", b"\xff\x00", b"../..", b"x" * 100_000):
            client.publish(channel(), odd)
    publish([str(ann.business_id)])
    page.wait_for_looks(1)


def test_who_is_not_signed_in_gets_no_stream(live: LiveProcess, ann: Membership) -> None:
    live.open_soon(sign_in(ann)).leave()
    ended = sign_in(ann)
    Session.objects.filter(session_key=ended).delete()
    assert [live.open(key).status for key in ("", "nonsense", "x" * 5000, ended)] == [401] * 4
    assert requests.get(f"http://127.0.0.1:{live.port}/live/", timeout=30).status_code == 401


def test_a_deactivated_person_gets_no_stream(live: LiveProcess, ann: Membership) -> None:
    session = sign_in(ann)
    live.open_soon(session).leave()
    ann.user.is_active = False
    ann.user.save()
    assert live.open(session).status == 401


def test_a_session_is_only_read(live: LiveProcess, ann: Membership) -> None:
    session = sign_in(ann)
    live.open_soon(session).leave()
    ann.user.set_password("another-horse")
    ann.user.save()
    before = Session.objects.values_list("session_key", "session_data", "expire_date").get()
    assert live.open(session).status == 401
    assert Session.objects.values_list("session_key", "session_data", "expire_date").get() == before


def test_nothing_else_is_served(live: LiveProcess, ann: Membership) -> None:
    session = sign_in(ann)
    for path in ("/", "/live", "/live/x", "/live//", "/admin/"):
        assert live.open(session, path).status == 404
    assert requests.post(f"http://127.0.0.1:{live.port}/live/", timeout=30).status_code == 404


def test_the_headers_keep_proxies_and_caches_from_holding_events_back(
    live: LiveProcess, ann: Membership
) -> None:
    page = live.open_soon(sign_in(ann))
    headers = page.response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"


def test_one_person_has_so_many_streams_and_no_more(
    live: LiveProcess, ann: Membership, ben: Membership
) -> None:
    session = sign_in(ann)
    pages = [live.open_soon(session) for _ in range(MOST_OF_ONE)]
    beyond = live.open(session)
    assert beyond.status == 429
    assert beyond.words() == "Too many of your pages are open."
    live.open_soon(sign_in(ben)).leave()
    pages.pop().leave()
    pages.append(live.open_soon(session))
