"""F66: two gateways whose owners' mailboxes are each other's public address, wired back to back."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import drain
from gateway.models import CustomerMessage, Membership
from gateway.outbound import brakes
from tests.factories import make_business, make_member, make_message, make_user
from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

pytestmark = pytest.mark.django_db

HOPS = 30


class Instance:
    """One gateway, with domains and a key of its own, and one business."""

    def __init__(self, name: str, settings: Any) -> None:
        self.name, self.settings = name, settings
        self.business = make_business()

    def __enter__(self) -> Instance:
        self.settings.MAIL_DOMAIN = f"mail.{self.name}.test"
        self.settings.REPLY_DOMAIN = f"reply.{self.name}.test"
        self.settings.TOKEN_KEY = self.name * 10
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def address(self) -> str:
        return f"{self.business.slug}@reply.{self.name}.test"

    def owner_at(self, address: str) -> Membership:
        return make_member(self.business, user=make_user(address))

    def send(self) -> list[Delivery]:
        """What goes out now."""
        before = set(Delivery.objects.filter(state="sent").values_list("pk", flat=True))
        drain()
        return list(Delivery.objects.filter(state="sent").exclude(pk__in=before))

    def take_in(self, raw: bytes, to: str) -> None:
        answer = Client().post(
            f"/webhooks/email/mime/?recipient={to}",
            raw,
            content_type="message/rfc822",
            headers={"Authorization": "Basic cHJvdmlkZXI6c2VjcmV0"},
        )
        assert answer.status_code == 200
        process_due()


def as_mail(delivery: Delivery, strip: bool) -> bytes:
    """The delivery as it arrives; a forwarder may take every header of ours away."""
    rendered, mail = delivery.rendered, EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        rendered.from_header,
        delivery.to_address,
        rendered.subject,
    )
    mail["Date"] = "Thu, 26 Nov 2026 10:00:00 +0000"
    if not strip:
        mail["Message-ID"] = delivery.message_id
        mail["Reply-To"] = rendered.reply_to
        for name, value in rendered.headers:
            mail[name] = value
    mail.set_content(f"{rendered.text}\n{delivery.pk if strip else ''}")
    return mail.as_bytes()


@pytest.fixture
def ring(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ANYMAIL_WEBHOOK_SECRET = settings.WEBHOOK_SECRET = "provider:secret"
    settings.CHANNEL_ADAPTERS = {Channel.EMAIL: "channels_out.adapters.memory.Memory"}
    adapter_for(Channel.EMAIL).clear()
    blue, red = Instance("blue", settings), Instance("red", settings)
    with red:
        red.owner_at(blue.address)
    with blue:
        make_message(blue.owner_at(red.address))
    yield blue, red
    adapter_for(Channel.EMAIL).clear()


def turn(ring: tuple[Instance, Instance], strip: bool) -> int:
    """Hands on what each sends to the other until nothing more is sent; how many hops it took."""
    here, there = ring
    for hop in range(HOPS):
        with here:
            sent = here.send()
        if not sent:
            return hop
        with there:
            for delivery in sent:
                there.take_in(as_mail(delivery, strip), there.address)
        here, there = there, here
    return HOPS


def test_f66_two_gateways_in_a_ring_stop_at_the_first_hop(ring):
    assert turn(ring, strip=False) == 1
    assert InboundEvent.objects.get().outcome == Outcome.AUTOMATIC


def test_f66_a_ring_that_strips_our_headers_is_stopped_by_the_brakes(ring, monkeypatch):
    monkeypatch.setattr(brakes, "MOST_NOTICES", 3)
    hops = turn(ring, strip=True)
    assert 1 < hops <= 8
    filed = InboundEvent.objects.filter(outcome=Outcome.FILED)
    assert filed.count() == InboundEvent.objects.count() == hops
    assert CustomerMessage.objects.count() == 1 + hops


@pytest.fixture
def away(settings, tmp_path):
    """Two businesses that are closed and answer by themselves; the one has written to the other."""
    settings.MEDIA_ROOT = tmp_path
    settings.ANYMAIL_WEBHOOK_SECRET = settings.WEBHOOK_SECRET = "provider:secret"
    settings.CHANNEL_ADAPTERS = {Channel.EMAIL: "channels_out.adapters.memory.Memory"}
    adapter_for(Channel.EMAIL).clear()
    blue, red = Instance("blue", settings), Instance("red", settings)
    for each in (blue, red):
        each.business.answers_when_closed, each.business.away_text = True, "We are closed."
        each.business.save()
    with blue:
        hello = f"From: {red.address}\nTo: {blue.address}\nMessage-ID: <1@red.test>\n\nHello\n"
        blue.take_in(hello.encode(), blue.address)
    yield blue, red
    adapter_for(Channel.EMAIL).clear()


def test_f66_two_away_answers_in_a_ring_stop_at_the_first_hop(away):
    assert turn(away, strip=False) == 1
    outcomes = InboundEvent.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.FILED, Outcome.AUTOMATIC]


def test_f66_a_ring_of_away_answers_that_strips_our_headers_ends_as_each_answers_once_a_day(away):
    assert turn(away, strip=True) == 3


def test_f66_an_owner_who_forwards_his_mail_to_us_gets_no_notification_of_his_notifications(ring):
    blue, _ = ring
    with blue:
        (notification,) = blue.send()
        blue.take_in(as_mail(notification, strip=False), blue.address)
        # Amazon SES gives it another Message-ID, and a forwarder may strip the rest.
        blue.take_in(as_mail(notification, strip=True), blue.address)
        assert not blue.send()
    outcomes = InboundEvent.objects.values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.AUTOMATIC, Outcome.AUTOMATIC]
