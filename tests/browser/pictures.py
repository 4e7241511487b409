"""The pictures of README and docs: `make pictures` takes them anew from a business with a few busy weeks."""

from __future__ import annotations

import io
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway import canned
from gateway.codes import code_of
from gateway.glance.days import count_due
from gateway.inbound.messages import InboundFile
from gateway.models import CustomerMessage, Membership
from gateway.outbound.answer import Answer, post_reply
from tests.browser.conftest import PHONE, WIDE, Window, silent_window
from tests.factories import (
    make_business,
    make_listing,
    make_member,
    make_message,
    make_sender,
    make_text,
    make_user,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
BIKE = Path(__file__).parents[2] / "simulator" / "static" / "sample.jpg"
COLOURS = 128  # enough for flat pages; photographs in them are small
NAMES = ("Jonas Weber", "Lucía Romero", "Tom Baker", "Aïcha Diallo", "Ines Costa", "Piet de Vries")
WORDS = (
    "Is the workshop open on Saturday?",
    "¿Todavía tienen la bicicleta plegable?",
    "My gears are slipping again, could you look at it this week?",
    "How much is a service with new brake pads?",
    "Do you rent trailers for a weekend?",
    "Could I pick it up after six?",
)


@pytest.fixture
def ann(transactional_db: None) -> Membership:
    business = make_business("Ann's Bikes")
    business.slug = "anns-bikes"
    business.save()
    canned.begin(business)
    user = make_user("ann@bikes.example", first_name="Ann", last_name="Keller")
    return make_member(business, user=user)


@pytest.fixture
def busy(ann: Membership) -> CustomerMessage:
    """Four weeks of customers; the conversation that is looked at is the newest."""
    sms, whatsapp = (
        make_sender(ann.business, channel) for channel in (Channel.SMS, Channel.WHATSAPP)
    )
    bike = make_listing(ann.business, "Blue city bike")
    rng = random.Random(4)
    now = timezone.now()
    for day in range(27, 0, -1):
        for number in range(rng.choice((0, 1, 2, 3))):
            at = now - timedelta(days=day, minutes=rng.randrange(600))
            _exchange(ann, at, NAMES[(day + number) % 6], rng, sms)
    for hours, (name, words) in enumerate(zip(NAMES, WORDS, strict=True), 2):
        with time_machine.travel(now - timedelta(hours=hours), tick=False):
            make_message(ann, words, sender_name=name, subject=words[:30], sender_email=_mail(name))
    with time_machine.travel(now - timedelta(minutes=48), tick=False):
        words = f"Blue city bike #{code_of(bike)}: Hello! Is it still there? I could come by today."
        photo = InboundFile("bike.jpg", "image/jpeg", BIKE.read_bytes())
        talk = make_text(
            whatsapp, "+14155550199", words, from_name="Maya Okafor", files=(photo,)
        ).message
    with time_machine.travel(now - timedelta(minutes=31), tick=False):
        _answer(
            talk,
            ann,
            "Hello Maya, yes it is. Today until six, ring the bell at the green door.",
            State.READ,
        )
    with time_machine.travel(now - timedelta(minutes=12), tick=False):
        make_text(
            whatsapp, "+14155550199", "Perfect, I will be there at five.", from_name="Maya Okafor"
        )
        make_text(whatsapp, "+14155550199", "Do you take cards?", from_name="Maya Okafor")
    while count_due():
        pass
    return CustomerMessage.objects.get(pk=talk.pk)


def test_pictures(
    chromium: Browser, live_server: Any, ann: Membership, busy: CustomerMessage
) -> None:
    conversation = f"/conversations/{busy.pk}/"
    for name, path, size, theme in (
        ("inbox-light", conversation, WIDE, "light"),
        ("inbox-dark", conversation, WIDE, "dark"),
        ("phone-list", "/", PHONE, "light"),
        ("phone-conversation", conversation, PHONE, "dark"),
        ("glance", f"/glance/{ann.business_id}/", WIDE, "light"),
        ("settings", f"/settings/members/{ann.business_id}/", WIDE, "light"),
    ):
        with silent_window(chromium, live_server.url, size) as window:
            window.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            window.sign_in(ann)
            window.open(path)
            window.page.wait_for_load_state("networkidle")
            _keep(window, name)


def _keep(window: Window, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    shot = Image.open(io.BytesIO(window.page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


def _exchange(ann: Membership, at: datetime, name: str, rng: random.Random, sms: Any) -> None:
    words = rng.choice(WORDS)
    with time_machine.travel(at, tick=False):
        if rng.random() < 0.5:
            message = make_text(
                sms, f"+1628555{rng.randrange(10_000):04d}", words, from_name=name
            ).message
        else:
            message = make_message(
                ann, words, sender_name=name, subject=words[:30], sender_email=_mail(name)
            )
    if rng.random() < 0.85:
        with time_machine.travel(at + timedelta(minutes=rng.randrange(4, 90)), tick=False):
            _answer(message, ann, "Yes, come by any time until six.", State.DELIVERED)


def _answer(message: CustomerMessage, ann: Membership, words: str, state: State) -> None:
    reply = post_reply(Answer(message.pk, ann, words, written_via="dashboard"))
    now = timezone.now()
    Delivery.objects.filter(dispatch__reply=reply).update(
        state=state,
        due_at=None,
        sent_at=now,
        delivered_at=now,
        read_at=now if state == State.READ else None,
    )


def _mail(name: str) -> str:
    return f"{name.split()[0].lower()}@home.example"
