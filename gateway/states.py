"""What state a conversation is in, and the counters that follow it in the same transaction."""

from __future__ import annotations

import collections
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from channels_out.among import Among
from channels_out.outbox import rows
from gateway import bell
from gateway.models import (
    Business,
    CustomerMessage,
    Direction,
    MessageReply,
    Status,
    UnreadCounter,
)

SNIPPET_LENGTH = 160


@contextmanager
def change(message_id: uuid.UUID) -> Iterator[CustomerMessage]:
    """Locks a conversation, lets the caller change it, saves it and moves the counters.

    Raises CustomerMessage.DoesNotExist.
    """
    with transaction.atomic(), changing(message_id) as message:
        yield message


@contextmanager
def changing(message_id: uuid.UUID) -> Iterator[CustomerMessage]:
    """As `change`, in the caller's transaction, to which it adds no savepoint.

    Rows are locked in one order: conversation, counters, business. The last two are everybody's, so
    what else there is to do is done before the end of the block. A conversation that was joined to
    another one gives that one.
    """
    found = _locked(message_id)
    if joined := found[message_id].merged_into_id:
        found = _locked(joined)
    with _counting(found):
        yield found[joined or message_id]


@contextmanager
def changing_each(*message_ids: uuid.UUID) -> Iterator[list[CustomerMessage]]:
    """As `changing`, for several conversations of one business, in the order of `message_ids`, joined or not."""
    found = _locked(*message_ids)
    with _counting(found):
        yield [found[pk] for pk in message_ids]


def _locked(*message_ids: uuid.UUID) -> dict[uuid.UUID, CustomerMessage]:
    messages = CustomerMessage.objects.select_related("business", "contact")
    locked = messages.select_for_update(of=("self",), no_key=True).filter(pk__in=message_ids)
    found = {message.pk: message for message in locked.order_by("pk")}
    if len(found) < len(set(message_ids)):
        raise CustomerMessage.DoesNotExist
    return found


@contextmanager
def _counting(found: dict[uuid.UUID, CustomerMessage]) -> Iterator[None]:
    """Saves locked conversations at the end, and moves the counters by what was changed of them."""
    before = collections.Counter(
        each for message in found.values() for each in _counted_under(message)
    )
    yield
    for message in found.values():
        if not message.is_open:
            message.snoozed_until = None
        message.save()
    after = collections.Counter(
        each for message in found.values() for each in _counted_under(message)
    )
    business_id = next(iter(found.values())).business_id
    _move_counters(business_id, before, after)
    inbox_changed(business_id)


def opened(message: CustomerMessage) -> None:
    """Counts a conversation that was just made; to be called last in the transaction that made it."""
    _move_counters(
        message.business_id, collections.Counter(), collections.Counter(_counted_under(message))
    )
    inbox_changed(message.business_id)


def lock(message_ids: Iterable[uuid.UUID]) -> list[CustomerMessage]:
    """These conversations, locked in the order of their ids: two batches never wait for each other."""
    ids = set(message_ids)
    if not ids:
        return []
    messages = CustomerMessage.objects.select_for_update(of=("self",), no_key=True)
    return list(messages.filter(pk__in=ids).order_by("pk"))


def inbox_changed(business_id: uuid.UUID) -> None:
    """Tells open pages to look again."""
    Business.objects.filter(pk=business_id).update(inbox_version=F("inbox_version") + 1)
    bell.inbox_changed(business_id)


def inboxes_changed(business_ids: Iterable[uuid.UUID]) -> None:
    """As `inbox_changed`, for several: the last rows that a transaction locks, in the order of their ids."""
    ids = set(business_ids)
    if not ids:
        return
    with rows.together():
        rows.lock(Business, ids)  # an UPDATE alone locks its rows in any order
        Business.objects.filter(Among("pk", ids)).update(inbox_version=F("inbox_version") + 1)
    bell.inboxes_changed(ids)


def mark_as_read(message: CustomerMessage) -> None:
    """An unread conversation becomes read now."""
    if message.status != Status.UNREAD:
        return
    with change(message.pk) as locked:
        if locked.status == Status.UNREAD:
            locked.status = Status.READ
            locked.read_at = timezone.now()
    message.status, message.read_at = locked.status, locked.read_at


