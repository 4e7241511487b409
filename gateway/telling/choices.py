"""What a member chose: on which channels he is told of what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from gateway.languages import language_of, speaking
from gateway.models import Event, Membership, NotificationSettings
from gateway.people import gets_mail, has_ended_digest
from gateway.telling.clock import zone_of
from gateway.telling.texts import Line, line_to

# A digest gathers what customers write; what else happens is told one by one.
IN_DIGEST = (Event.NEW, Event.NEXT)


def wishes_of(member: Membership) -> NotificationSettings:
    """How a member wants to be told; what was never chosen is as in the beginning."""
    known: NotificationSettings | None = getattr(member, "notifications", None)
    return known or NotificationSettings(membership=member)


@contextmanager
def spoken_to(member: Membership) -> Iterator[None]:
    """Everything is said in this member's language and by the clock on his wall."""
    with timezone.override(zone_of(wishes_of(member))), speaking(language_of(member)):
        yield


def has_digest(wishes: NotificationSettings, event: Event) -> bool:
    """Whether an event waits for the daily digest."""
    return wishes.digest_at is not None and event in IN_DIGEST


def channels_for(member: Membership, event: Event) -> tuple[bool, Line | None]:
    """Whether a member is told of an event by mail, and the line to his phone if by text.

    Where he chose texts and none can go to him now, he is told by mail in its place; never by mail that
    comes back. Who ended his digests gets no mail about customers.
    """
    wishes = wishes_of(member)
    line = line_to(member, wishes) if event in wishes.sms else None
    by_mail = event in wishes.email or (event in wishes.sms and line is None)
    if event in IN_DIGEST and has_ended_digest(wishes):
        by_mail = False
    return by_mail and gets_mail(member), line
