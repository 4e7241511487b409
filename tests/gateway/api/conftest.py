from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gateway.models import Membership
from tests.factories import make_member, make_token


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API over HTTP, with a token, a session, or nothing."""

    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/{path}", query)

    def post(self, path: str, data: Any = None, **options: Any) -> Any:
        options = {"content_type": "application/json", **options}
        return self.client.post(f"/api/{path}", data if data is not None else {}, **options)

    def patch(self, path: str, data: Any) -> Any:
        return self.client.patch(f"/api/{path}", data, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/{path}")


@pytest.fixture(autouse=True)
def nobody_called_before() -> Iterator[None]:
    """Throttles begin anew: they keep their count in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ann(db: None) -> Membership:
    """The owner of a business."""
    return make_member()


@pytest.fixture
def caller_for() -> Callable[[Any], Caller]:
    """A caller with a token of this user."""

    def caller(user: Any) -> Caller:
        return Caller(Client(headers={"Authorization": f"Token {make_token(user)}"}))

    return caller


@pytest.fixture
def api(ann: Membership, caller_for: Callable[[Any], Caller]) -> Caller:
    """Ann with her token."""
    return caller_for(ann.user)


@pytest.fixture
def anonymous() -> Caller:
    """Anybody."""
    return Caller(Client())