def set_status(message: CustomerMessage, status: Status) -> None:
    """Moves a locked conversation to `status`; the archive flag always agrees."""
    if status == Status.READ and message.status == Status.UNREAD:
        message.read_at = timezone.now()
    message.status = status
    message.is_archived = status == Status.ARCHIVED


def unarchive(message: CustomerMessage) -> None:
    """Brings a locked conversation back from the archive: replied when nobody waits, else read."""
    if message.is_archived:
        set_status(message, Status.REPLIED if _is_answered(message) else Status.READ)


def trash(message_id: uuid.UUID) -> None:
    """Takes a conversation out of every list; it can be restored for 30 days."""
    with change(message_id) as message:
        message.deleted_at = timezone.now()


def restore(message_id: uuid.UUID) -> None:
    """Takes a conversation back out of the trash."""
    with change(message_id) as message:
        message.deleted_at = None


def snooze(message: CustomerMessage, until: datetime | None) -> None:
    """Puts a locked conversation away until then, also out of the archive; or brings it back, with None.

    What is spam or in the trash stays there.
    """
    if until:
        unarchive(message)
    message.snoozed_until = until


def wake(message: CustomerMessage, at: datetime) -> None:
    """The time of a locked conversation has come: it is unread, and above all that was written before."""
    message.snoozed_until = None
    set_status(message, Status.UNREAD)
    message.last_activity_at = max(message.last_activity_at, at)


def needs_no_answer(
    message: CustomerMessage, until: datetime, failed_reply_ids: set[uuid.UUID]
) -> None:
    """Of a locked conversation nothing written until then needs an answer; what came later still waits."""
    message.no_answer_at = until
    answers_moved(message, failed_reply_ids)
    if message.waiting_since is None and message.status == Status.UNREAD:
        set_status(message, Status.READ)


def needs_an_answer(message: CustomerMessage, failed_reply_ids: set[uuid.UUID]) -> None:
    """Takes `needs_no_answer` back: the customer waits as long as no answer has reached him."""
    message.no_answer_at = None
    answers_moved(message, failed_reply_ids)


def customer_wrote(message: CustomerMessage, text: str, at: datetime) -> None:
    """A locked conversation is unread again, back from archive, trash and snooze, and the customer waits."""
    message.deleted_at = message.snoozed_until = None
    set_status(message, Status.UNREAD)
    message.waiting_since = min(message.waiting_since or at, at)
    if message.no_answer_at and at <= message.no_answer_at:  # it came late, and nobody has seen it
        message.no_answer_at = None
    _active(message, text, at)


def asked_nothing(message: CustomerMessage, text: str, at: datetime) -> None:
    """Somebody on copy wrote, or the customer nothing but a keyword: nobody waits for an answer to it.

    It makes a locked conversation unread and brings it back as any other words.
    """
    message.deleted_at = message.snoozed_until = None
    set_status(message, Status.UNREAD)
    _active(message, text, at)


def machine_wrote(message: CustomerMessage) -> None:
    """What a machine wrote, theirs or ours, is kept in a locked conversation and changes nothing else."""
    message.reply_count += 1


def owner_answered(message: CustomerMessage, text: str, at: datetime) -> None:
    """A locked conversation is replied, nobody waits, and it is back from the trash."""
    message.deleted_at = None
    set_status(message, Status.REPLIED)
    message.waiting_since = None
    message.last_reply_at = at
    _active(message, text, at)


def answer_held(message: CustomerMessage) -> None:
    """An answer of a locked conversation waits for a person, so it is not replied."""
    if message.status == Status.REPLIED:
        set_status(message, Status.READ)


def no_answer_held(message: CustomerMessage) -> None:
    """Of a locked conversation no answer is held any more: the one before stands, where nobody waits."""
    if message.status == Status.READ and _is_answered(message):
        set_status(message, Status.REPLIED)


def answers_moved(message: CustomerMessage, failed_reply_ids: set[uuid.UUID]) -> None:
    """An answer of a locked conversation failed, or goes out after all: whether it is replied, who waits.

    When the newest answer did not arrive, `replied` is taken back, and given again when it does. It
    never becomes unread, nor ceases to be, so no counter moves.
    """
    message.waiting_since = _waiting_since(message, failed_reply_ids)
    newest = _answers(message).first()
    is_replied = newest is not None and newest.pk not in failed_reply_ids
    if message.status == Status.REPLIED and not is_replied:
        set_status(message, Status.READ)
    elif message.status == Status.READ and is_replied and message.waiting_since is None:
        set_status(message, Status.REPLIED)


