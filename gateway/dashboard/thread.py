"""A conversation as it is read: what was written, day by day, with evidence and delivery beside it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_out.channel import Channel
from channels_out.state import ARRIVED, State
from gateway.addresses import is_email, normalize
from gateway.copies import what_became_of
from gateway.models import (
    Assignment,
    Attachment,
    CustomerMessage,
    Direction,
    MessageReply,
    Move,
    Note,
    Reading,
    Seal,
    Silence,
    SilenceOutcome,
)
from gateway.move import moves_of
from gateway.outbound.by_phone import HEARD_WITHIN
from gateway.outbound.failures import NOT_ARRIVED
from gateway.outbound.progress import Progress, deliveries, hops_of, parts_of, progress_of
from gateway.own_opening import is_own_opening
from gateway.own_view import own_replies
from gateway.participants import contact_name
from gateway.words import TAKEN_DOWN, WRITTEN_VIA, evidence_of

# What a page shows at once; a conversation of years is opened whole on request.
NEWEST = 200


@dataclass(frozen=True)
class Entry:
    """One message of a conversation, by either side. `note` is what was not certain when it was filed.

    `recovered_at` is when it was fetched from the provider, who had not handed it over.

    `is_elsewhere` says that the customer's mail came from an address that is not known as his. `hops` are
    the ways that an answer went before and on which it failed. `states` is where all that stands for it
    is now, `parts` but what carries its words; both are empty of an away answer, about which nobody does
    anything. `nudged_by` is the channel by which the customer got a link.
    `by_partner` says that somebody on copy wrote it; `copied` are the addresses that an answer was copied
    to, `copy_problems` what became of copies that did not arrive. `stayed_back` are files of an answer that
    did not go to the customer; only members have them.
    """

    id: uuid.UUID
    inbound: bool
    author: str
    channel: str
    via: str
    at: datetime
    text: str
    quoted: str
    language: str
    automatic: bool
    seal: Seal | None
    evidence: str
    note: str
    from_address: str
    files: list[Attachment]
    pictures: list[Attachment]
    recovered_at: datetime | None = None
    progress: Progress | None = None
    waits_for_a_word: bool = False
    is_elsewhere: bool = False
    hops: list[Progress] = field(default_factory=list)
    states: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    nudged_by: str = ""
    by_partner: bool = False
    copied: list[str] = field(default_factory=list)
    copy_problems: list[str] = field(default_factory=list)
    stayed_back: list[Attachment] = field(default_factory=list)

    @property
    def can_be_sent_again(self) -> bool:
        """Whether a person may have it sent once more."""
        failed = self.progress is not None and self.progress.state == State.FAILED
        return not self.automatic and (failed or self.waits_for_a_word)

    @property
    def is_silent(self) -> bool:
        """Whether WhatsApp has not said within a day that it arrived, so that a link may help."""
        is_sent = State.SENT in self.states and self.states <= {State.SENT, *ARRIVED}
        is_late = self.at <= timezone.now() - HEARD_WITHIN
        return is_sent and is_late and self.channel == Channel.WHATSAPP and not self.nudged_by

    @property
    def can_be_taken_back(self) -> bool:
        """Whether nothing of it has begun to go out."""
        return State.QUEUED in self.states and self.states <= {State.QUEUED, State.CANCELLED}

    @property
    def can_go_another_way(self) -> bool:
        """Whether all of it failed for good, so that nothing reaches the customer twice."""
        return State.FAILED in self.parts and self.parts <= set(NOT_ARRIVED)


@dataclass(frozen=True)
class Moved:
    """That messages came or went, that it was given to somebody, or that staff read it, as a line between."""

    at: datetime
    moved: str
    elsewhere: CustomerMessage | None = None


@dataclass(frozen=True)
class Noted:
    """What a member wrote for himself and his colleagues."""

    at: datetime
    noted: Note


@dataclass(frozen=True)
class Day:
    """What was written on one day of the reader's zone."""

    date: date
    entries: list[Entry | Moved | Noted]


