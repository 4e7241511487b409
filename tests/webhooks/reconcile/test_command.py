"""`manage.py reconcile` asks at once, and further back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from gateway.models import CustomerMessage
from tests.webhooks.conftest import CUSTOMER, OUR_NUMBER
from webhooks.models import Round
from webhooks.processing import process_due
from webhooks.reconcile.errands import run_due

pytestmark = pytest.mark.django_db


def test_it_does_not_wait_for_the_next_round(provider, bikes):
    run_due()
    provider.send_text(CUSTOMER, OUR_NUMBER, "Hello")
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        call_command("reconcile")
        process_due()
    assert CustomerMessage.objects.get().message == "Hello"


def test_it_looks_back_as_far_as_it_is_told(provider, bikes):
    provider.send_text(CUSTOMER, OUR_NUMBER, "Long ago")
    sent = timezone.now()
    with time_machine.travel(sent + timedelta(days=9), tick=False):
        run_due()
        Round.objects.update(reached=timezone.now())
        call_command("reconcile")
        process_due()
        assert not CustomerMessage.objects.exists()
        call_command("reconcile", "--since", f"{sent - timedelta(days=1):%Y-%m-%d}")
        process_due()
    assert CustomerMessage.objects.get().message == "Long ago"


def test_it_says_what_did_not_work(provider, bikes):
    provider.turn("read_error", "always", status=401)
    with pytest.raises(CommandError, match="Ask what came in for one of our numbers"):
        call_command("reconcile")
