"""The page on adding a channel does what it says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from werkzeug import Response

from channels_out.channel import Channel
from channels_out.outbox import StatusOutcome, StatusReport, drain, enqueue, record_status
from channels_out.outgoing import Rendered
from channels_out.state import State
from channels_out.statuses import WORDS

PAGE = Path(__file__).parents[2] / "docs" / "add-a-channel.md"

pytestmark = pytest.mark.django_db


@pytest.fixture
def telegram(httpserver, settings, monkeypatch):
    """The page's adapter, under the channel that has none, and what Telegram got."""
    module = ModuleType(f"telegram_{uuid4().hex}")
    [code] = re.findall(r"```python\n(import aiohttp.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.CHANNEL_ADAPTERS = {Channel.WEB: f"{module.__name__}.Telegram"}
    settings.TELEGRAM_API_URL, settings.TELEGRAM_TOKEN = httpserver.url_for("").rstrip("/"), "t"
    return httpserver.expect_request("/bott/sendMessage", method="POST")


@pytest.fixture
def message(db):
    return enqueue(channel=Channel.WEB, to_address="4711", rendered=Rendered(text="Hello"))


def test_the_adapter_of_the_page_sends(telegram, message):
    telegram.respond_with_json({"ok": True, "result": {"message_id": 42}})
    drain()
    message.refresh_from_db()
    assert (message.state, message.provider_id) == (State.SENT, "42")


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (404, State.FAILED, "bad_address"),
        (429, State.QUEUED, "too_fast"),
        (500, State.IN_DOUBT, "uncertain"),
    ],
)
def test_the_adapter_of_the_page_tells_refusals_apart(telegram, message, status, state, error):
    telegram.respond_with_response(Response("{}", status, content_type="application/json"))
    drain()
    message.refresh_from_db()
    assert (message.state, message.error_name) == (state, error)


def test_the_report_of_the_page_is_taken(telegram, message, monkeypatch):
    monkeypatch.setitem(WORDS, "telegram", {"read": State.READ})
    telegram.respond_with_json({"ok": True, "result": {"message_id": 42}})
    drain()
    report = StatusReport(provider="telegram", provider_status="read", provider_id="42")
    assert record_status(report) == StatusOutcome.RECORDED


def test_every_file_the_page_names_is_there():
    root = PAGE.parents[1]
    named = re.findall(r"`((?:channels_out|tests)/[\w/.]+)`", PAGE.read_text())
    missing = {name for name in named if not (root / name).exists()}
    assert missing == {"channels_out/adapters/telegram.py"}
