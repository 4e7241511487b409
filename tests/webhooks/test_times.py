"""A message carries the time at which it came in, however late it is understood."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gateway.models import CustomerMessage
from tests.webhooks.conftest import sms
from webhooks.models import InboundEvent
from webhooks.processing import process_due

pytestmark = pytest.mark.django_db

MAIL = b"From: carla@example.com\r\nTo: bikes@reply.gateway.test\r\n\r\nIs it still there?"


@pytest.mark.parametrize("way", ["text", "mail"])
def test_a_message_that_waited_in_the_journal_is_as_old_as_its_arrival(
    bikes: Any, twilio: Any, mail_provider: Any, way: str
) -> None:
    twilio.post(sms()) if way == "text" else mail_provider.mail(MAIL)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    InboundEvent.objects.update(received_at=an_hour_ago)
    process_due()
    message = CustomerMessage.objects.get()
    assert (message.created_at, message.waiting_since) == (an_hour_ago, an_hour_ago)
