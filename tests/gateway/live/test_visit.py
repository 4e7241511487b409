"""Who is behind a session, asked in as many queries for one stream as for all."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from gateway.live.visit import Visit, lasting, visit_of
from gateway.models import Membership
from tests.factories import make_member
from tests.gateway.live.conftest import sign_in

pytestmark = pytest.mark.django_db

QUERIES = 3


def visit(member: Membership) -> Visit:
    found = visit_of(sign_in(member))
    assert found is not None
    return found


def test_a_visit_sees_the_businesses_of_its_person(ann: Membership, ben: Membership) -> None:
    make_member(ben.business, user=ann.user)
    make_member(user=ann.user, is_active=False)
    assert visit(ann).businesses == {str(ann.business_id), str(ben.business_id)}


def test_somebody_without_a_business_has_a_visit(ann: Membership) -> None:
    Membership.objects.update(is_active=False)
    assert visit(ann).businesses == frozenset()


@pytest.mark.parametrize("count", [1, 30])
def test_many_visits_cost_the_queries_of_one(
    ann: Membership, django_assert_num_queries: Any, count: int
) -> None:
    visits = {visit(make_member(ann.business)) for _ in range(count)}
    with django_assert_num_queries(QUERIES):
        assert lasting(visits) == visits


def test_letting_somebody_in_costs_as_much(ann: Membership, django_assert_num_queries: Any) -> None:
    session = sign_in(ann)
    with django_assert_num_queries(QUERIES):
        visit_of(session)


def test_sessions_outside_the_database_are_asked_where_they_are(
    settings: Any, ann: Membership, ben: Membership
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    visits = {visit(ann), visit(ben)}
    assert lasting(visits) == visits
    cache.clear()
    assert lasting(visits) == set()


def test_a_session_of_a_former_secret_is_let_in_and_not_renewed(
    settings: Any, ann: Membership
) -> None:
    session = sign_in(ann)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-" + "s" * 40
    found = visit_of(session)
    assert found is not None
    assert lasting([found]) == {found}
    assert visit_of(session) == found
