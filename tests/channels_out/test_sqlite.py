"""How transactions begin on a host project's SQLite."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connections


@pytest.mark.parametrize(
    ("chosen", "mode"), [({}, "IMMEDIATE"), ({"transaction_mode": "DEFERRED"}, "DEFERRED")]
)
def test_they_take_the_write_lock_first_unless_the_host_chose_otherwise(monkeypatch, chosen, mode):
    database = connections.settings["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(database, "OPTIONS", chosen)
    apps.get_app_config("channels_out").ready()
    assert database["OPTIONS"]["transaction_mode"] == mode
