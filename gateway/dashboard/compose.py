"""The reply box: what it asks, what it shows again, and how a reply is sent exactly once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.state import State
from gateway.copies import Partner, partners_in
from gateway.dashboard.fields import (
    LARGEST_FILES,
    MANY_FILES,
    TOO_LARGE,
    TOO_MANY,
    ListField,
    TextField,
    WrittenForm,
)
from gateway.drafts import draft_of, drop_draft
from gateway.files import stored
from gateway.models import (
    Copy,
    CustomerMessage,
    Direction,
    IdempotentCall,
    Membership,
    MessageReply,
    Suggestion,
)
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.progress import progress_of
from gateway.outbound.ways import Reach, Way, reach_of
from gateway.suggestions import offered

LONGEST_REPLY = 50_000  # characters
LONGEST_COPY_TO = 2000  # characters: more addresses than may be on copy


class Unseen(Exception):
    """The customer, or somebody on copy, wrote something that the writer of this reply has not seen."""

    def __init__(self, written: MessageReply) -> None:
        super().__init__()
        self.written = written


class SentBefore(Exception):
    """This very form was sent before, with another text."""


# How long an answer written here can be taken back.
UNDO = timedelta(seconds=5)


class ReplyForm(WrittenForm):
    """An answer; `seen` is the newest message that its writer saw, `suggestion` what he made it of."""

    reply = TextField(max_length=LONGEST_REPLY)
    channel = forms.CharField(required=False, max_length=10)
    template = forms.UUIDField(required=False)
    suggestion = forms.UUIDField(required=False)
    seen = forms.UUIDField()
    has_copies = forms.BooleanField(required=False)
    copies = ListField()
    copy_to = forms.CharField(required=False, max_length=LONGEST_COPY_TO)
    text_name = "reply"

    @property
    def template_wanted(self) -> uuid.UUID | None:
        """The WhatsApp template that was chosen, where WhatsApp was."""
        is_whatsapp = self.cleaned_data.get("channel") == Channel.WHATSAPP
        return self.cleaned_data.get("template") if is_whatsapp else None

    @property
    def partners(self) -> tuple[Partner, ...] | None:
        """Those to be on copy from now on; None where the page asked for none, or it goes by no mail."""
        given = self.cleaned_data
        if not given["has_copies"] or given["channel"] != Channel.EMAIL:
            return None
        return tuple(partners_in(", ".join([*given["copies"], given["copy_to"]])))


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
    suggestion: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    copies: tuple[Copy, ...] = ()
    left_off: tuple[str, ...] = ()
    copy_to: str = ""

    most_files = MANY_FILES
    largest_files = LARGEST_FILES
    too_many = TOO_MANY
    too_large = TOO_LARGE

    @property
    def file_limits(self) -> str:
        """How many files may go along, and how large they may be."""
        limits = {"many": MANY_FILES, "megabytes": LARGEST_FILES // (1024 * 1024)}
        return _("Up to %(many)s files, together %(megabytes)s MB.") % limits

    @property
    def takes_copies(self) -> bool:
        """Whether an answer can go by mail, and so to somebody on copy as well."""
        return any(way.usable and way.channel == Channel.EMAIL for way in self.ways)

    @property
    def shows_copies(self) -> bool:
        """Whether the list of those on copy is unfolded."""
        return bool(self.copies or self.copy_to)

    @property
    def unusable(self) -> list[Way]:
        """The channels that cannot be used now; each says why."""
        return [way for way in self.ways if not way.usable]


@dataclass(frozen=True)
class Kept:
    """What was typed in a reply that was not sent, and why it was not.

    `left_off` are those that were to be on copy no more, `copy_to` what was typed to add others.
    """

    form_id: uuid.UUID
    text: str
    channel: str
    problems: tuple[str, ...]
    suggestion: str = ""
    left_off: tuple[str, ...] = ()
    copy_to: str = ""


def taken_back(message: CustomerMessage, member: Membership, pk: str) -> Kept | None:
    """What a member wrote here and took back, to be written anew; None for anything else.

    What he has begun since stands below it.
    """
    try:
        reply = message.replies.filter(pk=uuid.UUID(pk), sender=member.user_id).first()
    except ValueError:
        return None
    progress = progress_of(reply) if reply else None
    if reply is None or progress is None or progress.state != State.CANCELLED:
        return None
    text, draft = reply.reply, draft_of(message, member)
    if draft is not None:
        text = draft.text if text in draft.text else f"{text}\n\n{draft.text}"
    return Kept(uuid.uuid4(), text, reply.channel, ())


def composer_for(
    message: CustomerMessage, member: Membership, newest: uuid.UUID, kept: Kept | None = None
) -> Composer:
    """The reply box of a member, empty or with what he typed before and did not send."""
    if not member.may_answer:
        words = _("Your role at %(business)s is to read. Ask an owner to let you answer.")
        blocked = words % {"business": member.business}
        return Composer(uuid.uuid4(), newest, [], "", blocked=blocked)
    reach = reach_of(message)
    blocked = "" if reach.preferred else _("This customer cannot be reached now.")
    preferred = reach.preferred.channel if reach.preferred else ""
    box = kept or _drafted(message, member, reach) or Kept(uuid.uuid4(), "", preferred, ())
    return Composer(
        box.form_id,
        newest,
        reach.ways,
        box.channel,
        box.text,
        box.problems,
        blocked,
        box.suggestion,
        tuple(offered(message)),
        tuple(message.copies.all()),
        box.left_off,
        box.copy_to,
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
        unseen = after(message, draft["seen"]).filter(direction=Direction.INBOUND).first()
        if unseen is not None:
            raise Unseen(unseen)
        reply = post_reply(
            Answer(
                message_id=message.pk,
                author=member,
                text=draft["reply"],
                channel=draft["channel"],
                template=form.template_wanted,
                written_via="dashboard",
                attachments=attachments,
                wait=UNDO,
                suggestion=draft["suggestion"],
                copies=form.partners,
            )
        )
        drop_draft(message, member)
        return reply


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


def _drafted(message: CustomerMessage, member: Membership, reach: Reach) -> Kept | None:
    draft = draft_of(message, member)
    if draft is None:
        return None
    preferred = reach.preferred.channel if reach.preferred else ""
    channel = draft.channel if draft.channel in reach.usable else preferred
    return Kept(uuid.uuid4(), draft.text, channel, ())


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
    copies = [*draft["copies"], draft["copy_to"]] if draft["has_copies"] else []
    whole = "\0".join([str(message.pk), draft["reply"], way, *files, *copies])
    return hashlib.sha256(whole.encode()).hexdigest()
