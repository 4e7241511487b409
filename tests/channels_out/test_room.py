"""A transport that carries little at once is given little to carry, and holds up no other."""

import asyncio
import time
from collections import Counter
from threading import Event, Thread

import pytest
from django.db import connections

from channels_out.adapters.base import Adapter
from channels_out.channel import Channel
from channels_out.errors import NotSupported
from channels_out.models import Delivery
from channels_out.outbox import drain
from channels_out.outbox.claim import claim
from channels_out.outgoing import Sent
from channels_out.state import State

MAILS = 30
TEXTS = 20


class Narrow(Adapter):
    """Carries two at once, and none to its end until it is told."""

    at_once = 2
    opened = Event()
    most = Counter[str]()
    now = Counter[str]()

    async def send(self, outgoing):
        self.now["carried"] += 1
        self.most["carried"] = max(self.most["carried"], self.now["carried"])
        while not self.opened.is_set():
            await asyncio.sleep(0.01)
        self.now["carried"] -= 1
        return Sent("narrow", str(outgoing.attempt_id))


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def states(channel):
    return Counter(Delivery.objects.filter(channel=channel).values_list("state", flat=True))


@pytest.fixture
def narrow_mail(memory, settings):
    settings.CHANNEL_ADAPTERS |= {"email": f"{__name__}.Narrow"}
    Narrow.opened.clear()
    Narrow.most.clear()
    yield Narrow
    Narrow.opened.set()


@pytest.mark.django_db(transaction=True)
def test_texts_pass_mails_that_are_slow_and_a_killed_worker_would_leave_few_mails_in_doubt(
    narrow_mail, text, mail
):
    for number in range(MAILS):
        mail(to_address=f"maya{number}@x.example")
    for number in range(TEXTS):
        text(to_address=f"+1555020{number:02}")

    def work():
        drain()
        connections.close_all()

    worker = Thread(target=work)
    worker.start()
    try:
        until(lambda: states(Channel.SMS) == {State.SENT: TEXTS})
        assert states(Channel.EMAIL)[State.SENDING] == 2 * narrow_mail.at_once
    finally:
        narrow_mail.opened.set()
        worker.join()
    assert states(Channel.EMAIL) == {State.SENT: MAILS}
    assert narrow_mail.most["carried"] == narrow_mail.at_once


@pytest.mark.django_db
def test_a_channel_without_room_is_passed_over(memory, text, mail):
    first, _, third = mail(), mail(), text()
    assert [each.delivery_id for each in claim(10, {"email": 1})] == [first.pk, third.pk]
    assert claim(10, {"email": 0}) == []


@pytest.mark.django_db
def test_what_no_adapter_carries_is_told_for_each(memory, text, settings):
    deliveries = [text(channel=Channel.SMS) for _ in range(3)]
    settings.CHANNEL_ADAPTERS = {}
    Delivery.objects.update(channel=Channel.WEB, sender=None)
    drain()
    for delivery in deliveries:
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error_name) == (State.FAILED, NotSupported.code)
