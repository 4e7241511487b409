"""By which names the product is asked: customers by its own, probes by any."""

from __future__ import annotations

import pytest
from django.test import Client

STRANGE = ["web:8000", "172.18.0.5", "no_name", ""]


@pytest.mark.parametrize("host", STRANGE)
def test_a_probe_may_ask_by_any_name(client: Client, host: str):
    assert client.get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/livez/", "/accounts/login/", "/nowhere"])
@pytest.mark.parametrize("host", STRANGE)
def test_nobody_else_may(client: Client, path: str, host: str):
    assert client.get(path, headers={"host": host}).status_code == 400


def test_its_own_name_is_answered_and_a_missing_slash_is_added(client: Client):
    answer = client.get("/accounts/login", headers={"host": "gateway.test"})
    assert (answer.status_code, answer.headers["Location"]) == (301, "/accounts/login/")
