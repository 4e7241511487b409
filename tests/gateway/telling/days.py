"""Days of an owner: what he chose, what the clock did, what reached him."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import StatusReport, drain, record_status
from gateway.models import MemberAddress, Membership, Notice, NotificationSettings
from gateway.telling.later import tell_due

PHONE = "+14155550111"
# A Monday in Berlin, where the clock is two hours ahead of UTC.
NOON = datetime(2026, 6, 8, 10, 0, tzinfo=UTC)
ALL = ["new", "next", "held", "failed"]  # events
NIGHT = {"quiet_from": time(22), "quiet_until": time(7), "timezone": "Europe/Berlin"}


def choose(member: Membership, **wishes: Any) -> NotificationSettings:
    """The member saves these settings."""
    row, _ = NotificationSettings.objects.update_or_create(membership=member, defaults=wishes)
    return row


def verified_phone(member: Membership, phone: str = PHONE) -> str:
    """The member has shown that this phone is his."""
    MemberAddress.objects.create(
        user=member.user, channel=Channel.SMS, address=phone, verified_at=timezone.now()
    )
    return phone


def sent(channel: str = Channel.EMAIL, to: str = "") -> list[Delivery]:
    """What went to members, the oldest first."""
    found = Delivery.objects.filter(purpose="notification", channel=channel)
    found = found.filter(to_address=to) if to else found
    return list(found.order_by("id"))


def worker_looks() -> list[Delivery]:
    """A worker tells what is due by now; gives all mails that members have got so far."""
    while tell_due():
        pass
    return sent()


def waiting() -> int:
    """How much is still to be told."""
    return Notice.objects.filter(due_at__isnull=False).count()


def delivered() -> list[Delivery]:
    """What the outbox has passed on by now."""
    drain()
    return [each for each in sent() if each.sent_at]


def did_not_arrive(text: Delivery) -> None:
    """A text goes out, whatever its number's pace, and the phone network gives it up."""
    for _ in sent("sms"):
        Sender.objects.update(next_at=timezone.now())
        drain()
    report = StatusReport(
        provider="twilio",
        provider_status="undelivered",
        attempt_id=text.tries.get().pk,
        error_code="30006",
    )
    record_status(report)


def complains(mail: Delivery, word: str = "complained") -> None:
    """The mail provider passes on what became of a mail: by default, that its reader wants no more of it."""
    drain()
    mail.refresh_from_db()
    record_status(StatusReport("postmark", word, message_id=mail.message_id))