@dataclass(frozen=True)
class Thread:
    """The whole conversation, or its newest part when `earlier` counts what was left out."""

    days: list[Day]
    earlier: int
    newest: uuid.UUID


def thread_of(message: CustomerMessage, *, whole: bool = False) -> Thread:
    """The conversation for a member. A constant number of queries."""
    replies, earlier = _shown(message, message.replies.all(), whole)
    stayed_back = _stayed_back(replies)
    entries = [
        replace(_reply(message, reply), stayed_back=stayed_back.get(reply.pk, []))
        for reply in replies
    ]
    newest = entries[-1].id if entries else message.pk
    first = [] if earlier else [_first(message)]
    return Thread(_by_day(_with_what_happened(message, [*first, *entries])), earlier, newest)


def thread_for_customer(message: CustomerMessage) -> Thread:
    """The conversation for its customer: what is for his eyes."""
    replies, _count = _shown(message, own_replies(message), whole=True)
    first = [_first(message)] if is_own_opening(message) else []
    entries = [*first, *(_reply(message, reply) for reply in replies)]
    # What was joined to it may be older than what opened it.
    return Thread(_by_day(sorted(entries, key=lambda each: each.at)), 0, message.pk)


def _shown(
    message: CustomerMessage, replies: QuerySet[MessageReply], whole: bool
) -> tuple[list[MessageReply], int]:
    """The replies to show in order, and how many messages before them are left out."""
    found = replies.order_by("-created_at", "-id")
    found = found.prefetch_related("attachments", "copied", deliveries(), _nudges())
    newest = list(found if whole else found[: NEWEST + 1])
    shown = newest if whole else newest[:NEWEST]
    if len(newest) == len(shown):
        return shown[::-1], 0
    return shown[::-1], message.reply_count - len(shown) + 1  # and the first message


def _stayed_back(replies: list[MessageReply]) -> dict[uuid.UUID | None, list[Attachment]]:
    """The files that stayed back from each answer."""
    found: dict[uuid.UUID | None, list[Attachment]] = {}
    for file in Attachment.objects.filter(held__reply__in=replies).select_related("held"):
        found.setdefault(file.held.reply_id if file.held else None, []).append(file)
    return found


def _nudges() -> Prefetch[str]:
    nudged = Silence.objects.filter(outcome=SilenceOutcome.NUDGED)
    return Prefetch("silences", queryset=nudged)


def _first(message: CustomerMessage) -> Entry:
    return _entry(
        message,
        at=message.created_at,
        inbound=True,
        author=contact_name(message.contact, message),
        via=_("Noted by hand") if message.filed_by == TAKEN_DOWN else "",
        text=message.message,
        from_address=message.sender_email or message.sender_phone,
        attachments=message.attachments.all(),
    )


def _reply(message: CustomerMessage, reply: MessageReply) -> Entry:
    inbound = reply.direction == Direction.INBOUND
    customer = reply.sender_name or contact_name(message.contact, message)
    entry = _entry(
        reply,
        at=reply.created_at,
        inbound=inbound,
        author=customer if inbound else reply.sender_name or message.business.name,
        via=str(WRITTEN_VIA.get(reply.written_via, "")),
        text=reply.reply,
        from_address=reply.from_address,
        attachments=reply.attachments.all(),
    )
    dispatches, copied = list(reply.dispatches.all()), list(reply.copied.all())
    in_hand = [] if reply.is_automatic else [row for row in dispatches if not row.is_replaced]
    standing = [row.delivery for row in in_hand]
    return replace(
        entry,
        progress=progress_of(reply),
        nudged_by=next((silence.channel for silence in reply.silences.all()), ""),
        states=frozenset(delivery.state for delivery in standing),
        parts=frozenset(parts_of(in_hand)),
        waits_for_a_word=any(delivery.waits_for_a_person for delivery in standing),
        hops=hops_of(reply),
        by_partner=reply.by_partner,
        copied=[each.address for each in copied],
        copy_problems=[said for each in copied if (said := what_became_of(each))],
        is_elsewhere=inbound and reply.channel == Channel.EMAIL and not _is_known(message, reply),
    )