def _is_answered(message: CustomerMessage) -> bool:
    return message.last_reply_at is not None and message.waiting_since is None


def _waiting_since(message: CustomerMessage, failed_reply_ids: set[uuid.UUID]) -> datetime | None:
    """When the customer wrote what no answer has reached him about, or None."""
    answer = _answers(message).exclude(pk__in=failed_reply_ids).first()
    settled = (answer.created_at if answer else None, message.no_answer_at)
    since = max((at for at in settled if at), default=None)
    written = message.replies.filter(
        direction=Direction.INBOUND, is_automatic=False, by_partner=False, asks_nothing=False
    )
    if since is not None:
        written = written.filter(created_at__gt=since)
    first = written.order_by("created_at").values_list("created_at", flat=True).first()
    opened = None if message.is_automatic or message.asks_nothing else message.created_at
    # What was joined to it may be older than what opened it.
    waiting = [at for at in (first, opened) if at and (since is None or at > since)]
    return min(waiting, default=None)


def answer_taken_back(message: CustomerMessage, taken_back: set[uuid.UUID]) -> None:
    """Nobody was sent the newest answer of a locked conversation: lists show what was written before it.

    `taken_back` are all such answers.
    """
    _show_newest(message, message.replies.exclude(pk__in=taken_back))


def took_or_gave(
    message: CustomerMessage, failed_reply_ids: set[uuid.UUID], taken_back: set[uuid.UUID]
) -> None:
    """Messages of a locked conversation were moved, here or away: all that is kept of them is said anew.

    Whoever still waits in it is seen: what is replied or archived is read again then, never unread,
    as who moved them has read them.
    """
    count = message.replies.count()
    if count > message.reply_count:  # nobody said of what it took that it needs no answer
        message.no_answer_at = None
    message.reply_count = count
    _show_newest(message, message.replies.exclude(pk__in=taken_back))
    answers_moved(message, failed_reply_ids)
    if message.waiting_since and message.status in (Status.REPLIED, Status.ARCHIVED):
        set_status(message, Status.READ)


def _show_newest(message: CustomerMessage, replies: QuerySet[MessageReply]) -> None:
    """What lists show of a locked conversation, of these replies."""
    newest_first = replies.filter(is_automatic=False).order_by("-created_at", "-id")
    newest = newest_first.first()
    if newest is None or newest.created_at < message.created_at:
        message.last_activity_at, text = message.created_at, message.message
    else:
        message.last_activity_at, text = newest.created_at, newest.reply
    message.snippet = snippet_of(text)
    last = newest_first.filter(direction=Direction.OUTBOUND).first()
    message.last_reply_at = last.created_at if last else None


def _answers(message: CustomerMessage) -> QuerySet[MessageReply]:
    answers = message.replies.filter(direction=Direction.OUTBOUND, is_automatic=False)
    return answers.order_by("-created_at", "-id")


def _active(message: CustomerMessage, text: str, at: datetime) -> None:
    message.reply_count += 1
    if at >= message.last_activity_at:
        message.last_activity_at, message.snippet = at, snippet_of(text)


def snippet_of(text: str) -> str:
    """The first words on one line, for lists."""
    return " ".join(text.split())[:SNIPPET_LENGTH]


def _counted_under(message: CustomerMessage) -> set[Any]:
    """The counters that this conversation is in: its business (None) and its listing."""
    return {None, message.listing_id} if message.unread else set()


def _move_counters(
    business_id: uuid.UUID, before: collections.Counter[Any], after: collections.Counter[Any]
) -> None:
    after.subtract(before)
    for listing_id, step in sorted(after.items(), key=lambda pair: str(pair[0])):
        if not step:
            continue
        changed = UnreadCounter.objects.filter(business_id=business_id, listing_id=listing_id)
        if not changed.update(unread=F("unread") + step):
            counter, fresh = UnreadCounter.objects.get_or_create(
                business_id=business_id, listing_id=listing_id, defaults={"unread": step}
            )
            if not fresh:
                UnreadCounter.objects.filter(pk=counter.pk).update(unread=F("unread") + step)
