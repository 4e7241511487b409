"""Brakes on what we send by ourselves: two machines that answer each other come to rest.

They never hold back what is filed, nor what a person sends by hand.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outgoing import Rendered
from gateway import metrics
from gateway.addresses import normalize
from gateway.links import whole_url
from gateway.models import (
    Brake,
    Business,
    CustomerMessage,
    Direction,
    Event,
    HeldItem,
    Membership,
    MessageReply,
)
from gateway.outbound.render_mail import mail_on_brake
from gateway.participants import contact_name
from gateway.people import people_of
from gateway.telling.matter import News
from gateway.telling.tell import tell

# Two machines that answer each other make thousands an hour, a person who sends an album some dozens.
MOST_NOTICES = 60
BRAKE_TIME = timedelta(hours=1)
# Of one member in one conversation by mail; whoever types them one by one is slower.
MOST_RELAYED = 10
RELAY_TIME = timedelta(minutes=10)
# Of one address in an hour. A person presses the button; a machine that answers each note keeps him at it.
MOST_REFUSALS = 3
BATCH = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Racer:
    """A writer who writes faster than people do, and how to name him."""

    key: str
    name: str


@dataclass(frozen=True)
class Raced(News):
    """Much of one writer was not told, by a brake that ended."""

    kind = "raced"
    event = Event.NEXT
    brake: Brake

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """As it was at its end."""
        business = Business.objects.get(pk=kept["business"])
        return cls(Brake(business=business, writer=kept["writer"], held_back=kept["held_back"]))

    def kept(self) -> dict[str, Any]:
        """All that is said of it: the row itself ends with it."""
        brake = self.brake
        business = str(brake.business_id)
        return {"business": business, "writer": brake.writer, "held_back": brake.held_back}

    def mail(self, member: Membership) -> Rendered:
        """How many messages, and where they are."""
        return mail_on_brake(self.brake, MOST_NOTICES)

    def words(self, member: Membership) -> str:
        """The same as a text."""
        business, url = self.brake.business.name, whole_url(reverse("gateway:inbox"))
        return f"{business}: {self.mail(member).subject}: {url}"


def holds_back(message: CustomerMessage, *, is_new: bool) -> bool:
    """Whether nobody shall be told of what was written now; it is counted for the mail that comes later.

    In the transaction that files it. `is_new` says that it opened the conversation.
    """
    racer = _racing_contact(message) or (_racing_domain(message) if is_new else None)
    if racer is None:
        return False
    brake, is_fresh = Brake.objects.select_for_update().get_or_create(
        business_id=message.business_id,
        key=racer.key,
        defaults={"writer": racer.name[:300], "ends_at": timezone.now() + BRAKE_TIME},
    )
    brake.held_back += 1
    brake.save(update_fields=["held_back"])
    if is_fresh:
        log.warning("Contact %s writes very fast: nobody is told for now", message.contact_id)
    metrics.count_braked("notification")
    return True


def is_held_back(message: CustomerMessage) -> bool:
    """Whether nobody is told for now of what this customer, or his domain, writes."""
    domain = message.sender_email.rpartition("@")[2].lower()
    keys = (f"contact:{message.contact_id}", f"domain:{domain}")
    return Brake.objects.filter(business=message.business_id, key__in=keys).exists()


def answers_race(message: CustomerMessage, member: Membership) -> bool:
    """Whether a member's mails to this conversation come faster than a person writes them."""
    relayed = MessageReply.objects.filter(
        message=message,
        sender=member.user_id,
        written_via="email",
        created_at__gte=timezone.now() - RELAY_TIME,
    )
    is_racing = relayed[:MOST_RELAYED].count() == MOST_RELAYED
    if is_racing:
        metrics.count_braked("relay")
    return is_racing


def refused_often(items: Sequence[HeldItem]) -> set[HeldItem]:
    """Those of these held items whose writer was told of so many refusals lately that it ends here."""
    told = HeldItem.objects.filter(
        business__in={item.business_id for item in items if item.business_id},
        writer_told_at__gte=timezone.now() - BRAKE_TIME,
    )
    nobodys = HeldItem.objects.filter(
        business=None, writer_told_at__gte=timezone.now() - BRAKE_TIME
    )
    times = Counter(
        normalize(*each) for each in (told | nobodys).values_list("channel", "from_address")
    )
    return {
        item for item in items if times[normalize(item.channel, item.from_address)] >= MOST_REFUSALS
    }


def release_due() -> int:
    """Ends the brakes whose time is over, each with one mail to the business's people; how many."""
    with transaction.atomic():
        due = Brake.objects.filter(ends_at__lte=timezone.now()).select_related("business")
        skip = connection.features.has_select_for_update_skip_locked
        ended = list(
            due.order_by("ends_at").select_for_update(skip_locked=skip, of=("self",))[:BATCH]
        )
        for brake in ended:
            _tell(brake)
        Brake.objects.filter(pk__in=[brake.pk for brake in ended]).delete()
    return len(ended)


def _racing_contact(message: CustomerMessage) -> Racer | None:
    """By what was filed, whatever mails it was told in; the message itself is one of them."""
    lately = {"created_at__gte": timezone.now() - BRAKE_TIME, "is_automatic": False}
    opened = CustomerMessage.objects.filter(contact=message.contact_id, **lately)
    later = MessageReply.objects.filter(
        message__contact=message.contact_id, direction=Direction.INBOUND, **lately
    )
    written = later.order_by().values_list("pk").union(opened.order_by().values_list("pk"))
    if written[: MOST_NOTICES + 1].count() <= MOST_NOTICES:
        return None
    return Racer(f"contact:{message.contact_id}", contact_name(message.contact, message))


def _racing_domain(message: CustomerMessage) -> Racer | None:
    """A robot that gives itself a new address for each mail."""
    domain = message.sender_email.rpartition("@")[2].lower()
    if message.channel != Channel.EMAIL or not domain:
        return None
    lately = CustomerMessage.objects.filter(
        business=message.business_id,
        channel=Channel.EMAIL,
        deleted_at=None,
        last_activity_at__gte=timezone.now() - BRAKE_TIME,
        sender_email__iendswith=f"@{domain}",
    )
    if lately[: MOST_NOTICES + 1].count() <= MOST_NOTICES:  # itself is one of them
        return None
    return Racer(f"domain:{domain}", domain)


def _tell(brake: Brake) -> None:
    for member in people_of(brake.business).who_answer():
        tell(member, Raced(brake), f"{brake.pk}:{member.pk}")
