"""The demo business: made once, on a machine of one's own only."""

from __future__ import annotations

from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command

from gateway.models import Business

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
    return True


def demo_numbers() -> tuple[str, str]:
    """Ann's numbers as the simulator's page offers them to the customer."""
    return DEMO_SMS, f"whatsapp:{DEMO_WHATSAPP}"


def demo_login_works() -> bool:
    """Whether anybody who has read the documentation could sign in as Ann."""
    ann = get_user_model().objects.filter(email=DEMO_EMAIL, is_active=True).first()
    return ann is not None and ann.check_password(DEMO_PASSWORD)
