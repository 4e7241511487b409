"""A member texts: for whom of ours he speaks, and to which customer, by the texts that told him of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.addresses import normalize
from gateway.consent import says_stop
from gateway.inbound.elsewhere import names_another
from gateway.inbound.hold import hold_text
from gateway.inbound.messages import InboundText, Received
from gateway.models import Attachment, Dispatch, HeldReason, Membership
from gateway.routes import routes_between, waiting_on
from gateway.telling.texts import told_on

# Who answers what he was told answers within days; later he may mean anybody.
LATELY = timedelta(days=3)


def hold_members_text(
    text: InboundText, sender: Sender, members: Sequence[Membership], files: list[Attachment]
) -> Received:
    """Holds what a member texts to a number of his business, as his answer where it is clear to whom.

    He is told that it waits: a number in From is no proof, so a person approves it. `members` are the
    memberships by which he may speak, in order.
    """
    if says_stop(text.text, text.opt_out):
        return hold_text(text, HeldReason.MEMBER_WROTE, files, sender, members[0])
    told = told_of(members, text.quoted_id, text.received_at or timezone.now())
    speaks = next((each for each in members if told and _is_to(told, each)), members[0])
    message = told.message if told else None
    return hold_text(
        text, HeldReason.MEMBER_WROTE, files, sender, speaks, message=message, is_told=True
    )


def speaking_on(sender: Sender, text: InboundText) -> list[Membership]:
    """By which memberships he speaks who was told by text from this shared number lately, or quotes such a text.

    None for who may be a customer: where something passed on the number with a business or waits for the name
    of one, or where he names a business that did not tell him.
    """
    phone = normalize(Channel.SMS, text.from_address)
    told = told_on(phone).filter(delivery__sender=sender)
    if text.quoted_id and (quoted := told.filter(delivery__provider_id=text.quoted_id)):
        return _members_of(quoted)
    since = (text.received_at or timezone.now()) - LATELY
    members = _members_of(told.filter(created_at__gte=since))
    if not members or routes_between(sender, phone) or waiting_on([sender], phone).exists():
        return []
    is_elsewhere = names_another(text.text, *(member.business_id for member in members))
    return [] if is_elsewhere else members


def told_of(members: Sequence[Membership], quoted_id: str, at: datetime) -> Dispatch | None:
    """The text of ours that one of these answers: what he quotes, else the only one open that he was told of lately."""
    if quoted_id:
        return _texts_to(members).filter(delivery__provider_id=quoted_id).first()
    lately = list(told_lately(members, at))
    if any(str(each.message_id) not in each.delivery.rendered.text for each in lately):
        return None  # it told of several at once
    return lately[0] if len({each.message_id for each in lately}) == 1 else None


def told_lately(members: Sequence[Membership], at: datetime) -> QuerySet[Dispatch]:
    """What told these by text of conversations that go on, the newest first."""
    since = at - LATELY
    return (
        _texts_to(members)
        .filter(
            created_at__gte=since,
            message__last_activity_at__gte=since,
            message__is_archived=False,
            message__is_spam=False,
        )
        .order_by("-created_at", "-id")
    )


def _members_of(told: QuerySet[Dispatch]) -> list[Membership]:
    members = Membership.objects.filter(pk__in=told.values("participant__membership"))
    return list(members.select_related("user", "business", "notifications").order_by("created_at"))


def _texts_to(members: Sequence[Membership]) -> QuerySet[Dispatch]:
    told = Dispatch.objects.filter(
        message__business__in={member.business_id for member in members},
        message__deleted_at=None,
        participant__membership__in=members,
        delivery__channel=Channel.SMS,
        delivery__purpose="notification",
    )
    return told.select_related("delivery", "participant", "message")


def _is_to(told: Dispatch, member: Membership) -> bool:
    return told.participant is not None and told.participant.membership_id == member.pk
