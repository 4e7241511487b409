"""A machine on which the parser of mail does not start loses no mail."""

from __future__ import annotations

import sys

import pytest
from django.utils import timezone

from gateway.models import CustomerMessage, HeldItem
from webhooks.mail.sandbox import Sandbox
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

MAIL = b"From: carla@example.com\r\nTo: bikes@reply.gateway.test\r\n\r\nIs it still there?"


@pytest.mark.django_db
def test_a_mail_waits_until_the_parser_starts_again(bikes, mail_provider, monkeypatch, caplog):
    caplog.set_level("CRITICAL", "webhooks.processing")
    monkeypatch.setattr("webhooks.mail.read._sandbox", Sandbox())
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        mail_provider.mail(MAIL)
        process_due()
    event = InboundEvent.objects.get()
    assert (event.state, event.outcome) == (EventState.FAILED, Outcome.FAILED)
    assert "does not start" in event.detail
    assert not HeldItem.objects.exists()
    InboundEvent.objects.update(due_at=timezone.now())
    process_due()
    assert CustomerMessage.objects.get().message == "Is it still there?"
