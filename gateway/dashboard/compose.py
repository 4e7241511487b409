"""The reply box: what it asks, what it shows again, and how a reply is sent exactly once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet

from channels_out.channel import Channel
from channels_out.state import State
from gateway.dashboard.fields import TextField, WrittenForm
from gateway.files import stored
from gateway.models import (
    CustomerMessage,
    Direction,
    IdempotentCall,
    Membership,
    MessageReply,
)
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.progress import progress_of
from gateway.outbound.ways import Way, reach_of

LONGEST_REPLY = 50_000  # characters


class Unseen(Exception):
    """The customer wrote something that the writer of this reply has not seen."""


class SentBefore(Exception):
    """This very form was sent before, with another text."""


# How long an answer written here can be taken back.
UNDO = timedelta(seconds=5)


class ReplyForm(WrittenForm):
    """An answer; `seen` is the newest message that its writer saw."""

    reply = TextField(max_length=LONGEST_REPLY)
    channel = forms.CharField(required=False, max_length=10)
    template = forms.UUIDField(required=False)
    seen = forms.UUIDField()
    text_name = "reply"

    @property
    def template_wanted(self) -> uuid.UUID | None:
        """The WhatsApp template that was chosen, where WhatsApp was."""
        is_whatsapp = self.cleaned_data.get("channel") == Channel.WHATSAPP
        return self.cleaned_data.get("template") if is_whatsapp else None


@dataclass(frozen=True)
class Composer:
    """The reply box as it is shown: `ways` by channel, `blocked` when there is no way to answer at all."""

    form_id: uuid.UUID
    seen: uuid.UUID
    ways: list[Way]
    channel: str
    text: str = ""
    problems: tuple[str, ...] = ()
    blocked: str = ""
    quick_answers: list[dict[str, str]] = field(default_factory=list)

    @property
    def unusable(self) -> list[Way]:
        """The channels that cannot be used now; each says why."""
        return [way for way in self.ways if not way.usable]


@dataclass(frozen=True)
class Kept:
    """What was typed in a reply that was not sent, and why it was not."""

    form_id: uuid.UUID
    text: str
    channel: str
    problems: tuple[str, ...]


def taken_back(message: CustomerMessage, member: Membership, pk: str) -> Kept | None:
    """What a member wrote here and took back, to be written anew; None for anything else."""
    try:
        reply = message.replies.filter(pk=uuid.UUID(pk), sender=member.user_id).first()
    except ValueError:
        return None
    progress = progress_of(reply) if reply else None
    if reply is None or progress is None or progress.state != State.CANCELLED:
        return None
    return Kept(uuid.uuid4(), reply.reply, reply.channel, ())


def composer_for(
    message: CustomerMessage, member: Membership, newest: uuid.UUID, kept: Kept | None = None
) -> Composer:
    """The reply box of a member, empty or with what he typed before."""
    if not member.may_answer:
        blocked = f"Your role at {member.business} is to read. Ask an owner to let you answer."
        return Composer(uuid.uuid4(), newest, [], "", blocked=blocked)
    reach = reach_of(message)
    blocked = "" if reach.preferred else "This customer cannot be reached now."
    preferred = reach.preferred.channel if reach.preferred else ""
    box = kept or Kept(uuid.uuid4(), "", preferred, ())
    return Composer(
        box.form_id,
        newest,
        reach.ways,
        box.channel,
        box.text,
        box.problems,
        blocked,
        member.business.quick_answers or [],
    )


def send(form: ReplyForm, message: CustomerMessage, member: Membership) -> MessageReply | None:
    """Sends a valid form once; None when this very form was sent before.

    Raises Unseen, SentBefore, and what `post_reply` raises; then nothing is sent and the form may
    be sent again.
    """
    draft = form.cleaned_data
    with stored(form.inbound_files()) as attachments, transaction.atomic():
        if not _is_first(message, member, draft):
            return None
        if after(message, draft["seen"]).filter(direction=Direction.INBOUND).exists():
            raise Unseen
        return post_reply(
            Answer(
                message_id=message.pk,
                author=member,
                text=draft["reply"],
                channel=draft["channel"],
                template=form.template_wanted,
                written_via="dashboard",
                attachments=attachments,
                wait=UNDO,
            )
        )


def colleagues_since(message: CustomerMessage, seen: uuid.UUID, reply: MessageReply) -> list[str]:
    """Who else answered after the newest message that the writer of `reply` saw."""
    answers = after(message, seen).filter(direction=Direction.OUTBOUND).exclude(pk=reply.pk)
    others = answers.exclude(sender=reply.sender_id).values_list("sender_name", flat=True)
    return list(dict.fromkeys(name or "A colleague" for name in others))


def after(message: CustomerMessage, seen: uuid.UUID) -> QuerySet[MessageReply]:
    """What was written by people after the message `seen`; after the first one when it is unknown."""
    replies = message.replies.filter(is_automatic=False)
    last = message.replies.filter(pk=seen).first()
    if last is None:
        return replies
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return replies.filter(later)


def _is_first(message: CustomerMessage, member: Membership, draft: dict[str, Any]) -> bool:
    fingerprint = _fingerprint(message, draft)
    call, fresh = IdempotentCall.objects.get_or_create(
        caller=f"user:{member.user_id}",
        key=f"dashboard:{draft['form_id']}",
        defaults={"fingerprint": fingerprint, "status_code": 303},
    )
    if call.fingerprint != fingerprint:
        raise SentBefore
    return fresh


def _fingerprint(message: CustomerMessage, draft: dict[str, Any]) -> str:
    files = [f"{file.name}:{file.size}" for file in draft["attachments"]]
    way = f"{draft['channel']}{draft['template'] or ''}"
    whole = "\0".join([str(message.pk), draft["reply"], way, *files])
    return hashlib.sha256(whole.encode()).hexdigest()
