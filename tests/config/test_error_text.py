"""What a database quotes of a row in its errors is in no log line and no other row."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction

from channels_out.error_text import without_rows
from gateway.models import CustomerMessage
from tests.config.test_logs import written
from tests.factories import make_member, make_message
from webhooks import processing
from webhooks.models import InboundEvent
from webhooks.outcome import Ended

WORDS = "My password\n\nis kayak"
AGAIN = "\n\nThe above exception was the direct cause of the following exception:\n\nTraceback"


@pytest.fixture
def message(db):
    return make_message(make_member(), WORDS)


def violate(message: CustomerMessage) -> None:
    """Raises what PostgreSQL says of a row that breaks a constraint."""
    with transaction.atomic():
        CustomerMessage.objects.filter(pk=message.pk).update(status="odd")


def broken(message: CustomerMessage) -> IntegrityError:
    with pytest.raises(IntegrityError) as raised:
        violate(message)
    return raised.value


@pytest.mark.services
@pytest.mark.parametrize("log_format", ["json", "line"])
def test_a_broken_constraint_is_logged_without_the_row(message, log_format):
    error = broken(message)
    assert "kayak" in str(error)
    for said in (
        written(log_format, lambda log: log.error("It broke", exc_info=error)),
        written(log_format, lambda log: log.error("It broke: %s", error)),
        written(log_format, lambda log: log.error("It broke: %r", error)),
    ):
        assert "gateway_message_status_known" in said
        assert "kayak" not in said
        assert "password" not in said


@pytest.mark.services
def test_every_error_of_a_chain_stays_in_the_traceback(message):
    error = broken(message)
    text = json.loads(written("json", lambda log: log.error("It broke", exc_info=error)))
    assert "psycopg.errors.CheckViolation" in text["exception"]
    assert "django.db.utils.IntegrityError" in text["exception"]


@pytest.mark.services
def test_an_event_that_breaks_a_constraint_keeps_the_error_without_the_row(message, monkeypatch):
    def take_in(_: InboundEvent) -> Ended:
        violate(message)
        raise AssertionError("the database took it")

    monkeypatch.setattr(processing, "TAKE_IN", dict.fromkeys(processing.TAKE_IN, take_in))
    event = InboundEvent.objects.create(
        kind="email_mime", provider="mime", unique_key="1", body=b"x"
    )
    processing.process_due()
    event.refresh_from_db()
    assert "gateway_message_status_known" in event.detail
    assert "kayak" not in event.detail


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("broken\nDETAIL:  Failing row contains (a,\nb).", "broken\nDETAIL: ***"),
        (repr(ValueError("broken\nDETAIL:  (a)")), "ValueError('broken\\nDETAIL: ***"),
        ("odd\nLINE 1: INSERT INTO x VALUES ('a')\n   ^", "odd\nLINE 1: ***"),
        ("odd\nCONTEXT:  COPY x, line 1: a", "odd\nCONTEXT: ***"),
        (f"a\nDETAIL:  b{AGAIN}\nc\nDETAIL:  d", f"a\nDETAIL: ***{AGAIN}\nc\nDETAIL: ***"),
        ('File "x.py", line 12, in y', 'File "x.py", line 12, in y'),
    ],
)
def test_only_what_is_quoted_goes(said, kept):
    assert without_rows(said) == kept


@pytest.mark.parametrize("piece", ["DETAIL: ", "LINE 1", "LINE 1: ", "\n\nThe above exception "])
def test_hostile_text_is_read_in_linear_time(piece):
    # Where the time grew with the square of the length, this would outlast every test's time.
    without_rows(piece * 50_000)