def _is_known(message: CustomerMessage, reply: MessageReply) -> bool:
    """Whether it came from an address of the customer, or from none that could be taken for his."""
    written_from = normalize(Channel.EMAIL, reply.from_address)
    known = {row.normalized for row in message.contact.addresses.all()}
    nobodys = reply.is_automatic or reply.by_partner or not is_email(written_from)
    return nobodys or written_from in known


def _entry(
    filed: CustomerMessage | MessageReply,
    *,
    at: datetime,
    inbound: bool,
    author: str,
    via: str,
    text: str,
    from_address: str,
    attachments: Iterable[Attachment],
) -> Entry:
    pictures = [file for file in attachments if file.is_picture]
    return Entry(
        id=filed.pk,
        inbound=inbound,
        author=author,
        channel=filed.channel,
        via=via,
        at=at,
        text=text,
        quoted=filed.quoted,
        language=filed.language,
        automatic=filed.is_automatic,
        seal=Seal(filed.seal) if filed.seal else None,
        evidence=evidence_of(filed),
        note=filed.filed_note,
        from_address=from_address,
        files=[file for file in attachments if file not in pictures],
        pictures=pictures,
        recovered_at=filed.recovered_at,
    )


def _with_what_happened(
    message: CustomerMessage, entries: list[Entry]
) -> list[Entry | Moved | Noted]:
    shown_since = entries[0].at if entries else message.created_at
    between: list[Moved | Noted] = [
        moved for move in moves_of(message) if (moved := _moved(message, move))
    ]
    between += [_read(reading) for reading in message.readings.order_by("-created_at")[:NEWEST]]
    between += [_given(each) for each in message.assignments.order_by("-created_at")[:NEWEST]]
    notes = message.notes.order_by("-created_at")[:NEWEST]
    between += [Noted(note.created_at, note) for note in notes]
    shown = [each for each in between if each.at >= shown_since]
    return sorted([*entries, *shown], key=lambda each: each.at)


def _moved(message: CustomerMessage, move: Move) -> Moved | None:
    """None where both ends are in this conversation now."""
    words = {"actor": move.actor_name, "count": move.messages}
    source, target = (end.merged_into_id or end.pk for end in (move.source, move.target))
    if source == target:
        words["subject"] = move.source.subject[:50]
        said = ngettext(
            "%(actor)s joined “%(subject)s” with this conversation: %(count)d message",
            "%(actor)s joined “%(subject)s” with this conversation: %(count)d messages",
            move.messages,
        )
        return Moved(move.created_at, said % words) if move.is_join else None
    if source == message.pk:
        said = ngettext(
            "%(actor)s moved %(count)d message to",
            "%(actor)s moved %(count)d messages to",
            move.messages,
        )
        return Moved(move.created_at, said % words, move.target)
    said = ngettext(
        "%(actor)s moved %(count)d message here from",
        "%(actor)s moved %(count)d messages here from",
        move.messages,
    )
    return Moved(move.created_at, said % words, move.source)


def _read(reading: Reading) -> Moved:
    said = _("%(reader)s of the staff read this conversation") % {"reader": reading.reader_name}
    return Moved(reading.created_at, said)


def _given(assignment: Assignment) -> Moved:
    words = {"actor": assignment.actor_name, "name": assignment.assignee_name}
    if not assignment.actor_name:
        said = _("Whoever had this has no access any more: it is assigned to nobody")
    elif not assignment.assignee_name:
        said = _("%(actor)s assigned this to nobody") % words
    elif assignment.actor_name == assignment.assignee_name:
        said = _("%(actor)s took this") % words
    else:
        said = _("%(actor)s assigned this to %(name)s") % words
    return Moved(assignment.created_at, said)


def _by_day(entries: Sequence[Entry | Moved | Noted]) -> list[Day]:
    days = groupby(entries, key=lambda entry: timezone.localdate(entry.at))
    return [Day(day, list(written)) for day, written in days]
