"""How many statements the filing of a text takes: each is a round trip, under locks that others wait for."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateway.models import UnreadCounter
from tests.factories import make_business, make_member, make_sender, make_text

MAYA = "+15550199"

pytestmark = pytest.mark.django_db


@pytest.fixture
def number():
    member = make_member(make_business())
    number = make_sender(member.business)
    make_text(number, "+15550100", "The first customer of all makes the counter")
    return number


def statements(number, words):
    with CaptureQueriesContext(connection) as captured:
        make_text(number, MAYA, words)
    return [query["sql"] for query in captured.captured_queries]


def test_a_new_customer_and_a_known_one_take_a_bounded_number(number):
    assert len(statements(number, "Is it there?")) <= 20
    assert len(statements(number, "Hello?")) <= 23


def test_what_everybody_writes_to_is_locked_last(number):
    for words in ("Is it there?", "Hello?"):
        written = [sql for sql in statements(number, words) if sql.startswith("UPDATE")]
        inbox = next(n for n, sql in enumerate(written) if 'UPDATE "gateway_business"' in sql)
        assert inbox == len(written) - 1
    assert UnreadCounter.objects.get(business=number.dedication.business).unread == 2
