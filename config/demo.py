"""The demo business: made once, on a machine of one's own only."""

from __future__ import annotations

from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command

from gateway.models import Business, WhatsAppTemplate

DEMO_EMAIL = "ann@example.com"
DEMO_PASSWORD = "demo-bikes"  # noqa: S105  shown to everybody, and only made where PUBLIC_URL is loopback
DEMO_SLUG = "anns-bikes"
DEMO_SMS = "+14155550100"
DEMO_WHATSAPP = "+14155550101"


def seed_demo() -> bool:
    """Makes Ann and her bike shop where there is no business yet; whether it did."""
    if Business.objects.exists():
        return False
    call_command(
        "seed",
        owner=DEMO_EMAIL,
        password=DEMO_PASSWORD,
        slug=DEMO_SLUG,
        name="Ann's Bikes",
        sms=[DEMO_SMS],
        whatsapp=[DEMO_WHATSAPP],
        listing=["Blue city bike", "Red cargo bike"],
        staff=True,
        stdout=StringIO(),
    )
    _add_templates(Business.objects.get(slug=DEMO_SLUG))
    return True


def _add_templates(business: Business) -> None:
    """The two that the simulated account has for answers (docs/simulator.md)."""
    places = {"1": "customer", "2": "business"}
    WhatsAppTemplate.objects.create(
        business=business,
        name="Your answer",
        content_sid=f"HX{21:032d}",
        language="en",
        body="Hello {{1}}, {{2}} has answered you: {{3}} You can write back right here.",
        places={**places, "3": "answer"},
    )
    WhatsAppTemplate.objects.create(
        business=business,
        name="Please write back",
        content_sid=f"HX{22:032d}",
        language="en",
        body="Hello {{1}}, {{2}} has an answer for you. Write back here, and you get it.",
        places=places,
    )


def demo_numbers() -> tuple[str, str]:
    """Ann's numbers as the simulator's page offers them to the customer."""
    return DEMO_SMS, f"whatsapp:{DEMO_WHATSAPP}"


def demo_login_works() -> bool:
    """Whether anybody who has read the documentation could sign in as Ann."""
    ann = get_user_model().objects.filter(email=DEMO_EMAIL, is_active=True).first()
    return ann is not None and ann.check_password(DEMO_PASSWORD)
