"""What members typed and have not sent, kept until they do."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gateway.models import CustomerMessage, Draft, Membership

# A save that was on its way when the answer was sent arrives within it, from whatever page.
LATE = timedelta(minutes=1)


@transaction.atomic
def keep_draft(message: CustomerMessage, member: Membership, text: str, channel: str) -> None:
    """Keeps what a member has typed until now.

    A text without a word ends his draft, and the beginning of what he has just sent is none.
    """
    _one_at_a_time(member)
    typed = {"text": text, "channel": channel}
    if not text.strip():
        drop_draft(message, member)
    elif not _was_just_sent(message, member, text):
        Draft.objects.update_or_create(message=message, membership=member, defaults=typed)


def drop_draft(message: CustomerMessage, member: Membership) -> None:
    """Forgets it, in the caller's transaction."""
    _one_at_a_time(member)
    Draft.objects.filter(message=message, membership=member).delete()


def draft_of(message: CustomerMessage, member: Membership) -> Draft | None:
    """What he typed in this conversation."""
    return Draft.objects.filter(message=message, membership=member).first()


def drafted(messages: Iterable[CustomerMessage], members: Iterable[Membership]) -> set[uuid.UUID]:
    """The conversations among these in which somebody has a draft, by his memberships. One query."""
    found = Draft.objects.filter(message__in=messages, membership__in=members)
    return set(found.values_list("message_id", flat=True))


def join_drafts(source: CustomerMessage, target: CustomerMessage) -> None:
    """Takes the drafts of a conversation along to the one that it is joined to; no word is lost."""
    there = {draft.membership_id: draft for draft in target.drafts.all()}
    for draft in source.drafts.all():
        if known := there.get(draft.membership_id):
            known.text = f"{known.text}\n\n{draft.text}"
            known.save()
            draft.delete()
        else:
            draft.message = target
            draft.save()


def _was_just_sent(message: CustomerMessage, member: Membership, text: str) -> bool:
    own = message.replies.filter(sender=member.user_id, created_at__gt=timezone.now() - LATE)
    newest = own.order_by("-created_at").values_list("reply", flat=True).first()
    return newest is not None and newest.strip().startswith(text.strip())


def _one_at_a_time(member: Membership) -> None:
    """A save that comes late waits for the answer that is being sent, and then knows of it."""
    list(Membership.objects.select_for_update(of=("self",), no_key=True).filter(pk=member.pk))
