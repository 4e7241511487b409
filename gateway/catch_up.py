"""What code of an earlier version did not write, while it ran beside this one or before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from gateway.models import CustomerMessage, MessageReply, SearchText
from gateway.outbound.failures import has_failed, unmarked
from gateway.search.rows import write
from gateway.states import change, lock

BATCH = 200  # texts: their conversations are locked for some 30 ms


@dataclass(frozen=True)
class Missing:
    """How much there is to do: texts without words, conversations without a mark, words of what is erased."""

    texts: int
    failures: int
    erased: int


def missing() -> Missing:
    """How much there is to do; changes nothing."""
    messages, replies = _without_words()
    texts = messages.count() + replies.count()
    return Missing(texts, unmarked().count(), _of_the_erased().count())


def run() -> Missing:
    """Does it, while everything else goes on."""
    messages, replies = _without_words()
    texts = _find(messages, "pk") + _find(replies, "message_id")
    failures = sum(_mark(pk) for pk in list(unmarked().values_list("pk", flat=True)))
    erased, _ = _of_the_erased().delete()
    return Missing(texts, failures, erased)


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


def _mark(pk: UUID) -> bool:
    with change(pk) as message:
        message.has_failed = has_failed(message)
    return message.has_failed
