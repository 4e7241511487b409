"""Mails to who runs this service."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.participants import email_of


def mail_to_staff(mail: Rendered, about: str) -> None:
    """Puts one mail to each of the staff in the outbox; what is `about` the same goes out in its order."""
    staff = get_user_model()._default_manager.filter(is_staff=True, is_active=True).order_by("pk")
    for address in dict.fromkeys(filter(None, map(email_of, staff))):
        enqueue(
            channel=Channel.EMAIL,
            to_address=address,
            rendered=mail,
            purpose="notification",
            lane=f"{about}:{address}"[:100],
            on_doubt=OnDoubt.RESEND,
        )
