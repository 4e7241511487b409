"""A transport that carries little at once is given little to carry, and holds up no other."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connections
from django.utils import timezone

from channels_out.adapters.base import Adapter
from channels_out.channel import Channel
from channels_out.errors import NotSupported
from channels_out.models import Delivery, Sender
from channels_out.outbox import drain, enqueue, give_up_leases, tick
from channels_out.outbox.claim import claim
from channels_out.outbox.deliver import AHEAD
from channels_out.outgoing import Rendered, Sent
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
        assert states(Channel.EMAIL)[State.SENDING] == AHEAD * narrow_mail.at_once
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


class Quick(Adapter):
    """Carries few at once, and those soon, so that there is always room for one."""

    at_once = 20
    order = []

    async def send(self, outgoing):
        await asyncio.sleep(0.03 + 0.06 * (outgoing.attempt_id.int % 7) / 7)
        self.order.append(outgoing.channel)
        return Sent("quick", str(outgoing.attempt_id))


class Phone(Quick):
    at_once = 500


@pytest.mark.django_db(transaction=True)
def test_texts_do_not_wait_behind_many_older_mails(memory, settings, text, mail):
    settings.CHANNEL_ADAPTERS |= {"email": f"{__name__}.Quick", "sms": f"{__name__}.Phone"}
    Quick.order.clear()
    for number in range(600):
        mail(to_address=f"maya{number}@x.example", due_at=timezone.now() - timedelta(minutes=1))
    for number in range(5):
        text(to_address=f"+1555020{number:02}")
    drain()
    assert Quick.order.index("sms") < 100


class BreaksOff(Adapter):
    at_once = 1

    async def send(self, outgoing):
        if outgoing.rendered.text == "first":
            raise asyncio.CancelledError
        return Sent("breaks", str(outgoing.attempt_id))


@pytest.mark.django_db(transaction=True)
def test_a_send_that_breaks_off_keeps_back_no_other(memory, settings, mail):
    settings.CHANNEL_ADAPTERS |= {"email": f"{__name__}.BreaksOff"}
    mail("first")
    second = mail("second")
    drain()
    second.refresh_from_db()
    assert second.state == State.SENT
    assert states(Channel.EMAIL) == {State.SENT: 1, State.IN_DOUBT: 1}


class Broken(Adapter):
    def __init__(self):
        raise ValueError("no key")


@pytest.mark.django_db
@pytest.mark.parametrize("path", [f"{__name__}.Broken", "no.such.module.Adapter"])
def test_an_adapter_that_cannot_be_made_keeps_back_no_other_channel(
    memory, settings, mail, whatsapp_sender, path
):
    letter = mail()
    enqueue(
        channel=Channel.WHATSAPP,
        to_address="+15550123",
        sender=whatsapp_sender,
        rendered=Rendered(text="Hi"),
    )
    claim(10)
    settings.CHANNEL_ADAPTERS |= {"whatsapp": path}
    Delivery.objects.update(lease_until=timezone.now())
    tick()
    letter.refresh_from_db()
    assert letter.state == State.IN_DOUBT
    later = mail()
    drain()
    later.refresh_from_db()
    assert later.state == State.SENT


class Stalls(Adapter):
    at_once = 10
    began = []

    async def send(self, outgoing):
        self.began.append((outgoing.sender_address, time.monotonic()))
        await asyncio.sleep(1.5 if outgoing.sender_address == "+1999" else 0.01)
        return Sent("stalls", str(outgoing.attempt_id))


@pytest.mark.django_db(transaction=True)
def test_a_sender_keeps_its_pace_after_its_messages_waited_for_a_slow_provider(memory, settings):
    settings.CHANNEL_ADAPTERS |= {"sms": f"{__name__}.Stalls"}
    Stalls.began.clear()
    fast = Sender.objects.create(channel=Channel.SMS, address="+1999", per_second=1000)
    slow = Sender.objects.create(channel=Channel.SMS, address="+1888", per_second=5)
    for sender, number in ((fast, 10), (slow, 8)):
        for _ in range(number):
            enqueue(
                channel=Channel.SMS,
                sender=sender,
                to_address="+15550199",
                rendered=Rendered(text="Hi"),
            )
    drain()
    times = [at for address, at in Stalls.began if address == "+1888"]
    assert len(times) == 8
    assert times[-1] - times[0] > 7 * 0.2 - 0.3


@pytest.mark.django_db
def test_all_leases_of_the_dead_are_given_up_at_once(memory, text):
    for number in range(130):
        text(to_address=f"+1555{number:04}")
    while claim(50):
        pass
    assert give_up_leases() == Delivery.objects.exclude(state=State.QUEUED).count() > 100
    assert not Delivery.objects.filter(state=State.SENDING).exists()


@pytest.mark.django_db
def test_a_drain_to_which_more_comes_all_the_time_begins_nothing_once_it_shall_end(memory, text):
    def goes_on():
        text()
        return Delivery.objects.count() < 5

    text()
    assert drain(goes_on=goes_on) == 4
    assert Delivery.objects.filter(state=State.SENT).count() == 4
    assert Delivery.objects.get(state=State.QUEUED).attempts == 0
