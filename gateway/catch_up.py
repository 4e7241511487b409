"""What code of an earlier version did not write, while it ran beside this one or before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from gateway.models import CustomerMessage, MessageReply, SearchText
from gateway.outbound.failures import has_failed, wrongly_marked
from gateway.search.rows import write
from gateway.states import change, lock

BATCH = 200  # rows; the conversations of as many texts are locked for some 30 ms


@dataclass(frozen=True)
class Missing:
    """How much there is to do: texts without words, conversations whose mark is wrong, words of what is erased."""

    texts: int
    failures: int
    erased: int


def missing() -> Missing:
    """How much there is to do; changes nothing."""
    messages, replies = _without_words()
    texts = messages.count() + replies.count()
    return Missing(texts, wrongly_marked().count(), _of_the_erased().count())


def run() -> Missing:
    """Does it, while everything else goes on."""
    messages, replies = _without_words()
    texts = _find(messages, "pk") + _find(replies, "message_id")
    return Missing(texts, _mark_all(), _forget_the_erased())


def _without_words() -> tuple[QuerySet[CustomerMessage], QuerySet[MessageReply]]:
    unknown = ~Exists(SearchText.objects.filter(pk=OuterRef("pk")))
    messages = CustomerMessage.objects.filter(unknown).select_related("contact")
    return messages, MessageReply.objects.filter(unknown).select_related("message__contact")


def _of_the_erased() -> QuerySet[SearchText]:
    living = CustomerMessage.objects.filter(pk=OuterRef("message"))
    return SearchText.objects.filter(~Exists(living))


def _find(texts: QuerySet[Any], conversation: str) -> int:
    done, last = 0, UUID(int=0)
    while batch := _batch(texts, conversation, last):
        with transaction.atomic():
            # Locked, so that none is erased before its words are there.
            lock(message for _, message in batch)
            write(list(texts.filter(pk__in=[pk for pk, _ in batch])))
        done, last = done + len(batch), batch[-1][0]
    return done


def _batch(texts: QuerySet[Any], conversation: str, last: UUID) -> list[tuple[UUID, UUID]]:
    later = texts.filter(pk__gt=last).order_by("pk")
    return list(later.values_list("pk", conversation)[:BATCH])


def _mark_all() -> int:
    done, last = 0, UUID(int=0)
    while batch := list(_ids(wrongly_marked().filter(pk__gt=last))):
        done, last = done + sum(map(_mark, batch)), batch[-1]
    return done


def _mark(pk: UUID) -> bool:
    """Whether the conversation was still there to be marked."""
    try:
        with change(pk) as message:
            message.has_failed = has_failed(message)
    except CustomerMessage.DoesNotExist:  # erased at this very moment
        return False
    return True


def _forget_the_erased() -> int:
    done = 0
    while batch := list(_ids(_of_the_erased())):
        done += SearchText.objects.filter(pk__in=batch).delete()[0]
    return done


def _ids(rows: QuerySet[Any]) -> QuerySet[Any, UUID]:
    return rows.order_by("pk").values_list("pk", flat=True)[:BATCH]
