"""The pages of the list: every conversation exactly once, in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.models import CustomerMessage
from tests.factories import make_message

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECONDS = st.integers(min_value=0, max_value=3)  # few, so that many are the same


def with_activity(ann, seconds: int) -> str:
    """A conversation with its last activity so many seconds after noon."""
    contact = CustomerMessage.objects.values_list("contact", flat=True).first()
    row = CustomerMessage.objects.create(
        business=ann.business,
        contact_id=contact,
        subject="s",
        message="m",
        last_activity_at=NOON + timedelta(seconds=seconds),
    )
    return str(row.pk)


def follow(api, url: str):
    response = api.client.get(url)
    assert response.status_code == 200, response.content
    return response.json()


@pytest.fixture
def somebody(ann):
    """A contact whom conversations can be made with; his own message is older than all."""
    message = make_message(ann)
    CustomerMessage.objects.update(last_activity_at=NOON - timedelta(days=1))
    return str(message.pk)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    times=st.lists(SECONDS, max_size=12),
    size=st.integers(min_value=1, max_value=5),
    arriving=st.lists(SECONDS, max_size=4),
)
def test_every_conversation_is_on_exactly_one_page_whatever_arrives_meanwhile(
    api, ann, somebody, times, size, arriving
):
    CustomerMessage.objects.exclude(pk=somebody).delete()
    expected = {with_activity(ann, seconds) for seconds in times} | {somebody}
    page = follow(api, f"/api/business/messages/?page_size={size}")
    pages = [page]
    for seconds in arriving:
        with_activity(ann, 10 + seconds)  # newer than all: before the first page
        page = follow(api, page["next"]) if page["next"] else page
    page, seen = pages[0], []
    while True:
        seen += [row["id"] for row in page["results"]]
        if not page["next"]:
            break
        page = follow(api, page["next"])
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    newest_first = CustomerMessage.objects.filter(pk__in=seen).order_by("-last_activity_at", "-id")
    assert seen == [str(row.pk) for row in newest_first]


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(times=st.lists(SECONDS, min_size=1, max_size=10), size=st.integers(min_value=1, max_value=4))
def test_the_way_back_shows_the_same_pages_and_ends(api, ann, somebody, times, size):
    CustomerMessage.objects.exclude(pk=somebody).delete()
    for seconds in times:
        with_activity(ann, seconds)
    forth = [follow(api, f"/api/business/messages/?page_size={size}")]
    while forth[-1]["next"]:
        forth.append(follow(api, forth[-1]["next"]))
    back = [forth[-1]]
    while back[-1]["previous"]:
        back.append(follow(api, back[-1]["previous"]))
    assert [row["id"] for page in reversed(back) for row in page["results"]] == [
        row["id"] for page in forth for row in page["results"]
    ]


def test_links_are_whole_at_the_public_address_and_keep_the_filters(api, ann):
    for _ in range(3):
        make_message(ann)
    page = follow(api, "/api/business/messages/?page_size=1&status=unread&q=still there")
    assert page["previous"] is None
    second = follow(api, page["next"])
    assert page["next"].startswith("https://gateway.test/api/business/messages/?")
    assert {"status=unread", "page_size=1", "q=still+there"} <= set(
        urlsplit(second["next"]).query.split("&")
    )
    assert follow(api, second["previous"])["results"] == page["results"]


def test_no_page_counts_or_skips_rows(api, ann, django_assert_max_num_queries):
    for _ in range(4):
        make_message(ann)
    page = follow(api, "/api/business/messages/?page_size=2")
    with django_assert_max_num_queries(13) as queries:
        follow(api, page["next"])
    said = " ".join(query["sql"] for query in queries.captured_queries)
    assert "OFFSET" not in said
    assert "COUNT(" not in said
